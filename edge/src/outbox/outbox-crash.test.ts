import { spawn } from "node:child_process";
import { copyFileSync, openSync, readFileSync, statSync, truncateSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { freshPath } from "../fresh-folder.ts";
import { openOutbox } from "./outbox.ts";
import { check, itemsOf, level, TEST_LIMITS } from "./outbox-fixture.ts";

const CHILD = fileURLToPath(new URL("./crash-child.ts", import.meta.url));

/** Lets the child work on the file until it has promised `promisesMax` things, kills it, and answers what it promised. */
async function promisesUntilKilled(path: string, promisesMax: number): Promise<Record<string, number>> {
  const child = spawn(process.execPath, [CHILD, path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const promised: Record<string, number> = { readings: 0, records: 0 };
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [stream, number] = line.split(" ");
    promised[String(stream)] = Number(number);
    count += 1;
    if (count === promisesMax) child.kill("SIGKILL");
  }
  return promised;
}

test("what was promised before a kill -9 is there afterwards, without a gap, ten kills in a row", async () => {
  const path = freshPath();
  for (let round = 1; round <= 10; round++) {
    const promised = await promisesUntilKilled(path, 17 * round);
    const outbox = openOutbox(path, TEST_LIMITS);
    for (const stream of ["readings", "records"] as const) {
      const numbers = [...itemsOf(outbox, stream).entries()].map(([number, item]) => [number, item !== null]);
      expect(numbers.length).toBeGreaterThanOrEqual(promised[stream] ?? 0);
      expect(numbers).toEqual(numbers.map((_, index) => [index + 1, true]));
    }
    // Every record took its receipt number in its own transaction.
    const records = itemsOf(outbox, "records").size;
    expect(outbox.answerOf(`check-${records}`)).toEqual({ receipt: records });
    outbox.close();
  }
}, 60_000);

test("a second process is refused while the first one works, and let in when it was killed", async () => {
  const path = freshPath();
  const child = spawn(process.execPath, [CHILD, path], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const _line of createInterface({ input: child.stdout })) {
    expect(() => openOutbox(path, TEST_LIMITS)).toThrow("in use by another process");
    child.kill("SIGKILL");
    break;
  }
  await new Promise((resolve) => {
    if (child.signalCode !== null) resolve(null);
    else child.once("exit", resolve);
  });
  openOutbox(path, TEST_LIMITS).close();
});

/** An outbox of which the log holds several commits, copied as a power cut would find it, and where each commit ends. */
function copiedMidway(): { path: string; commitEnds: number[] } {
  const path = freshPath();
  const outbox = openOutbox(path, TEST_LIMITS);
  const commitEnds: number[] = [];
  for (let number = 1; number <= 12; number++) {
    outbox.appendReading(level(number));
    outbox.flush();
    outbox.recordOnce(check(`check-${number}`, number));
    commitEnds.push(statSync(`${path}-wal`).size);
  }
  copyFileSync(path, `${path}.cut`);
  copyFileSync(`${path}-wal`, `${path}.cut-wal`);
  outbox.close();
  return { path: `${path}.cut`, commitEnds };
}

/** Opens a copy whose log was damaged from `offset` on, and expects just the commits that end before it. */
function expectPrefix(
  source: { path: string; commitEnds: number[] },
  offset: number,
  damage: (log: string) => void,
) {
  const path = `${source.path}.${offset}`;
  copyFileSync(source.path, path);
  copyFileSync(`${source.path}-wal`, `${path}-wal`);
  damage(`${path}-wal`);
  const whole = source.commitEnds.filter((end) => end <= offset).length;
  const outbox = openOutbox(path, TEST_LIMITS);
  const records = itemsOf(outbox, "records");
  expect([...records.values()]).toMatchObject(
    Array.from({ length: whole }, (_, index) => ({ reference_g: index + 1 })),
  );
  // The reading of a turn is committed just before its record.
  expect(itemsOf(outbox, "readings").size - whole).toBeOneOf([0, 1]);
  expect(outbox.recordOnce(check("after"))).toEqual({ kind: "recorded", answer: { receipt: whole + 1 } });
  outbox.close();
}

test("a log cut off anywhere loses the commits after the cut and no other", () => {
  const source = copiedMidway();
  const first = source.commitEnds[0] ?? 0;
  const last = source.commitEnds.at(-1) ?? 0;
  fc.assert(
    fc.property(fc.integer({ min: first, max: last }), (offset) =>
      expectPrefix(source, offset, (log) => truncateSync(log, offset)),
    ),
    { numRuns: 60 },
  );
});

test("a log with garbage anywhere loses the commits from there on and no other", () => {
  const source = copiedMidway();
  const first = source.commitEnds[0] ?? 0;
  const last = source.commitEnds.at(-1) ?? 0;
  fc.assert(
    fc.property(fc.integer({ min: first, max: last - 64 }), (offset) =>
      expectPrefix(source, offset, (log) => {
        const garbage = Buffer.from(
          readFileSync(log)
            .subarray(offset, offset + 64)
            .map((byte) => byte ^ 0xa5),
        );
        writeSync(openSync(log, "r+"), garbage, 0, garbage.length, offset);
      }),
    ),
    { numRuns: 60 },
  );
});
