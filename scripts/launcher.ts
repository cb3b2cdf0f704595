/** The process that has started this one: killed with a signal that it cannot pass on, it leaves us behind. */

/** Time between two looks, in milliseconds. */
const PARENT_POLL_MS = 1_000;

/** Calls `gone` when whoever started this process, or the Node in between, is there no more. Keeps nothing alive. */
export function watchLauncher(gone: () => void): void {
  const parent = process.ppid;
  const launcher = Number(process.env.LAUNCHED_BY ?? parent);
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(launcher)) return;
    clearInterval(timer);
    gone();
  }, PARENT_POLL_MS);
  timer.unref();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
