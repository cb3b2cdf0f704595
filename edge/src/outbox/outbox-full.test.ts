import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reading } from "@jumpa-madu/contracts/readings";
import { expect, onTestFinished, test } from "vitest";
import { freshFolder, freshPath } from "../fresh-folder.ts";
import { type Outbox, openOutbox } from "./outbox.ts";
import { check, emptied, itemsOf, level, TEST_LIMITS } from "./outbox-fixture.ts";

const MIB = 1024 * 1024;

/** Appends readings until one is refused; answers how many went in. */
function fillWithReadings(outbox: Outbox, make: (number: number) => Reading): number {
  for (let number = 1; ; number++) {
    outbox.appendReading(make(number));
    if (outbox.losses().refused > 0) return number;
    if (number > 200_000) throw new Error("the outbox never filled");
  }
}

/** Records until one is refused; answers how many were kept. */
function recordUntilFull(outbox: Outbox): number {
  for (let number = 0; ; number++) {
    if (outbox.recordOnce(check(`check-${number}`)).kind === "full") return number;
    if (number > 50_000) throw new Error("the outbox never filled");
  }
}

test("the file stays within fileBytesMax while readings come and go without end", () => {
  const path = freshPath();
  const outbox = openOutbox(path, { ...TEST_LIMITS, readingsRowsMax: 2_000, fileBytesMax: 8 * MIB });
  let sizeAfterFirst = 0;
  for (let round = 1; round <= 20; round++) {
    for (let number = 1; number <= 1_500; number++) outbox.appendReading(level(round * 10_000 + number));
    outbox.flush();
    outbox.acknowledge("readings", round * 1_500);
    if (round === 2) sizeAfterFirst = statSync(path).size;
  }
  expect(outbox.backlog().readings).toBe(0);
  outbox.close();
  // Freed pages are used again: 20 rounds take no more than 2 did, but for the last log.
  expect(statSync(path).size).toBeLessThan(Math.max(sizeAfterFirst, MIB) + MIB / 4);
});

test("the log stays within about 4 MiB however much is written", () => {
  const path = freshPath();
  const outbox = openOutbox(path, TEST_LIMITS);
  let largest = 0;
  for (let number = 1; number <= 100_000; number++) {
    outbox.appendReading(level(number));
    if (number % 1_000 === 0) largest = Math.max(largest, statSync(`${path}-wal`).size);
  }
  outbox.close();
  expect(statSync(path).size).toBeGreaterThan(8 * MIB);
  expect(largest).toBeLessThan(5 * MIB);
});

test("when the file is full, telemetry makes way for records, and records only end when it is all thinned out", () => {
  // On a file system in memory: a thousand commits to a busy disk would take too long.
  const path = join(smallDisk(16 * MIB), "outbox.sqlite");
  const outbox = openOutbox(path, { ...TEST_LIMITS, fileBytesMax: MIB, thinRowsMax: 500, commitRowsMax: 50 });
  const eventCount = 20;
  for (let number = 1; number <= eventCount; number++) outbox.appendReading(emptied(number));
  for (let number = eventCount + 1; number <= 12_000; number++) outbox.appendReading(level(number));
  outbox.flush();
  expect(outbox.losses().thinned).toBeGreaterThan(0);

  const records = recordUntilFull(outbox);
  expect(records).toBeGreaterThan(1_000);
  expect(itemsOf(outbox, "records").size).toBe(records);
  const kept = [...itemsOf(outbox, "readings").values()].filter((item) => item !== null);
  expect(kept.filter((item) => JSON.stringify(item).includes("emptied"))).toHaveLength(eventCount);
  expect(kept.some((item) => JSON.stringify(item).includes("bin_level"))).toBe(true);
  expect(statSync(path).size).toBeLessThanOrEqual(MIB);

  // A refused record left nothing behind, and an acknowledgement makes room again.
  expect(outbox.answerOf(`check-${records}`)).toBeUndefined();
  outbox.acknowledge("records", records);
  outbox.acknowledge("readings", 1_000_000);
  expect(outbox.recordOnce(check("afterwards"))).toEqual({
    kind: "recorded",
    answer: { receipt: records + 1 },
  });
  outbox.close();
});

/** A real file system of `bytes`, in memory. Mounting needs root, as the tests of this project have it in CI. */
function smallDisk(bytes: number): string {
  const folder = join(freshFolder(), "disk");
  mkdirSync(folder);
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder]);
  // Lazily: a test that failed may not have closed its outbox.
  onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
  return folder;
}

test("on a real disk filled by others, deposits go on: the reserve and thinning make the room", () => {
  const folder = smallDisk(8 * MIB);
  const path = join(folder, "outbox.sqlite");
  const outbox = openOutbox(path, { ...TEST_LIMITS, reserveBytes: MIB, thinRowsMax: 500 });
  for (let number = 1; number <= 20_000; number++) outbox.appendReading(level(number));
  outbox.flush();
  expect(statSync(`${path}.reserve`).size).toBe(MIB);
  fillDisk(folder);

  const before = outbox.losses().thinned;
  const records = recordUntilFull(outbox);
  expect(statSync(`${path}.reserve`, { throwIfNoEntry: false })).toBeUndefined();
  expect(outbox.losses().thinned).toBeGreaterThan(before);
  expect(records).toBeGreaterThan(500);
  expect(itemsOf(outbox, "records").size).toBe(records);

  // The others take what the log has given back, all but half of the reserve.
  fillDisk(folder);
  const others = join(folder, "others");
  truncateSync(others, statSync(others).size - MIB / 2);

  // The disk is still full, yet what ingest acknowledges can be forgotten, and makes room for more.
  expect(outbox.acknowledge("readings", 1_000_000)).toBe(true);
  expect(outbox.backlog().readings).toBe(0);
  expect(outbox.acknowledge("records", records - 10)).toBe(true);
  expect(outbox.recordOnce(check("afterwards")).kind).toBe("recorded");

  // Once the others give way, the reserve is made anew.
  rmSync(others);
  outbox.acknowledge("records", records);
  expect(statSync(`${path}.reserve`).size).toBe(MIB);
  outbox.close();
  const again = openOutbox(path, TEST_LIMITS);
  expect(itemsOf(again, "records").size).toBe(1);
  again.close();
});

test("readings on a full disk are refused and counted, never thrown", () => {
  const folder = smallDisk(3 * MIB);
  const outbox = openOutbox(join(folder, "outbox.sqlite"), { ...TEST_LIMITS, thinRowsMax: 500 });
  fillWithReadings(outbox, emptied);
  expect(outbox.recordOnce(check("a")).kind).toBe("full");
  outbox.close();
});

/** Lets another program's file take every free block. */
function fillDisk(folder: string): void {
  const piece = Buffer.alloc(4096, 1);
  try {
    for (;;) writeFileSync(join(folder, "others"), piece, { flag: "a" });
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  }
}
