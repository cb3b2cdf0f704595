/** Keeps the places of nodes at hand, so that a reading does not cost a query. */
import type { NodePlaces } from "@jumpa-madu/store/node-places";

/** Nodes whose places are kept; the one longest unused goes first. */
export const PLACES_NODES_MAX = 20_000;

/** Age at which places are read again, in milliseconds. A bin that moved is tagged wrongly no longer than this. */
export const PLACES_AGE_MS_MAX = 45_000;

/**
 * Reads for unknown devices that one node may cause at once: it has no more ports, so that all of them can be bound one after
 * the other and none of their first readings is refused.
 */
export const PLACES_REFRESHES_MAX = 16;

/**
 * Time after which a node may cause one more such read, in milliseconds, however many unknown devices it names: a node that
 * sends rubbish costs no more than this.
 */
export const PLACES_REFRESH_MS_MIN = 3_000;

interface Entry {
  places: NodePlaces | null;
  readMs: number;
  /** Reads for unknown devices that were left when it was read. */
  refreshesLeft: number;
}

export class PlacesCache {
  readonly #read: (node: string) => Promise<NodePlaces | null>;
  readonly #now: () => number;
  readonly #nodesMax: number;
  /** In order of use. */
  readonly #entries = new Map<string, Entry>();

  constructor(
    read: (node: string) => Promise<NodePlaces | null>,
    options: { now?: () => number; nodesMax?: number } = {},
  ) {
    this.#read = read;
    this.#now = options.now ?? Date.now;
    this.#nodesMax = options.nodesMax ?? PLACES_NODES_MAX;
  }

  /** Nodes that are kept at present. */
  get size(): number {
    return this.#entries.size;
  }

  /** Places of the node, at most PLACES_AGE_MS_MAX old; null when there is no such node. Throws what the read throws. */
  async get(node: string): Promise<NodePlaces | null> {
    const entry = this.#entries.get(node);
    const ageMsMax = entry?.places === null ? PLACES_REFRESH_MS_MIN : PLACES_AGE_MS_MAX;
    if (entry === undefined || this.#now() - entry.readMs >= ageMsMax)
      return this.#readNow(node, this.#refreshesLeft(entry));
    this.#keep(node, entry);
    return entry.places;
  }

  /** Places as they are now, for a node that named a device unknown to them; the ones at hand when it has done so too often. */
  async refreshed(node: string): Promise<NodePlaces | null> {
    const entry = this.#entries.get(node);
    const left = this.#refreshesLeft(entry);
    if (entry !== undefined && left === 0) return entry.places;
    return this.#readNow(node, left - 1);
  }

  #refreshesLeft(entry: Entry | undefined): number {
    if (entry === undefined) return PLACES_REFRESHES_MAX;
    const earned = Math.floor((this.#now() - entry.readMs) / PLACES_REFRESH_MS_MIN);
    return Math.min(PLACES_REFRESHES_MAX, entry.refreshesLeft + earned);
  }

  async #readNow(node: string, refreshesLeft: number): Promise<NodePlaces | null> {
    const readMs = this.#now();
    const places = await this.#read(node);
    this.#keep(node, { places, readMs, refreshesLeft });
    return places;
  }

  #keep(node: string, entry: Entry): void {
    this.#entries.delete(node);
    this.#entries.set(node, entry);
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > this.#nodesMax && oldest !== undefined) this.#entries.delete(oldest);
  }
}
