/** Keeps the tracks of streams at hand; one that is not is read from the store. */
import type { StreamKey, StreamPosition } from "@jumpa-madu/store/stream-positions";
import { StreamTrack } from "./stream-track.ts";

/**
 * Tracks that are kept. Beyond, the one longest unused and idle goes; while all are busy there may be more, but never
 * more than there are envelopes in the queue.
 */
export const TRACKS_MAX = 20_000;

export class TrackCache {
  readonly #find: (key: StreamKey) => Promise<StreamPosition | null>;
  readonly #tracksMax: number;
  /** In order of use. */
  readonly #tracks = new Map<string, StreamTrack>();

  constructor(find: (key: StreamKey) => Promise<StreamPosition | null>, tracksMax = TRACKS_MAX) {
    this.#find = find;
    this.#tracksMax = tracksMax;
  }

  /** Tracks that are kept at present. */
  get size(): number {
    return this.#tracks.size;
  }

  /** Track of a stream, from its stored position when it is not at hand. Throws what the store throws. */
  async get({ node, stream, epoch }: StreamKey): Promise<StreamTrack> {
    const id = `${node}/${stream}/${epoch}`;
    const known = this.#tracks.get(id);
    if (known !== undefined) {
      this.#tracks.delete(id);
      this.#tracks.set(id, known);
      return known;
    }
    const key = { node, stream, epoch };
    const position = (await this.#find(key)) ?? { upto: 0, thinned: 0 };
    const track = new StreamTrack(key, position);
    this.#tracks.set(id, track);
    this.#evict(id);
    return track;
  }

  /** Looks past busy ones, which are as many as envelopes under way at most. */
  #evict(newest: string): void {
    for (const [id, track] of this.#tracks) {
      if (this.#tracks.size <= this.#tracksMax) return;
      if (track.isIdle && id !== newest) this.#tracks.delete(id);
    }
  }
}
