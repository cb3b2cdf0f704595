import { pause } from "@jumpa-madu/contracts/wake";
import type { QuarantineItem } from "@jumpa-madu/store/quarantine";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { findPosition } from "@jumpa-madu/store/stream-positions";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMetrics } from "../metrics.ts";
import { StreamTrack } from "../positions/stream-track.ts";
import { EPOCH } from "../testing/test-node.ts";
import { fillQuarantine, openTestStores, quarantineRows, type TestStores } from "../testing/test-stores.ts";
import { until } from "../testing/until.ts";
import {
  COMMIT_INTERVAL_MS,
  GroupCommit,
  QUARANTINE_WAITING_BYTES_MAX,
  QUARANTINE_WAITING_MAX,
  STATUSES_WAITING_MAX,
} from "./group-commit.ts";

let stores: TestStores;
let aborting: AbortController;
let acknowledged: number[];
let onAck: (upto: number) => void;

function commitTo(store: RelationalStore, log = pino({ level: "silent" })) {
  const metrics = createMetrics();
  const commit = new GroupCommit({
    store,
    metrics,
    log,
    acknowledge: (track) => onAck(track.durableUpto),
    signal: aborting.signal,
  });
  return { commit, metrics };
}

const key = (node = "node-1") => ({ node, stream: "readings", epoch: EPOCH }) as const;

function settled(node = "node-1", last = 10): StreamTrack {
  const track = new StreamTrack(key(node), { upto: 0, thinned: 0 });
  track.arrive({ first: 1, last, floor: 1 });
  track.settle(1, last, 2);
  return track;
}

function bad(seq: number, reason = "no good"): QuarantineItem {
  return {
    node: "node-1",
    topic: "t",
    stream: "readings",
    epoch: EPOCH,
    seq,
    code: "schema",
    reason,
    body: "{}",
    receivedMs: Date.now(),
  };
}

/** Counts the transactions of a store, and lets a test fail them. */
function watched(store: RelationalStore) {
  const watch = { transactions: 0, failure: null as Error | null };
  const transaction: RelationalStore["transaction"] = (work) => {
    watch.transactions++;
    return watch.failure ? Promise.reject(watch.failure) : store.transaction(work);
  };
  return { watch, store: { ...store, transaction } };
}

beforeEach(async () => {
  stores = await openTestStores();
  aborting = new AbortController();
  acknowledged = [];
  onAck = (upto) => acknowledged.push(upto);
});

afterEach(async () => {
  aborting.abort();
  await stores.close();
});

