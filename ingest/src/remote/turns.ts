/** Turns: work on one thing is done one after the other, work on different things side by side. */

export class Turns {
  /** Last work on each thing. */
  readonly #last = new Map<string, Promise<unknown>>();
  #size = 0;

  /** Work that waits or is under way. */
  get size(): number {
    return this.#size;
  }

  /** Does the work when all earlier work on the same thing has ended, well or badly. */
  async run<T>(thing: string, work: () => Promise<T>): Promise<T> {
    this.#size++;
    const before = this.#last.get(thing) ?? Promise.resolve();
    // What went wrong before is told to whoever asked for it then.
    const mine = before.then(work, work);
    this.#last.set(thing, mine);
    try {
      return await mine;
    } finally {
      this.#size--;
      if (this.#last.get(thing) === mine) this.#last.delete(thing);
    }
  }
}
