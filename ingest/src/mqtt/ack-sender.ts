/** Sends acknowledgements: the newest of each stream, and never more at once than the broker can take. */
import type { Ack } from "@jumpa-madu/contracts/ack";
import { topicOf } from "@jumpa-madu/contracts/topics";
import type { Inbox } from "./mqtt-inbox.ts";

/** Acknowledgements that may wait for the broker's PUBACK at a time. Beyond, only the newest of each stream is kept. */
export const ACKS_IN_FLIGHT_MAX = 256;

/**
 * Streams whose acknowledgement may wait for a place. Beyond, an acknowledgement is not sent: the node sends again and
 * is then acknowledged.
 */
export const ACKS_WAITING_MAX = 20_000;

export class AckSender {
  readonly #shard: string;
  readonly #publish: Inbox["publish"];
  readonly #waiting = new Map<string, { node: string; ack: Ack }>();
  #inFlight = 0;

  constructor(shard: string, publish: Inbox["publish"]) {
    this.#shard = shard;
    this.#publish = publish;
  }

  /** Acknowledgements that wait for a place. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Sends the acknowledgement now or as soon as there is a place, unless a newer one takes it. */
  send(node: string, ack: Ack): void {
    const key = `${node}/${ack.stream}/${ack.epoch}`;
    const before = this.#waiting.get(key);
    if (before === undefined && this.#waiting.size >= ACKS_WAITING_MAX) return;
    // A window that was not told yet must not be lost with the acknowledgement that it replaces.
    this.#waiting.set(key, { node, ack: { ...before?.ack, ...ack } });
    this.#flush();
  }

  /** Forgets what waits: the connection is lost, and every node will send again what it was not acknowledged. */
  clear(): void {
    this.#waiting.clear();
  }

  #flush(): void {
    for (const [key, { node, ack }] of this.#waiting) {
      if (this.#inFlight >= ACKS_IN_FLIGHT_MAX) return;
      this.#waiting.delete(key);
      const topic = topicOf({ shard: this.#shard, node, channel: "ack" });
      this.#inFlight++;
      const isSent = this.#publish(topic, JSON.stringify(ack), () => {
        this.#inFlight--;
        this.#flush();
      });
      if (!isSent) this.#inFlight--;
    }
  }
}
