import { hashPin } from "@jumpa-madu/contracts/pin-hash";
import pino from "pino";
import { beforeAll, describe, expect, test } from "vitest";
import { type KeptTries, SUPERVISORS_TRIED_MAX, supervisorChecksOf } from "./supervisor-checks.ts";
import { memoryTries } from "./terminal-fixture.ts";

const PIN = "271828";
const LIMITS = { pinTriesMax: 5, pinLockedMs: 30_000, pinLockedMsMax: 100_000 };

let pinHash: string;
beforeAll(async () => {
  pinHash = await hashPin(PIN);
});

/** Checks whose clock the test moves. */
function checks(kept: KeptTries = memoryTries()) {
  const logged: string[] = [];
  let nowMs = 1_000;
  const made = supervisorChecksOf(LIMITS, {
    kept,
    log: pino({ level: "debug" }, { write: (line: string) => void logged.push(line) }),
    nowMs: () => nowMs,
  });
  const tryPin = (pin: string, id = "supervisor-1", hash = pinHash) =>
    made.faultOf({ id, name: "x", pin_hash: hash }, pin);
  return { tryPin, logged, pass: (ms: number) => (nowMs += ms) };
}

/** A hash that no PIN has, and that costs nothing. */
const NO_HASH = "";

describe("the PIN of a supervisor", () => {
  test("is right or wrong, and is in no line of the log", async () => {
    const { tryPin, logged } = checks();
    expect(await tryPin(PIN)).toBeNull();
    expect(await tryPin("314159")).toMatchObject({
      code: "wrong_pin",
      detail: expect.stringContaining("4 tries left"),
    });
    expect(logged.join("")).toContain("wrong PIN");
    expect(logged.join("")).not.toMatch(/271828|314159/);
  });

  test("tried wrong five times locks, for a time that doubles up to its limit; the right one does not help meanwhile", async () => {
    const { tryPin, pass } = checks();
    for (let n = 1; n <= 5; n++)
      expect(await tryPin("000000", "s", NO_HASH)).toMatchObject({ code: "wrong_pin" });
    for (const waitS of [30, 60, 100, 100]) {
      expect(await tryPin(PIN, "s")).toEqual({
        code: "supervisor_locked",
        detail: expect.stringContaining(`${waitS} seconds`),
        retryAfterS: waitS,
      });
      pass(waitS * 1000 - 1);
      expect(await tryPin(PIN, "s")).toMatchObject({ code: "supervisor_locked", retryAfterS: 1 });
      pass(1);
      expect(await tryPin("000000", "s", NO_HASH)).toMatchObject({ code: "wrong_pin" });
    }
    pass(100_000);
    expect(await tryPin(PIN, "s")).toBeNull();
    expect(await tryPin("000000", "s", NO_HASH), "counting begins anew").toMatchObject({
      detail: expect.stringContaining("4 tries left"),
    });
  });

  test("locks one supervisor and no other", async () => {
    const { tryPin } = checks();
    for (let n = 0; n < 6; n++) await tryPin("000000", "s", NO_HASH);
    expect(await tryPin(PIN, "other")).toBeNull();
  });

  test("is counted before it is looked at, so that many at once are no more than five", async () => {
    const { tryPin } = checks();
    const faults = await Promise.all(
      Array.from({ length: 20 }, (_, n) => tryPin(`${100_000 + n}`, "s", NO_HASH)),
    );
    const codes = faults.map((fault) => fault?.code);
    expect(codes.filter((code) => code === "wrong_pin")).toHaveLength(5);
    expect(codes.filter((code) => code === "supervisor_locked")).toHaveLength(15);
  });

  test("is one try when it comes several times at once, right or wrong", async () => {
    const { tryPin } = checks();
    for (let n = 0; n < 3; n++) await tryPin("000000");
    const wrong = await Promise.all(Array.from({ length: 5 }, () => tryPin("314159")));
    expect(wrong.map((fault) => fault?.detail)).toEqual(
      Array(5).fill(expect.stringContaining("1 tries left")),
    );
    expect(await Promise.all(Array.from({ length: 5 }, () => tryPin(PIN)))).toEqual(Array(5).fill(null));
    expect(await tryPin("000000"), "counting begins anew").toMatchObject({
      detail: expect.stringContaining("4 tries left"),
    });
  });

  test("stays counted over a restart, and a lock begins anew", async () => {
    const kept = memoryTries();
    const before = checks(kept);
    for (let n = 0; n < 4; n++) await before.tryPin("000000", "s", NO_HASH);
    const after = checks(kept);
    expect(await after.tryPin("000000", "s", NO_HASH)).toMatchObject({ code: "wrong_pin" });
    expect(await checks(kept).tryPin(PIN, "s")).toMatchObject({ code: "supervisor_locked", retryAfterS: 30 });
    const late = checks(kept);
    late.pass(30_000);
    expect(await late.tryPin(PIN, "s")).toBeNull();
    expect(await checks(kept).tryPin("000000", "s", NO_HASH)).toMatchObject({
      detail: expect.stringContaining("4 tries left"),
    });
  });

  test(`is counted for the last ${SUPERVISORS_TRIED_MAX} supervisors, and never kept`, async () => {
    const kept = memoryTries();
    const { tryPin } = checks(kept);
    for (let n = 0; n <= SUPERVISORS_TRIED_MAX; n++) await tryPin("314159", `s-${n}`, NO_HASH);
    const value = kept.read("supervisor-tries")?.value;
    expect(Object.keys(value ?? {})).toHaveLength(SUPERVISORS_TRIED_MAX);
    expect(value).not.toHaveProperty("s-0");
    expect(JSON.stringify(value)).not.toContain("314159");
  });

  test("is counted in memory when the disk keeps nothing, and that is logged", async () => {
    const { tryPin, logged } = checks({
      read: () => ({ value: { s: "many" }, etag: null }),
      write: () => {
        throw new Error("disk full");
      },
    });
    for (let n = 0; n < 5; n++)
      expect(await tryPin("000000", "s", NO_HASH)).toMatchObject({ code: "wrong_pin" });
    expect(await tryPin(PIN, "s")).toMatchObject({ code: "supervisor_locked" });
    expect(logged.join("")).toContain("could not be counted on disk");
  });
});
