/**
 * Queue of the envelopes of one stream kind, from their arrival until they are settled: all that a pipeline holds in memory.
 *
 * At the limit an envelope is not taken, and not acknowledged: it stays in the node's outbox and comes again. From then
 * on the nodes are told to keep only one envelope in flight, until the queue has fallen to its low-water mark.
 */

import { Wake } from "@jumpa-madu/contracts/wake";
import type { ReceivedEnvelope } from "../intake/envelope-intake.ts";

/** Share of each limit to which a full queue must fall before nodes may send at full width again. */
const LOW_WATER = 0.5;

/** Limits of a queue. `bytesMax` counts JSON as received; parsed it takes some four times as much memory. */
export interface QueueLimits {
  bytesMax: number;
  envelopesMax: number;
}

/** `duplicate`: the same numbers are in the queue already. */
export type Offer = "queued" | "duplicate" | "full";

export class EnvelopeQueue {
  readonly #limits: QueueLimits;
  readonly #wake = new Wake();
  /** Not taken yet, in order of arrival. */
  readonly #waiting: ReceivedEnvelope[] = [];
  /** All that are held, waiting or under way, in order of arrival. */
  readonly #held = new Map<string, ReceivedEnvelope>();
  #bytes = 0;
  #isNarrow = false;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get envelopes(): number {
    return this.#held.size;
  }

  /** True when an envelope waits to be taken. */
  get hasWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** True from the first envelope that was not taken until the low-water mark: nodes should send less. */
  get isNarrow(): boolean {
    return this.#isNarrow;
  }

  /** Age of the envelope that is held longest, in milliseconds; 0 when there is none. */
  ageMs(nowMs: number): number {
    const oldest = this.#held.values().next().value;
    return oldest === undefined ? 0 : nowMs - oldest.receivedMs;
  }

  /** Takes an envelope in, or says why not. */
  offer(envelope: ReceivedEnvelope): Offer {
    const key = keyOf(envelope);
    if (this.#held.has(key)) return "duplicate";
    const { bytesMax, envelopesMax } = this.#limits;
    if (this.#held.size >= envelopesMax || this.#bytes + envelope.bytes > bytesMax) {
      this.#isNarrow = true;
      return "full";
    }
    this.#held.set(key, envelope);
    this.#bytes += envelope.bytes;
    this.#waiting.push(envelope);
    this.#wake.ring();
    return "queued";
  }

  /** The next envelope, which stays held until it is released; undefined when none waits. */
  take(): ReceivedEnvelope | undefined {
    return this.#waiting.shift();
  }

  /** Puts an envelope that was taken back to the front. */
  putBack(envelope: ReceivedEnvelope): void {
    this.#waiting.unshift(envelope);
  }

  /** Resolves when an envelope waits, after `waitMs`, or when `signal` aborts. */
  async waiting(waitMs: number, signal: AbortSignal): Promise<void> {
    if (this.hasWaiting) return;
    await this.#wake.wait(waitMs, signal);
  }

  /** Lets whoever waits go on. */
  wake(): void {
    this.#wake.ring();
  }

  /** Lets go of an envelope that is settled or given up. */
  release(envelope: ReceivedEnvelope): void {
    if (!this.#held.delete(keyOf(envelope))) return;
    this.#bytes -= envelope.bytes;
    const { bytesMax, envelopesMax } = this.#limits;
    if (this.#bytes <= bytesMax * LOW_WATER && this.#held.size <= envelopesMax * LOW_WATER)
      this.#isNarrow = false;
  }
}

function keyOf({ node, epoch, first, last }: ReceivedEnvelope): string {
  return `${node}/${epoch}/${first}/${last}`;
}
