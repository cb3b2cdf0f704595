/** Words acknowledgements: how far a stream is durable and, when it changed, how many envelopes may be in flight. */
import type { Ack } from "@jumpa-madu/contracts/ack";
import type { Stream } from "@jumpa-madu/contracts/envelope";
import type { StreamTrack } from "../positions/stream-track.ts";

/** Acknowledges streams. A window holds until another is told, so the first ack of a stream to a connection tells it. */
export class AckWriter {
  readonly #send: (node: string, ack: Ack) => void;
  readonly #windowOf: (stream: Stream) => number;
  #told = new WeakMap<StreamTrack, number>();

  constructor(send: (node: string, ack: Ack) => void, windowOf: (stream: Stream) => number) {
    this.#send = send;
    this.#windowOf = windowOf;
  }

  /** Sends the ack of a stream; none when nothing of it is durable yet. */
  acknowledge(track: StreamTrack): void {
    const { node, stream, epoch } = track.key;
    const upto = track.durableUpto;
    if (upto === 0) return;
    const window = this.#windowOf(stream);
    const isNews = this.#told.get(track) !== window;
    this.#told.set(track, window);
    this.#send(node, isNews ? { stream, epoch, upto, window } : { stream, epoch, upto });
  }

  /** The connection is lost, and with it perhaps what was told. */
  forgetTold(): void {
    this.#told = new WeakMap();
  }
}
