import { expect, test } from "vitest";
import { ProblemError } from "../problem-error.ts";
import { HASHES_AT_ONCE_MAX, HASHES_WAITING_MAX, PasswordHasher } from "./password.ts";

test("knows the password again, however its letters are composed", async () => {
  const hasher = new PasswordHasher();
  const phc = await hasher.hash("café di Deli");
  expect(await hasher.verify("cafe\u0301 di Deli", phc)).toBe(true);
  expect(await hasher.verify("cafe di Deli", phc)).toBe(false);
  expect(await hasher.hash("café di Deli")).not.toBe(phc);
});

test("says no to nobody, after as much work as for somebody", async () => {
  const hasher = new PasswordHasher();
  const phc = await hasher.hash("a password here");
  const timed = async (kept: string | null) => {
    const startedMs = performance.now();
    for (let n = 0; n < 5; n++) await hasher.verify("wrong password", kept);
    return performance.now() - startedMs;
  };
  await timed(phc);
  const [somebodyMs, nobodyMs] = [await timed(phc), await timed(null)];
  expect(nobodyMs).toBeGreaterThan(somebodyMs / 4);
  expect(await hasher.verify("", null)).toBe(false);
  expect(await hasher.verify("x", "not a hash")).toBe(false);
});

test("sends those away who would wait beyond the limit, and serves the others", async () => {
  const hasher = new PasswordHasher();
  const room = HASHES_AT_ONCE_MAX + HASHES_WAITING_MAX;
  const outcomes = await Promise.allSettled(
    Array.from({ length: room + 3 }, () => hasher.hash("a password here")),
  );
  const refused = outcomes.filter((one) => one.status === "rejected");
  expect(refused).toHaveLength(3);
  for (const { reason } of refused) {
    expect(reason).toBeInstanceOf(ProblemError);
    expect(reason).toMatchObject({ code: "unavailable", status: 503 });
  }
  expect(await hasher.hash("a password here")).toMatch(/^\$argon2id\$/);
});
