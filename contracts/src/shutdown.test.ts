import { describe, expect, test } from "vitest";
import { EXIT_ADDRESS_TAKEN, exitCodeOf, type Host, stopOnSignals } from "./shutdown.ts";

/** A process that notes how it ends, and a service that stops as the test says. */
function service(stop: () => Promise<unknown>, stopMsMax = 10_000) {
  const handlers = new Map<string | symbol, () => void>();
  const ended = Promise.withResolvers<number>();
  const failures: unknown[] = [];
  const signals: string[] = [];
  const host = {
    on(signal: string, handler: () => void) {
      handlers.set(signal, handler);
      return host;
    },
    exit: (code: number) => ended.resolve(code),
  } as unknown as Host;
  const onFailure = (error: unknown) => void failures.push(error);
  stopOnSignals({ stop, stopMsMax, onSignal: (signal) => void signals.push(signal), onFailure }, host);
  return { send: (signal: string) => handlers.get(signal)?.(), ended: ended.promise, failures, signals };
}

describe("a service that is asked to stop", () => {
  test.each(["SIGTERM", "SIGINT"])("by %s stops and ends with 0", async (signal) => {
    let stopped = 0;
    const { send, ended, failures } = service(async () => stopped++);
    send(signal);
    expect(await ended).toBe(0);
    expect([stopped, failures]).toEqual([1, []]);
  });

  test("twice stops once", async () => {
    let stopped = 0;
    const { send, ended, signals } = service(async () => stopped++);
    send("SIGTERM");
    send("SIGINT");
    send("SIGTERM");
    expect(await ended).toBe(0);
    expect([stopped, signals]).toEqual([1, ["SIGTERM"]]);
  });

  test("and cannot within stopMsMax ends with 1 and says so", async () => {
    const { send, ended, failures } = service(() => new Promise(() => {}), 10);
    send("SIGTERM");
    expect(await ended).toBe(1);
    expect(String(failures)).toContain("within 10 ms");
  });

  test("and fails to ends with 1 and says why", async () => {
    const { send, ended, failures } = service(() => Promise.reject(new Error("disk on fire")));
    send("SIGINT");
    expect(await ended).toBe(1);
    expect(String(failures)).toContain("disk on fire");
  });
});

test("an error that nobody caught ends with 1, and with a code of its own when the port is taken", () => {
  expect(exitCodeOf(new Error("disk on fire"))).toBe(1);
  expect(exitCodeOf(Object.assign(new Error("listen"), { code: "EADDRINUSE" }))).toBe(EXIT_ADDRESS_TAKEN);
});
