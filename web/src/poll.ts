/** Asks again and again: at a steady pace while answers come, ever more slowly while none does. */

/** Pause between two questions, in milliseconds. */
export const PAUSE_MS = 2_500;

/** Longest pause while nothing answers, in milliseconds. */
export const PAUSE_MS_MAX = 30_000;

/** Pause after so many failures in a row, without its jitter. */
export function pauseMs(failures: number): number {
  return Math.min(PAUSE_MS * 2 ** failures, PAUSE_MS_MAX);
}

/** Asks until the signal. `wake` of the answer asks at once, such as when the network is back. */
export function poll(ask: () => Promise<boolean>, signal: AbortSignal): { wake: () => void } {
  let waking = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => waking.resolve(), { once: true });
  void run();
  return { wake: () => waking.resolve() };

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      waking = Promise.withResolvers<void>();
      failures = (await ask()) ? 0 : failures + 1;
      // Many pages that lost the same server must not all come back at the same moment.
      const jitter = failures === 0 ? 1 : 0.75 + Math.random() / 2;
      const timer = setTimeout(waking.resolve, pauseMs(failures) * jitter);
      await waking.promise;
      clearTimeout(timer);
    }
  }
}
