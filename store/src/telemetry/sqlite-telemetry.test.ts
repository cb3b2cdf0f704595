import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { makeTempDir } from "../../../tests/src/servers/temp-dir.ts";
import { BUSY_MS_MAX } from "./sqlite-file.ts";
import { openSqliteTelemetry, PRUNE_EVERY_MS } from "./sqlite-telemetry.ts";
import { HOUR_MS, levelPoint, START_MS, weightPoint } from "./telemetry-points.ts";
import type { TelemetryStore } from "./telemetry-store.ts";

let path: string;
let store: TelemetryStore;

beforeEach(async () => {
  const dir = makeTempDir("sqlite-telemetry");
  // In a folder that is not there yet, as where the books are on a server.
  path = join(dir.path, "data", "telemetry.sqlite");
  store = openSqliteTelemetry(`sqlite:${path}`);
  await store.prepare();
  return async () => {
    await store.close();
    dir.remove();
  };
});

test("a full file makes writes unavailable, keeps what is stored, and takes writes again once there is room", async () => {
  const small = openSqliteTelemetry(`sqlite:${path}?max_mb=1`);
  const batch = (round: number) =>
    Array.from({ length: 2_000 }, (_, at) => levelPoint({ bin: `bin-${at}`, t: START_MS + round }));
  let stored = 0;
  let outcome = await small.write(batch(0));
  for (let round = 1; outcome.kind === "stored" && round < 100; round++) {
    stored += 2_000;
    outcome = await small.write(batch(round));
  }
  expect(outcome).toMatchObject({ kind: "unavailable", reason: expect.stringMatching(/full/) });
  expect(await small.count("bin_level")).toBe(stored);
  await small.close();
  expect(await store.write(batch(99))).toEqual({ kind: "stored", refused: [] });
  expect(await store.count("bin_level")).toBe(stored + 2_000);
});

test("a file that is no database, is damaged or was not prepared halts writes", async () => {
  writeFileSync(`${path}.text`, "not a database, but long enough to be looked at as one ".repeat(100));
  writeFileSync(`${path}.empty`, "");
  for (const other of [`${path}.text`, `${path}.empty`]) {
    const broken = openSqliteTelemetry(`sqlite:${other}`);
    expect(await broken.write([levelPoint()])).toMatchObject({ kind: "halted" });
    await expect(broken.ping()).rejects.toMatchObject({ code: "no_database" });
    await broken.close();
  }
  await store.write(Array.from({ length: 5_000 }, (_, at) => levelPoint({ t: START_MS + at })));
  await store.close();
  // The first page, with the schema, is left whole: the damage shows only when a table is touched.
  writeFileSync(path, readFileSync(path).fill(0xff, 4_096));
  expect(await store.write([levelPoint()])).toMatchObject({ kind: "halted" });
  await expect(store.count("bin_level")).rejects.toMatchObject({ code: "no_database" });
});

test("preparing removes points that are older than what is kept, and no others", async () => {
  await store.write([levelPoint(), weightPoint()]);
  const database = new DatabaseSync(path);
  const old = START_MS - 91 * 24 * HOUR_MS;
  database.exec(`INSERT INTO bin_level SELECT series, ${old}, node, site, zone, distance_mm, fill, quality, temp_c, tilt_deg, battery, seq, recv_ms
    FROM bin_level; INSERT INTO bin_level SELECT 'bin-0', t, node, site, zone, distance_mm, fill, quality, temp_c, tilt_deg, battery, seq,
    recv_ms FROM bin_level WHERE t = ${old}`);
  database.close();
  expect(await store.count("bin_level")).toBe(3);
  await store.prepare();
  expect(await store.count("bin_level")).toBe(1);
  expect(await store.count("scale_weight")).toBe(1);
});

test("a store that stays open removes what grows too old, an hour at a time", async () => {
  onTestFinished(() => void vi.useRealTimers());
  await store.write([levelPoint()]);
  const old = START_MS - 91 * 24 * HOUR_MS;
  const database = new DatabaseSync(path);
  database.exec(`UPDATE bin_level SET t = ${old}`);
  database.close();
  await store.write([levelPoint({ t: START_MS + 1 })]);
  expect(await store.count("bin_level")).toBe(2);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + PRUNE_EVERY_MS });
  await store.write([levelPoint({ t: START_MS + 2 })]);
  expect(await store.count("bin_level")).toBe(2);
});

test("a write that waits too long for another process is unavailable, and questions are answered meanwhile", async () => {
  await store.write([levelPoint()]);
  const other = new DatabaseSync(path);
  other.exec("BEGIN IMMEDIATE");
  const beganMs = Date.now();
  expect(await store.write([levelPoint({ bin: "bin-2" })])).toMatchObject({ kind: "unavailable" });
  expect(Date.now() - beganMs).toBeGreaterThanOrEqual(BUSY_MS_MAX * 0.9);
  expect(await store.count("bin_level")).toBe(1);
  other.exec("ROLLBACK");
  other.close();
  expect(await store.write([levelPoint({ bin: "bin-2" })])).toMatchObject({ kind: "stored" });
});

test("processes that write at the same time lose nothing, and a killed one leaves whole batches", async () => {
  const writer = `
    import { openTelemetry } from ${JSON.stringify(join(import.meta.dirname, "open-telemetry.ts"))};
    const store = openTelemetry(${JSON.stringify(`sqlite:${path}`)});
    const [bin, rounds] = process.argv.slice(1);
    for (let round = 0; round < Number(rounds); round++) {
      const points = Array.from({ length: 100 }, (_, at) => ({ node: "edge-1", site: "", zone: "", seq: 1, receivedMs: 1,
        reading: { kind: "bin_level", bin, t: ${START_MS} + round * 100 + at, distance_mm: 1, fill: 1, quality: "accepted" } }));
      const outcome = await store.write(points);
      if (outcome.kind !== "stored" || outcome.refused.length > 0) throw new Error(JSON.stringify(outcome));
      if (round === 50 && bin === "bin-killed") process.kill(process.pid, "SIGKILL");
    }`;
  const run = (bin: string) =>
    promisify(execFile)(process.execPath, ["--input-type=module", "-e", writer, bin, "60"]);
  const [killed] = await Promise.allSettled([run("bin-killed"), run("bin-a"), run("bin-b")]);
  expect(killed.status).toBe("rejected");
  const rows = await store.query({
    measurement: "bin_level",
    field: "fill",
    where: {},
    fromMs: START_MS,
    toMs: START_MS + HOUR_MS,
    everyMs: HOUR_MS,
    fn: "count",
  });
  expect(rows.map(({ series, value }) => [series, value])).toEqual([
    ["bin-a", 6_000],
    ["bin-b", 6_000],
    ["bin-killed", 5_100],
  ]);
});
