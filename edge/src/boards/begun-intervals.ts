/** Begun intervals: the timers that code starts which gives no way to end them. */

/**
 * Runs `make`, which must be synchronous, and returns the intervals that it began.
 *
 * johnny-five's Proximity starts an interval that it keeps to itself. Left running it would keep the process alive, and the board
 * in memory, long after both are given up; so it is caught while it is being started.
 */
export function intervalsOf(make: () => unknown): NodeJS.Timeout[] {
  const begun: NodeJS.Timeout[] = [];
  const { setInterval: begin } = globalThis;
  globalThis.setInterval = new Proxy(begin, {
    apply(target, self, settings) {
      const interval: NodeJS.Timeout = Reflect.apply(target, self, settings);
      begun.push(interval);
      return interval;
    },
  });
  try {
    make();
  } finally {
    globalThis.setInterval = begin;
  }
  return begun;
}
