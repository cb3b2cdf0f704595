/**
 * One timer for a whole fleet: a wheel of slots, each holding what is due when the wheel stands there.
 *
 * Thousands of nodes have several waits each (next reading, ping, resend). Setting and cancelling one costs the same
 * however many there are, and the process wakes at most once a tick.
 */

/** Time between two slots in milliseconds: how late a call may come. */
const TICK_MS = 20;

/** Slots of the wheel. A wait beyond one turn (82 s) stays in its slot until the turn in which it is due. */
const SLOTS = 4_096;

/** Waits that may be open at a time. Beyond: RangeError, since a fleet has a fixed number of them for each node. */
const WAITS_MAX = 2_000_000;

/** A wait that is open; pass it to `cancel`. */
export interface Wait {
  readonly call: () => void;
  readonly dueTick: number;
}

/** A wheel that turns from the first wait until `stop`. */
export class TimerWheel {
  readonly #slots = Array.from({ length: SLOTS }, () => new Set<Wait>());
  readonly #startMs = performance.now();
  #tick = 0;
  #waits = 0;
  #interval: NodeJS.Timeout | undefined;

  /** Waits that are open. */
  get waits(): number {
    return this.#waits;
  }

  /** Calls `call` once, `waitMs` from now or up to one tick later. */
  after(waitMs: number, call: () => void): Wait {
    if (this.#waits >= WAITS_MAX) throw new RangeError(`more than ${WAITS_MAX} waits are open`);
    this.#interval ??= setInterval(() => this.#turn(), TICK_MS);
    const due = Math.ceil((performance.now() - this.#startMs + Math.max(0, waitMs)) / TICK_MS);
    const wait: Wait = { call, dueTick: Math.max(this.#tick + 1, due) };
    this.#slots[wait.dueTick % SLOTS]?.add(wait);
    this.#waits++;
    return wait;
  }

  /** Ends a wait; one that is over already, or undefined, is ignored. */
  cancel(wait: Wait | undefined): void {
    if (wait !== undefined && this.#slots[wait.dueTick % SLOTS]?.delete(wait)) this.#waits--;
  }

  /** Forgets every wait, and lets the process end. */
  stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
    for (const slot of this.#slots) slot.clear();
    this.#waits = 0;
  }

  #turn(): void {
    const now = Math.floor((performance.now() - this.#startMs) / TICK_MS);
    while (this.#tick < now && this.#interval !== undefined) {
      this.#tick++;
      const slot = this.#slots[this.#tick % SLOTS] ?? new Set();
      for (const wait of slot) {
        // An earlier call of the same slot may have cancelled it.
        if (wait.dueTick > this.#tick || !slot.delete(wait)) continue;
        this.#waits--;
        wait.call();
      }
    }
  }
}