describe("GroupCommit", () => {
  test("the position is durable before it is acknowledged, and the ack comes before the PUBACK", async () => {
    const { commit } = commitTo(stores.store);
    const order: unknown[] = [];
    onAck = (upto) => order.push(upto);
    void commit.run();
    const track = settled();
    expect(track.durableUpto).toBe(0);
    commit.position(track, () => order.push("puback"));
    await until("committed", () => order.length === 2);
    expect(order).toEqual([10, "puback"]);
    expect(await findPosition(stores.store.db, key())).toMatchObject({ upto: 10, thinned: 2 });
  });

  test("everything that waits shares one transaction", async () => {
    const { watch, store } = watched(stores.store);
    const { commit } = commitTo(store);
    let done = 0;
    for (let index = 0; index < 1_500; index++) commit.position(settled(`node-${index}`), () => done++);
    commit.quarantine([bad(1)], () => done++);
    commit.status("node-1", "{}", () => done++);
    void commit.run();
    await until("committed", () => done === 1_502);
    expect(watch.transactions).toBe(1);
  });

  test(`commits no more often than every ${COMMIT_INTERVAL_MS} ms`, async () => {
    const { watch, store } = watched(stores.store);
    const { commit } = commitTo(store);
    void commit.run();
    const startedMs = performance.now();
    for (let index = 0; index < 30; index++) {
      commit.position(settled(`node-${index}`), () => undefined);
      await pause(5, aborting.signal);
    }
    await until("committed", () => acknowledged.length === 30);
    const most = (performance.now() - startedMs) / COMMIT_INTERVAL_MS + 2;
    expect(watch.transactions).toBeLessThanOrEqual(most);
  });

  test("gaps become durable with the position that passes them", async () => {
    const { commit, metrics } = commitTo(stores.store);
    const track = new StreamTrack(key(), { upto: 0, thinned: 0 });
    track.arrive({ first: 6, last: 10, floor: 6 });
    track.settle(6, 10, 0);
    void commit.run();
    commit.position(track, () => undefined);
    await until("committed", () => acknowledged.length === 1);
    const gaps = await stores.store.db.selectFrom("stream_gaps").select(["from_seq", "upto_seq"]).execute();
    expect(gaps).toEqual([{ from_seq: 1, upto_seq: 5 }]);
    expect((await metrics.gapNumbers.get()).values).toMatchObject([{ value: 5 }]);
  });

  test("keeps the latest status of a node", async () => {
    const { commit } = commitTo(stores.store);
    let done = 0;
    commit.status("node-1", '{"online":true}', () => done++);
    commit.status("node-1", '{"online":false}', () => done++);
    void commit.run();
    await until("committed", () => done === 2);
    const row = await stores.store.db.selectFrom("nodes").select("status").executeTakeFirst();
    expect(row).toEqual({ status: '{"online":false}' });
  });

  test("tries again until the database takes it", async () => {
    const { watch, store } = watched(stores.store);
    const { commit } = commitTo(store);
    watch.failure = Object.assign(new Error("gone"), { code: "ECONNREFUSED" });
    void commit.run();
    commit.position(settled(), () => undefined);
    await until("two tries", () => watch.transactions >= 2);
    expect(acknowledged).toEqual([]);
    watch.failure = null;
    await until("committed", () => acknowledged.length === 1);
  });

  test("a row that the database refuses does not hold up the others", async () => {
    const { commit, metrics } = commitTo(stores.store);
    const poison = { ...bad(2), receivedMs: Number.NaN };
    void commit.run();
    commit.quarantine([bad(1), poison, bad(3)]);
    commit.position(settled(), () => undefined);
    await until("committed", () => acknowledged.length === 1);
    expect((await quarantineRows(stores.store)).map(({ seq }) => seq)).toEqual([1, 3]);
    expect((await metrics.quarantineOver.get()).values).toMatchObject([{ value: 1 }]);
  });

  test(`holds ${QUARANTINE_WAITING_MAX} rows for quarantine; beyond, items are counted`, async () => {
    const { commit, metrics } = commitTo(stores.store);
    const items = Array.from({ length: QUARANTINE_WAITING_MAX }, (_, index) => bad(index));
    commit.quarantine(items);
    let isDone = false;
    commit.quarantine([bad(99_999)], () => {
      isDone = true;
    });
    expect(isDone).toBe(true);
    expect((await metrics.quarantineOver.get()).values).toMatchObject([{ value: 1 }]);
    expect((await metrics.quarantined.get()).values).toMatchObject([{ value: QUARANTINE_WAITING_MAX + 1 }]);
  });

  test(`holds ${QUARANTINE_WAITING_BYTES_MAX} bytes for quarantine; beyond, items are counted`, async () => {
    const { commit, metrics } = commitTo(stores.store);
    const body = "x".repeat(64 * 1024);
    const full = QUARANTINE_WAITING_BYTES_MAX / body.length;
    let done = 0;
    for (let seq = 1; seq <= full + 3; seq++) commit.quarantine([{ ...bad(seq), body }], () => done++);
    expect(done).toBe(3);
    expect((await metrics.quarantineOver.get()).values).toMatchObject([{ value: 3 }]);
  });

  test("a node that has more not accepted in a day than is kept is warned of once, and its items are counted", async () => {
    await fillQuarantine(stores.store, "readings");
    const lines: string[] = [];
    const log = pino({ level: "warn" }, { write: (line) => void lines.push(line) });
    const { commit, metrics } = commitTo(stores.store, log);
    void commit.run();
    for (const seq of [1, 2]) {
      let isDone = false;
      commit.quarantine([bad(seq)], () => {
        isDone = true;
      });
      await until("committed", () => isDone);
    }
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 40, node: "node-1" }]);
    expect((await metrics.quarantineOver.get()).values).toMatchObject([{ value: 2 }]);
  });

  test(`holds the status of ${STATUSES_WAITING_MAX} nodes; beyond, one is left out`, () => {
    const { commit } = commitTo(stores.store);
    let done = 0;
    for (let index = 0; index < STATUSES_WAITING_MAX; index++)
      commit.status(`node-${index}`, "{}", () => done++);
    expect(done).toBe(0);
    commit.status("one-more", "{}", () => done++);
    expect(done).toBe(1);
  });
});
