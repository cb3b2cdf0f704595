/**
 * Retained messages by topic.
 *
 * Aedes's memory compares every retained message with every filter that is subscribed. Each node retains a status and
 * asks for its own configuration, so that ten thousand nodes that come back after a power cut would need 10^8 comparisons
 * while the broker does nothing else. All filters of nodes are exact topics, which a map answers at once.
 */
import { Readable } from "node:stream";
import type { Aedes } from "aedes";
import { RETAINED_BYTES_MAX } from "./limits.ts";
import type { NoteRefusal } from "./refusals.ts";

/** What is kept of a retained message. */
export interface RetainedMessage {
  topic: string;
  payload: string | Buffer;
}

/** What a message costs beside its topic and payload, in bytes, about. */
const OVERHEAD_BYTES = 256;

export class RetainedMessages {
  readonly #byTopic = new Map<string, RetainedMessage>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = RETAINED_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /**
   * Keeps the message in place of the one before; an empty payload removes it. [MQTT-3.3.1-10] False when there is no
   * room for it; the one before is gone all the same, since it no longer holds.
   */
  store(message: RetainedMessage): boolean {
    const before = this.#byTopic.get(message.topic);
    if (before !== undefined) {
      this.#byTopic.delete(message.topic);
      this.#bytes -= bytesOf(before);
    }
    if (message.payload.length === 0) return true;
    const bytes = bytesOf(message);
    if (this.#bytes + bytes > this.#bytesMax) return false;
    this.#byTopic.set(message.topic, { ...message });
    this.#bytes += bytes;
    return true;
  }

  /** Messages that match a filter: a topic, or one with + for any one level. No other is granted. */
  *matching(filter: string): Generator<RetainedMessage> {
    if (!filter.includes("+")) {
      const message = this.#byTopic.get(filter);
      if (message !== undefined) yield message;
      return;
    }
    const levels = filter.split("/");
    for (const [topic, message] of this.#byTopic) {
      const given = topic.split("/");
      if (given.length === levels.length && levels.every((level, i) => level === "+" || level === given[i])) {
        yield message;
      }
    }
  }

  /** Messages that are held: at most a status and a configuration for each node. */
  get size(): number {
    return this.#byTopic.size;
  }

  *#ofAll(filters: string[]): Generator<RetainedMessage> {
    for (const filter of filters) yield* this.matching(filter);
  }

  /** Puts this in place of the retained messages of Aedes's own memory. To be called before anyone connects. */
  serve(aedes: Aedes, noteRefusal: NoteRefusal): void {
    const persistence: unknown = Reflect.get(aedes, "persistence");
    if (typeof persistence !== "object" || persistence === null)
      throw new TypeError("Aedes has no persistence");
    Object.defineProperties(persistence, {
      storeRetained: {
        value: async (message: RetainedMessage) => {
          if (!this.store(message)) noteRefusal("retained_bytes", { topic: message.topic });
        },
      },
      createRetainedStreamCombi: { value: (filters: string[]) => Readable.from(this.#ofAll(filters)) },
      createRetainedStream: { value: (filter: string) => Readable.from(this.matching(filter)) },
    });
  }
}

function bytesOf({ topic, payload }: RetainedMessage): number {
  return OVERHEAD_BYTES + topic.length + Buffer.byteLength(payload);
}
