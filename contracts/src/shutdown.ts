/** Ends a service when a signal asks it to: in order, once, and in time. */

/** Signals that ask a process to end: from a supervisor, and from a keyboard. */
const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** What of the process is used; a test gives another. */
export type Host = Pick<NodeJS.Process, "on" | "exit">;

/** How a service ends. */
export interface Shutdown {
  /** Closes everything. */
  stop: () => Promise<unknown>;
  /** Longest that `stop` may take, in milliseconds; then the process ends all the same, with code 1. */
  stopMsMax: number;
  /** Hears what happens, such as a log. */
  onSignal: (signal: string) => void;
  /** Hears why it did not end well, before the process ends with code 1. */
  onFailure: (error: unknown) => void;
}

/**
 * From now on SIGTERM and SIGINT stop the service, and the process ends with code 0. A second signal changes nothing: the
 * supervisor that has no more patience has SIGKILL.
 */
export function stopOnSignals(
  { stop, stopMsMax, onSignal, onFailure }: Shutdown,
  host: Host = process,
): void {
  let isStopping = false;
  const fail = (error: unknown): never => {
    onFailure(error);
    return host.exit(1);
  };
  for (const signal of SIGNALS) {
    host.on(signal, () => {
      if (isStopping) return;
      isStopping = true;
      onSignal(signal);
      const timer = setTimeout(() => fail(new Error(`did not stop within ${stopMsMax} ms`)), stopMsMax);
      stop()
        .then(() => host.exit(0), fail)
        .finally(() => clearTimeout(timer));
    });
  }
}

/** Exit code of a service that could not listen because its port is taken: whoever started it can tell a person. */
export const EXIT_ADDRESS_TAKEN = 3;

/** Exit code of a service that ends by an error which nobody caught: 1, or EXIT_ADDRESS_TAKEN. */
export function exitCodeOf(error: unknown): number {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE" ? EXIT_ADDRESS_TAKEN : 1;
}
