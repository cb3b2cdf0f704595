/** Ingest as a whole: a real broker, real clients, real SQLite stores. */
import { ENVELOPE_BYTES_MAX } from "@jumpa-madu/contracts/envelope";
import { findNode } from "@jumpa-madu/store/node-registry";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Config } from "./config.ts";
import { CHECK_MS_MAX } from "./http.ts";
import { type Ingest, startIngest } from "./ingest.ts";
import { startTestBroker, type TestBroker } from "./testing/test-broker.ts";
import { TEST_TIMING, testConfig } from "./testing/test-config.ts";
import { connectNode, EPOCH, type TestNode } from "./testing/test-node.ts";
import { deposit, level, openTestStores, quarantineRows, type TestStores } from "./testing/test-stores.ts";
import { until } from "./testing/until.ts";

let broker: TestBroker;
let stores: TestStores;
let running: Ingest[];
let node: TestNode;

beforeEach(async () => {
  broker = await startTestBroker();
  stores = await openTestStores();
  running = [];
  node = await connectNode(broker.url, "node-1");
});

afterEach(async () => {
  await node.close();
  for (const ingest of running) await ingest.close();
  await broker.close();
  await stores.close();
});

async function start(
  parts: { store?: RelationalStore; telemetry?: TelemetryStore } = {},
  more: Partial<Config> = {},
): Promise<Ingest> {
  const log = pino({ level: "silent" });
  const ingest = await startIngest(testConfig(broker.url, more), { ...stores, log, ...parts }, TEST_TIMING);
  running.push(ingest);
  await until("ready", async () => (await fetch(`${ingest.httpUrl}/readyz`)).ok);
  return ingest;
}

const status = { online: true, version: "0.1.0", outbox: { readings: 3, records: 0 }, clock_ms: Date.now() };
const statusOf = async () => (await findNode(stores.store.db, "node-1"))?.status ?? null;
const publishLevels = (first: number, count = 2) =>
  node.publish("readings", {
    epoch: EPOCH,
    first,
    floor: 1,
    items: Array.from({ length: count }, (_, index) => level(first + index)),
  });

/** A telemetry store that holds every write until it is let go. */
function holding(telemetry: TelemetryStore) {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    letGo: resolve,
    telemetry: {
      ...telemetry,
      write: async (points: Parameters<TelemetryStore["write"]>[0]) => {
        await promise;
        return telemetry.write(points);
      },
    },
  };
}

