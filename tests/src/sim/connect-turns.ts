/** Lets a fleet connect at a limited rate: ten thousand TCP handshakes in one instant overflow any server's backlog. */
import type { TimerWheel } from "./timer-wheel.ts";

/** Time between two groups of connections, in milliseconds. */
const GROUP_MS = 50;

/** Gives turns in the order in which they are asked for. Holds at most one request a node. */
export class ConnectTurns {
  readonly #wheel: TimerWheel;
  readonly #groupSize: number;
  readonly #waiting = new Set<() => void>();
  #isTurning = false;

  constructor(wheel: TimerWheel, connectsPerS: number) {
    this.#wheel = wheel;
    this.#groupSize = Math.max(1, Math.round((connectsPerS * GROUP_MS) / 1000));
  }

  /** Calls `connect` when it is its turn. Answers what takes the request back. */
  ask(connect: () => void): () => void {
    this.#waiting.add(connect);
    if (!this.#isTurning) this.#turn();
    return () => void this.#waiting.delete(connect);
  }

  #turn(): void {
    this.#isTurning = this.#waiting.size > 0;
    if (!this.#isTurning) return;
    this.#wheel.after(GROUP_MS, () => this.#turn());
    const group = [...this.#waiting.values().take(this.#groupSize)];
    for (const connect of group) {
      this.#waiting.delete(connect);
      connect();
    }
  }
}
