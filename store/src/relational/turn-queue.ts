/** First come, first served: who may use the one connection next. */

/** A queue for one place. */
export class TurnQueue {
  /** Ends when the last in the queue has had its turn; each caller waits for the one before. */
  #last: Promise<void> = Promise.resolve();

  /**
   * Waits for the turn and answers how to end it. Null when it did not come within `waitMsMax` milliseconds: the place
   * in the queue is then given up, and those behind move on.
   */
  async take(waitMsMax: number): Promise<(() => void) | null> {
    const before = this.#last;
    const mine = Promise.withResolvers<void>();
    this.#last = before.then(() => mine.promise);
    const timeout = Promise.withResolvers<"timeout">();
    const timer = setTimeout(() => timeout.resolve("timeout"), waitMsMax);
    const isLate = (await Promise.race([before, timeout.promise])) === "timeout";
    clearTimeout(timer);
    if (!isLate) return mine.resolve;
    mine.resolve();
    return null;
  }
}
