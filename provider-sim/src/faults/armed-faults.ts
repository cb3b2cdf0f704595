/** Faults that are switched on and wait for what they match. */
import type { Random } from "@jumpa-madu/contracts/random";
import { SimError } from "../sim-error.ts";

/** Most faults that are armed at a time; the next is refused. */
export const FAULTS_ARMED_MAX = 100;

/** When a fault strikes. */
export interface Firing {
  /** How many that match pass before it; default 0. */
  skip?: number;
  /** How often it strikes, then it is over; default once, or for ever when a probability is given. */
  times?: number;
  /** Share of what matches that it strikes, 0 to 1; default all. */
  probability?: number;
}

interface Armed<O> {
  id: number;
  order: O;
  skipsLeft: number;
  timesLeft: number;
}

/** The armed faults of one kind, in the order in which they were armed. At most one strikes at a time. */
export class ArmedFaults<O extends Firing> {
  readonly #random: Random;
  readonly #armed: Armed<O>[] = [];
  #lastId = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Switches a fault on and returns its number. Throws SimError FULL beyond FAULTS_ARMED_MAX. */
  arm(order: O): number {
    if (this.#armed.length >= FAULTS_ARMED_MAX)
      throw new SimError("FULL", `${FAULTS_ARMED_MAX} faults are armed; disarm them first`);
    this.#lastId += 1;
    const timesLeft = order.times ?? (order.probability === undefined ? 1 : Number.POSITIVE_INFINITY);
    this.#armed.push({ id: this.#lastId, order, skipsLeft: order.skip ?? 0, timesLeft });
    return this.#lastId;
  }

  disarm(): void {
    this.#armed.length = 0;
  }

  /** What is armed, with how often each still strikes; null is for ever. */
  list(): { id: number; order: O; timesLeft: number | null }[] {
    return this.#armed.map(({ id, order, timesLeft }) => ({
      id,
      order,
      timesLeft: Number.isFinite(timesLeft) ? timesLeft : null,
    }));
  }

  /** The fault that strikes now, or null. */
  draw(matches: (order: O) => boolean): O | null {
    for (const armed of this.#armed) {
      if (!matches(armed.order)) continue;
      if (armed.skipsLeft > 0) {
        armed.skipsLeft -= 1;
        continue;
      }
      const { probability } = armed.order;
      if (probability !== undefined && this.#random.next() >= probability) continue;
      armed.timesLeft -= 1;
      if (armed.timesLeft <= 0) this.#armed.splice(this.#armed.indexOf(armed), 1);
      return armed.order;
    }
    return null;
  }
}
