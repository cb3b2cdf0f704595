import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("work on one thing is done in order, work on another beside it, and trouble stops nobody else", async () => {
  const turns = new Turns();
  const done: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = turns.run("a", async () => {
    await gate.promise;
    done.push("a1");
    throw new Error("a1 failed");
  });
  const second = turns.run("a", async () => void done.push("a2"));
  await turns.run("b", async () => void done.push("b1"));
  expect([done, turns.size]).toEqual([["b1"], 2]);
  gate.resolve();
  await expect(first).rejects.toThrow("a1 failed");
  await second;
  await setImmediate();
  expect([done, turns.size]).toEqual([["b1", "a1", "a2"], 0]);
});
