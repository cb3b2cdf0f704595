/** A socket that sends what is written in one turn of the event loop in one piece. */
import { Socket } from "node:net";

/**
 * Statements that go out behind each other would each be a system call and a packet of their own, which costs both processes
 * more than most statements do. Nothing waits for it: the turn ends before the process does anything else.
 */
export class GatheringSocket extends Socket {
  #isGathering = false;

  override cork(): void {
    super.cork();
    if (this.#isGathering) return;
    this.#isGathering = true;
    super.cork();
    process.nextTick(() => {
      this.#isGathering = false;
      super.uncork();
    });
  }
}
