/** Keeps the places of nodes at hand, so that a reading does not cost a query. */
import type { NodePlaces } from "@jumpa-madu/store/node-places";

/** Nodes whose places are kept; the one longest unused goes first. */
export const PLACES_NODES_MAX = 20_000;

/** Age at which places are read again, in milliseconds. A bin that moved is tagged wrongly no longer than this. */
export const PLACES_AGE_MS_MAX = 45_000;

/**
 * Shortest time between two reads for one node, in milliseconds, however many unknown devices it names: a new bin is
 * accepted this long after its registration at the latest, and a node that sends rubbish costs no more than this.
 */
export const PLACES_REFRESH_MS_MIN = 3_000;

interface Entry {
  places: NodePlaces | null;
  readMs: number;
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
    if (entry === undefined || this.#now() - entry.readMs >= ageMsMax) return this.#readNow(node);
    this.#keep(node, entry);
    return entry.places;
  }

  /** Places as they are now, for a node that named a device unknown to them; the ones at hand when read a moment ago. */
  async refreshed(node: string): Promise<NodePlaces | null> {
    const entry = this.#entries.get(node);
    if (entry !== undefined && this.#now() - entry.readMs < PLACES_REFRESH_MS_MIN) return entry.places;
    return this.#readNow(node);
  }

  async #readNow(node: string): Promise<NodePlaces | null> {
    const readMs = this.#now();
    const places = await this.#read(node);
    this.#keep(node, { places, readMs });
    return places;
  }

  #keep(node: string, entry: Entry): void {
    this.#entries.delete(node);
    this.#entries.set(node, entry);
    const oldest = this.#entries.keys().next().value;
    if (this.#entries.size > this.#nodesMax && oldest !== undefined) this.#entries.delete(oldest);
  }
}
