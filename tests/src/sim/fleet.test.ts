import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Stack, startStack } from "../bench/service.ts";
import { makeTempDir } from "../servers/temp-dir.ts";
import { startFleet } from "./fleet.ts";
import { registerFleet } from "./registration.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const SIZE = { shard: "s1", bins: 18, scales: 2, binsPerNode: 1 };

/** Runs the simulator as a process. */
async function sim(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [code, out, err] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code, out, err };
}

test("wrong options end it with code 2, the faults on standard error and nothing on standard output", async () => {
  const { code, out, err } = await sim("--bins", "many");
  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err).toContain("give one of --database and --credentials");
  expect(err).toContain("--bins must be");
});

describe("a fleet against a real broker and ingest", () => {
  const temp = makeTempDir("sim");
  const databaseUrl = `sqlite:${join(temp.path, "books.sqlite")}`;
  const telemetryUrl = `sqlite:${join(temp.path, "telemetry.sqlite")}`;
  let stack: Stack;

  beforeAll(async () => {
    stack = await startStack({ dir: temp.path, databaseUrl, telemetryUrl });
  });
  afterAll(async () => {
    await stack?.stop();
    temp.remove();
  });

  test("20 nodes have everything acknowledged although the broker restarts, and all of it is stored once", async () => {
    const nodes = await registerFleet(databaseUrl, SIZE);
    expect(nodes).toHaveLength(20);
    const { hostname: host, port } = new URL(stack.brokerUrl);
    const fleet = startFleet(
      {
        address: { host, port: Number(port), tls: false },
        shard: SIZE.shard,
        nodes,
        everyS: 0.2,
        batch: 2,
        depositsPerMinute: 300,
        durationS: 60,
        graceS: 30,
        statusEveryS: 1,
        connectsPerS: 100,
        seed: 1,
      },
      () => undefined,
    );
    await expect.poll(() => fleet.progress().acknowledged, { timeout: 15_000 }).toBeGreaterThan(100);
    await stack.broker.restart();
    const before = fleet.progress();
    expect(before.reconnects).toBeGreaterThanOrEqual(20);
    await expect
      .poll(() => fleet.progress().acknowledged, { timeout: 20_000 })
      .toBeGreaterThan(before.acknowledged + 100);
    fleet.finish();
    const result = await fleet.done;
    expect(result).toMatchObject({ nodes: 20, unacknowledged: 0, acknowledged: result.sent });
    expect(result.deposits).toBeGreaterThan(10);
    expect(result.deposits_acknowledged).toBe(result.deposits);

    const telemetry = openTelemetry(telemetryUrl);
    const store = openRelational(databaseUrl, () => undefined);
    try {
      const counts = await Promise.all(
        (["bin_level", "bin_event", "scale_weight"] as const).map((kind) => telemetry.count(kind)),
      );
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(result.sent);
      const rows = async (table: "quarantine" | "deposits" | "stream_gaps") =>
        (await store.db.selectFrom(table).select("id").execute()).length;
      expect([await rows("quarantine"), await rows("stream_gaps")]).toEqual([0, 0]);
      expect(await rows("deposits")).toBe(result.deposits);
      expect(await verifyLedger(store.db)).toEqual([]);
    } finally {
      await telemetry.close();
      await store.close();
    }
  }, 90_000);

  test("the command registers again, sends, saves its credentials, and is done with them alone", async () => {
    const file = join(temp.path, "nodes.jsonl");
    const size = ["--broker", stack.brokerUrl, "--bins", "6", "--scales", "1", "--bins-per-node", "3"];
    const times = ["--every-s", "0.2", "--duration-s", "2", "--deposits-per-minute", "60"];
    const first = await sim("--database", databaseUrl, "--save-credentials", file, ...size, ...times);
    expect(first).toMatchObject({ code: 0 });
    const second = await sim("--credentials", file, ...size, ...times);
    expect(second).toMatchObject({ code: 0 });
    const result = JSON.parse(second.out);
    expect(result).toMatchObject({ nodes: 3, unacknowledged: 0, reconnects: 0 });
    expect(result.sent).toBeGreaterThan(20);
    expect(result.p50_ms).toBeGreaterThan(0);
  }, 60_000);

  test("what nobody acknowledges ends in exit code 1, and is counted", async () => {
    const file = join(temp.path, "strangers.jsonl");
    writeFileSync(file, '{"id":"stranger","secret":"wrong","bins":["sim-bin-00001"]}\n');
    const who = ["--broker", stack.brokerUrl, "--credentials", file, "--bins", "1", "--scales", "0"];
    const times = ["--every-s", "0.1", "--duration-s", "1", "--grace-s", "1"];
    const { code, out } = await sim(...who, ...times);
    expect(code).toBe(1);
    const result = JSON.parse(out);
    expect(result.acknowledged).toBe(0);
    expect(result.unacknowledged).toBe(result.sent);
    expect(result.sent).toBeGreaterThan(3);
  }, 30_000);
});
