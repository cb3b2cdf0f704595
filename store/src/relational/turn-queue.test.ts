import { expect, it } from "vitest";
import { TurnQueue } from "./turn-queue.ts";

const LONG_MS = 10_000;

it("gives turns in the order of asking, one at a time", async () => {
  const queue = new TurnQueue();
  const order: string[] = [];
  const inUse = new Set<number>();
  await Promise.all(
    [0, 1, 2].map(async (caller) => {
      const end = await queue.take(LONG_MS);
      expect(inUse.size).toBe(0);
      inUse.add(caller);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`${caller}`);
      inUse.delete(caller);
      end?.();
    }),
  );
  expect(order).toEqual(["0", "1", "2"]);
});

it("answers null to who has waited too long, and serves those behind when the holder ends", async () => {
  const queue = new TurnQueue();
  const end = await queue.take(LONG_MS);
  const impatient = queue.take(5);
  const alsoImpatient = queue.take(5);
  const patient = queue.take(LONG_MS);
  expect(await impatient).toBeNull();
  expect(await alsoImpatient).toBeNull();
  let isServed = false;
  void patient.then(() => {
    isServed = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isServed).toBe(false);
  end?.();
  expect(await patient).not.toBeNull();
});