describe("ingest", () => {
  test("acknowledges readings when they are stored, and tells the window", async () => {
    await start();
    await node.publish("readings", { epoch: EPOCH, first: 1, floor: 1, items: [level(1), level(2), null] });
    expect(await node.acked("readings", 3)).toEqual({ stream: "readings", epoch: EPOCH, upto: 3, window: 8 });
    expect(await stores.telemetry.count("bin_level")).toBe(2);
  });

  test("an envelope that comes ten times is stored, posted and counted once", async () => {
    await start();
    const record = deposit("R-1");
    for (let time = 0; time < 10; time++) {
      await publishLevels(1);
      await node.publish("records", { epoch: EPOCH, first: 1, floor: 1, items: [record] });
    }
    await node.acked("records", 1);
    await node.acked("readings", 2);
    const rows = await stores.store.db.selectFrom("deposits").select("id").execute();
    expect([rows.length, await stores.telemetry.count("bin_level")]).toEqual([1, 2]);
  });

  test.each([
    ["malformed", "{"],
    ["schema", { epoch: EPOCH, first: 0, items: [null] }],
    ["oversize", "x".repeat(ENVELOPE_BYTES_MAX + 1)],
  ])("%s: the body goes to quarantine, and what follows is taken", async (code, body) => {
    await start();
    await node.publish("readings", body);
    await publishLevels(1);
    await node.acked("readings", 2);
    await until("quarantine", async () => (await quarantineRows(stores.store)).length === 1);
    expect(await quarantineRows(stores.store)).toMatchObject([
      { code, node_id: "node-1", stream: "readings" },
    ]);
  });

  test("keeps the status of a node, the will included, and refuses what is none", async () => {
    await start();
    await node.publish("status", status);
    await until("online", async () => (await statusOf()) === JSON.stringify(status));
    await node.publish("status", { ...status, online: false });
    await until("offline", async () => (await statusOf())?.includes('"online":false') ?? false);
    await node.publish("status", { online: "perhaps" });
    await until("quarantine", async () => (await quarantineRows(stores.store)).length === 1);
  });

  test("a status that was there before ingest is kept when it comes", async () => {
    await node.publish("status", status);
    await start();
    await until("kept", async () => (await statusOf()) === JSON.stringify(status));
  });

  test("what was published while ingest was away is taken when it comes back", async () => {
    await (await start()).close();
    await publishLevels(1);
    await node.publish("records", { epoch: EPOCH, first: 1, floor: 1, items: [deposit("R-1")] });
    expect(node.acks).toEqual([]);
    await start();
    await node.acked("readings", 2);
    await node.acked("records", 1);
  });

  test("dies between storing and acknowledging: the next process acknowledges what is sent again, stored once", async () => {
    const stuck: RelationalStore = { ...stores.store, transaction: () => new Promise(() => undefined) };
    const first = await start({ store: stuck });
    const record = deposit("R-1");
    const sendAll = async () => {
      await publishLevels(1);
      await node.publish("records", { epoch: EPOCH, first: 1, floor: 1, items: [record] });
    };
    await sendAll();
    await until("stored", async () => (await stores.telemetry.count("bin_level")) === 2);
    await first.close();
    expect(node.acks).toEqual([]);
    await start();
    await sendAll();
    await node.acked("readings", 2);
    await node.acked("records", 1);
    expect(await stores.telemetry.count("bin_level")).toBe(2);
    expect(await stores.store.db.selectFrom("deposits").select("id").execute()).toHaveLength(1);
  });

  test("a connection that breaks is made again, with its subscriptions", async () => {
    const ingest = await start();
    broker.cut();
    await until("noticed", async () => !(await fetch(`${ingest.httpUrl}/readyz`)).ok);
    await until("ready again", async () => (await fetch(`${ingest.httpUrl}/readyz`)).ok);
    await until("node back", () => node.client.connected);
    await publishLevels(1);
    await node.acked("readings", 2);
  });

  test("over the limit an envelope is neither kept nor acknowledged, nodes are narrowed, and widened later", async () => {
    const held = holding(stores.telemetry);
    const ingest = await start({ telemetry: held.telemetry }, { INGEST_READINGS_QUEUE_ENVELOPES_MAX: 4 });
    for (let first = 1; first <= 19; first += 2) await publishLevels(first);
    const metric = async (line: string) =>
      (await (await fetch(`${ingest.httpUrl}/metrics`)).text()).includes(line);
    await until("six dropped", () => metric('outcome="full"} 6'));
    await until("the broker keeps four", async () => (await broker.held("ingest-s1")) === 4);
    held.letGo();
    const ack = await node.acked("readings", 8);
    expect(ack.window).toBe(1);
    expect(await stores.telemetry.count("bin_level")).toBe(8);
    for (let first = 9; first <= 19; first += 2) {
      await publishLevels(first);
      await node.acked("readings", first + 1);
    }
    expect(node.acks.at(-1)).toMatchObject({ upto: 20 });
    expect(node.acks.findLast(({ window }) => window !== undefined)?.window).toBe(8);
    expect(await stores.store.db.selectFrom("stream_gaps").selectAll().execute()).toEqual([]);
  });

  test("closing finishes what is held", async () => {
    const ingest = await start();
    await publishLevels(1);
    await node.publish("records", { epoch: EPOCH, first: 1, floor: 1, items: [deposit("R-1")] });
    await until("arrived", async () =>
      (await (await fetch(`${ingest.httpUrl}/metrics`)).text()).includes(
        'stream="records",outcome="queued"} 1',
      ),
    );
    await ingest.close();
    await node.acked("readings", 2);
    await node.acked("records", 1);
  });

  test("closing gives up what cannot be finished, within three seconds", async () => {
    const held = holding(stores.telemetry);
    const ingest = await start({ telemetry: held.telemetry });
    await publishLevels(1);
    const startedMs = performance.now();
    await ingest.close();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    held.letGo();
  });

  test(`is not ready when the database does not answer within ${CHECK_MS_MAX} ms`, async () => {
    let isHanging = false;
    const ping = () => (isHanging ? new Promise<void>(() => undefined) : stores.store.ping());
    const ingest = await start({ store: { ...stores.store, ping } });
    isHanging = true;
    const startedMs = performance.now();
    const answer = await fetch(`${ingest.httpUrl}/readyz`);
    expect(await answer.json()).toMatchObject({ faults: ["the database does not answer"] });
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(CHECK_MS_MAX - 1);
  });

  test("is alive, but not ready, when an envelope has waited too long", async () => {
    const held = holding(stores.telemetry);
    const ingest = await start({ telemetry: held.telemetry }, { INGEST_QUEUE_AGE_MS_MAX: 1_000 });
    await publishLevels(1);
    await until("too old", async () => (await fetch(`${ingest.httpUrl}/readyz`)).status === 503);
    expect((await fetch(`${ingest.httpUrl}/healthz`)).status).toBe(200);
    held.letGo();
    await until("ready again", async () => (await fetch(`${ingest.httpUrl}/readyz`)).ok);
  });
});
