import { describe, expect, test } from "vitest";
import { Turnstile } from "./turnstile.ts";

describe("turnstile", () => {
  test("runs so many at a time, lets so many wait in order, and turns the next away", async () => {
    const turnstile = new Turnstile({ runningMax: 2, waitingMax: 2 });
    const gates = Array.from({ length: 5 }, () => Promise.withResolvers<void>());
    const started: number[] = [];
    const runs = gates.map((gate, i) =>
      turnstile.tryRun(async () => {
        started.push(i);
        await gate.promise;
        return i;
      }),
    );
    expect(runs[4]).toBeNull();
    expect(started).toEqual([0, 1]);
    gates[1]?.resolve();
    await runs[1];
    gates[0]?.resolve();
    gates[2]?.resolve();
    gates[3]?.resolve();
    for (const [i, run] of runs.slice(0, 4).entries()) expect(await run).toBe(i);
    expect(started).toEqual([0, 1, 2, 3]);
  });

  test("gives the place back when a task fails", async () => {
    const turnstile = new Turnstile({ runningMax: 1, waitingMax: 0 });
    await expect(turnstile.tryRun(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await turnstile.tryRun(async () => 1)).toBe(1);
  });
});
