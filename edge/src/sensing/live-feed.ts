/** Live feed: tells listeners of the latest state at a bounded rate, the last state always included. */

/** Least pause between two calls of a listener: 20 a second look continuous to the eye. */
export const FEED_GAP_MS_MIN = 50;

/** Most listeners of one feed: far more screens than hang on one scale. */
export const LISTENERS_MAX = 32;

/** A feed of states. */
export interface LiveFeed<T> {
  /** Takes a new state; one that is overtaken within the gap is never told. */
  publish(state: T): void;
  /** Adds a listener; returns how to remove it, or null when there are too many. */
  subscribe(listener: (state: T) => void): (() => void) | null;
  /** Tells the last state, if it is still due, and then no more. */
  close(): void;
}

/** Opens a feed. */
export function liveFeed<T>(): LiveFeed<T> {
  const listeners = new Set<(state: T) => void>();
  let waiting: { state: T } | null = null;
  let timer: NodeJS.Timeout | null = null;

  function tell(state: T): void {
    timer = setTimeout(() => {
      timer = null;
      const next = waiting;
      waiting = null;
      if (next !== null) tell(next.state);
    }, FEED_GAP_MS_MIN);
    for (const listener of listeners) listener(state);
  }

  return {
    publish(state) {
      if (timer === null) tell(state);
      else waiting = { state };
    },
    subscribe(listener) {
      if (listeners.size >= LISTENERS_MAX) return null;
      // Wrapped, so that the same function may listen twice.
      const own = (state: T) => listener(state);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    close() {
      if (timer !== null) clearTimeout(timer);
      for (const listener of listeners) if (waiting !== null) listener(waiting.state);
      listeners.clear();
    },
  };
}
