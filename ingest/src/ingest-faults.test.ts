/** What ingest does when InfluxDB fails: a real one, behind a proxy that fails as it is told. */
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { type Ingest, startIngest } from "./ingest.ts";
import { type FaultProxy, startFaultProxy } from "./testing/http-fault-proxy.ts";
import { startTestBroker, type TestBroker } from "./testing/test-broker.ts";
import { TEST_TIMING, testConfig } from "./testing/test-config.ts";
import { connectNode, EPOCH, type TestNode } from "./testing/test-node.ts";
import { deposit, level, openTestStores, quarantineRows, type TestStores } from "./testing/test-stores.ts";
import { until } from "./testing/until.ts";

let broker: TestBroker;
let stores: TestStores;
let proxy: FaultProxy;
let telemetry: TelemetryStore;
let ingest: Ingest;
let node: TestNode;
let database: string;
let errors: string[];

beforeEach(async () => {
  database = `ingest_${process.hrtime.bigint()}`;
  errors = [];
  broker = await startTestBroker();
  stores = await openTestStores();
  proxy = await startFaultProxy(inject("influxUrl"));
  telemetry = openTelemetry(`influx://127.0.0.1:${proxy.port}/${database}`);
  const log = pino({ level: "error" }, { write: (line: string) => void errors.push(JSON.parse(line).msg) });
  ingest = await startIngest(
    testConfig(broker.url, { INGEST_TELEMETRY_PROBE_MS: 100 }),
    { store: stores.store, telemetry, log },
    TEST_TIMING,
  );
  await until("ready", async () => (await readiness()).length === 0);
  node = await connectNode(broker.url, "node-1");
});

afterEach(async () => {
  proxy.fail("pass");
  await node.close();
  await ingest.close();
  await broker.close();
  await telemetry.close();
  await stores.close();
  await proxy.close();
});

async function readiness(): Promise<string[]> {
  const answer = await fetch(`${ingest.httpUrl}/readyz`);
  const { faults } = (await answer.json()) as { faults: string[] };
  expect(answer.status).toBe(faults.length === 0 ? 200 : 503);
  return faults;
}

const publish = (first: number) =>
  node.publish("readings", { epoch: EPOCH, first, floor: 1, items: [level(first), level(first + 1)] });

/** The outage is over; what waited is stored, acknowledged, and nothing is in quarantine. */
async function recovers(): Promise<void> {
  expect(node.acks).toEqual([]);
  proxy.fail("pass");
  await node.acked("readings", 2);
  expect(await telemetry.count("bin_level")).toBe(2);
  expect(await quarantineRows(stores.store)).toEqual([]);
}

describe("ingest before a failing InfluxDB", () => {
  test.each([
    ["500", { status: 500, body: '{"error":"timeout"}' }],
    ["503 with a wait", { status: 503, headers: { "retry-after": "1" } }],
    ["429", { status: 429 }],
    ["a proxy's 200", { status: 200, body: "<html>" }],
    ["a connection that breaks", "refuse" as const],
  ])("%s: writes the same readings again until they are stored", async (_name, fault) => {
    proxy.fail(fault);
    await publish(1);
    await until("written twice", () => proxy.writes >= 2);
    await recovers();
  });

  test("no answer: waits, then writes again", async () => {
    proxy.fail("hang");
    await publish(1);
    await until("written", () => proxy.writes === 1);
    await recovers();
  });

  test("a deposit is posted and acknowledged at once while readings hang", async () => {
    proxy.fail("hang");
    for (let first = 1; first < 20; first += 2) await publish(first);
    await until("written", () => proxy.writes >= 1);
    const startedMs = performance.now();
    await node.publish("records", { epoch: EPOCH, first: 1, floor: 1, items: [deposit("R-1")] });
    await node.acked("records", 1);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(node.acks.filter(({ stream }) => stream === "readings")).toEqual([]);
    proxy.fail("pass");
    await node.acked("readings", 20);
  });

  test("400 for one reading (its type conflicts): that one goes to quarantine, its neighbours are stored", async () => {
    const [first, bad, last] = [level(1), level(2), level(3)];
    const line = `bin_level,bin=bin-1,node=node-1,site=bank-1,zone=zone-1 temp_c="warm" ${first.t - 5}`;
    const query = new URLSearchParams({ db: database, rp: "raw", precision: "ms" });
    const answer = await fetch(`${inject("influxUrl")}/write?${query}`, { method: "POST", body: line });
    expect(answer.status).toBe(204);
    const items = [first, { ...bad, temp_c: 31.5 }, last];
    await node.publish("readings", { epoch: EPOCH, first: 1, floor: 1, items });
    await node.acked("readings", 3);
    expect(await quarantineRows(stores.store)).toMatchObject([{ code: "store_refused", seq: 2 }]);
    expect((await quarantineRows(stores.store))[0]?.reason).toContain("type conflict");
    // The line that made the conflict has no number, so it is not counted.
    expect(await telemetry.count("bin_level")).toBe(2);
  });

  test("a reading older than the store keeps goes to quarantine", async () => {
    const old = level(1, { t: Date.now() - 200 * 86_400_000 });
    await node.publish("readings", { epoch: EPOCH, first: 1, floor: 1, items: [old, level(2)] });
    await node.acked("readings", 2);
    expect(await quarantineRows(stores.store)).toMatchObject([{ code: "store_refused", seq: 1 }]);
  });

  test("401: sends nothing more, says so once, is not ready, and goes on when it is mended", async () => {
    proxy.fail({ status: 401, body: '{"error":"authorization failed"}' });
    await publish(1);
    await until("not ready", async () => (await readiness()).some((fault) => fault.includes("mends")));
    const metrics = await (await fetch(`${ingest.httpUrl}/metrics`)).text();
    expect(metrics).toContain("ingest_telemetry_halted 1");
    expect(errors.filter((message) => message.includes("refuses everything"))).toHaveLength(1);
    await recovers();
    await until("ready again", async () => (await readiness()).length === 0);
  });
});
