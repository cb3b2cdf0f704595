import { placesOfNode } from "@jumpa-madu/store/node-places";
import { findPosition } from "@jumpa-madu/store/stream-positions";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { GroupCommit } from "../commit/group-commit.ts";
import type { ReceivedEnvelope } from "../intake/envelope-intake.ts";
import { PLACES_REFRESH_MS_MIN, PlacesCache } from "../intake/places-cache.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { SPANS_MAX } from "../positions/stream-track.ts";
import { TrackCache } from "../positions/track-cache.ts";
import { EnvelopeQueue } from "../queue/envelope-queue.ts";
import { FakeTelemetry } from "../testing/fake-telemetry.ts";
import { received } from "../testing/test-envelope.ts";
import { EPOCH } from "../testing/test-node.ts";
import {
  level,
  openTestStores,
  quarantineRows,
  registerBin,
  type TestStores,
} from "../testing/test-stores.ts";
import { until } from "../testing/until.ts";
import { BATCH_MS_MAX, BATCH_POINTS_MAX, BATCH_POINTS_MIN, ReadingsPipeline } from "./readings-pipeline.ts";
import { TelemetryGate } from "./telemetry-gate.ts";
import { TelemetryWriter } from "./telemetry-writer.ts";

let stores: TestStores;
let telemetry: FakeTelemetry;
let aborting: AbortController;
let queue: EnvelopeQueue;
let metrics: Metrics;
let pipeline: ReadingsPipeline;
let acked: number[];
let pubacks: number;
const clock = { aheadMs: 0 };

function start(): void {
  const { store } = stores;
  const { signal } = aborting;
  const parts = { metrics, log: pino({ level: "silent" }), signal };
  const commit = new GroupCommit({
    ...parts,
    store,
    acknowledge: (track) => void acked.push(track.durableUpto),
  });
  const gate = new TelemetryGate({ ...parts, telemetry, probeMs: 5 });
  pipeline = new ReadingsPipeline({
    ...parts,
    queue,
    commit,
    tracks: new TrackCache((key) => findPosition(store.db, key)),
    places: new PlacesCache((node) => placesOfNode(store.db, node), {
      now: () => Date.now() + clock.aheadMs,
    }),
    writer: new TelemetryWriter({ ...parts, telemetry, gate }),
  });
  void commit.run();
  void pipeline.run();
}

function offer(first: number, items: unknown[], more: Partial<ReceivedEnvelope> = {}): void {
  queue.offer(received({ first, items, puback: () => pubacks++, ...more }));
}

const levels = (first: number, count: number) =>
  Array.from({ length: count }, (_, index) => level(first + index));
const idle = () => until("all settled", () => queue.envelopes === 0);

beforeEach(async () => {
  stores = await openTestStores();
  telemetry = new FakeTelemetry();
  aborting = new AbortController();
  queue = new EnvelopeQueue({ bytesMax: 1e9, envelopesMax: 10_000 });
  metrics = createMetrics();
  acked = [];
  pubacks = 0;
  clock.aheadMs = 0;
});

afterEach(async () => {
  aborting.abort();
  await stores.close();
});

describe("ReadingsPipeline", () => {
  test(`a batch waits ${BATCH_MS_MAX} ms for company, and what comes together is written together`, async () => {
    start();
    const startedMs = performance.now();
    offer(1, levels(1, 2));
    offer(3, levels(3, 2));
    await idle();
    expect(telemetry.writes.map((points) => points.length)).toEqual([4]);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(BATCH_MS_MAX);
  });

  test(`a batch of ${BATCH_POINTS_MIN} points goes at once, one of ${BATCH_POINTS_MAX} takes no more`, async () => {
    for (let envelope = 0; envelope < 15; envelope++)
      offer(1 + envelope * 450, levels(1 + envelope * 450, 450));
    start();
    await until("all written", () => telemetry.writes.length === 2);
    await idle();
    expect(telemetry.writes.map((points) => points.length)).toEqual([4_950, 1_800]);
    expect(acked.at(-1)).toBe(6_750);
  });

  test("nothing is acknowledged before it is stored", async () => {
    const written = Promise.withResolvers<void>();
    telemetry.answer = async () => {
      await written.promise;
      return { kind: "stored", refused: [] };
    };
    start();
    offer(1, levels(1, 2));
    await until("written", () => telemetry.writes.length === 1);
    expect([acked, pubacks]).toEqual([[], 0]);
    written.resolve();
    await idle();
    expect([acked, pubacks]).toEqual([[2], 1]);
  });

  test("what the store refuses goes to quarantine under its own envelope, and is acknowledged", async () => {
    const other = "f".repeat(32);
    telemetry.answer = (points) => ({
      kind: "stored",
      refused: points.slice(2, 3).map((point) => ({ point, reason: "beyond retention policy" })),
    });
    offer(1, levels(1, 2));
    offer(1, levels(11, 2), { epoch: other });
    start();
    await idle();
    expect(await quarantineRows(stores.store)).toMatchObject([
      { code: "store_refused", epoch: other, seq: 1, reason: "beyond retention policy" },
    ]);
    expect(acked).toEqual([2, 2]);
  });

  test("an envelope without a single point moves the position as well", async () => {
    start();
    offer(1, [null, { kind: "weather" }, null]);
    await idle();
    expect([acked, telemetry.writes]).toEqual([[3], []]);
    const key = { node: "node-1", stream: "readings", epoch: EPOCH } as const;
    expect(await findPosition(stores.store.db, key)).toMatchObject({ upto: 3, thinned: 2 });
  });

  test("a known envelope is acknowledged again, an overlapping one is trimmed", async () => {
    start();
    offer(1, levels(1, 4));
    await idle();
    offer(1, levels(1, 4));
    await idle();
    offer(3, levels(3, 4));
    await idle();
    expect(acked).toEqual([4, 4, 6]);
    expect(telemetry.writes.map((points) => points.map(({ seq }) => seq))).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });

  test("envelopes in any order end at one position, without a gap", async () => {
    start();
    for (const first of [21, 1, 31, 11]) offer(first, levels(first, 10));
    await idle();
    expect(acked.at(-1)).toBe(40);
    expect(await stores.store.db.selectFrom("stream_gaps").selectAll().execute()).toEqual([]);
  });

  test("a bin that was registered a moment ago is accepted", async () => {
    start();
    offer(1, [level(1)]);
    await idle();
    await registerBin(stores.store.db, "bin-2", "node-1");
    clock.aheadMs = PLACES_REFRESH_MS_MIN;
    offer(2, [level(2), level(3, { bin: "bin-2" })]);
    await idle();
    expect(telemetry.writes.map((points) => points.map(({ seq }) => seq))).toEqual([[1], [2, 3]]);
    expect(await quarantineRows(stores.store)).toEqual([]);
  });

  test("a bin of nobody goes to quarantine", async () => {
    start();
    offer(1, [level(1, { bin: "bin-9" })]);
    await idle();
    expect(await quarantineRows(stores.store)).toMatchObject([{ code: "unknown_device", seq: 1 }]);
    expect(acked).toEqual([1]);
  });

  test("an unknown node's envelope goes to quarantine and is not acknowledged", async () => {
    start();
    offer(1, [level(1)], { node: "stranger" });
    await idle();
    expect(await quarantineRows(stores.store)).toMatchObject([{ code: "unknown_node" }]);
    expect([acked, pubacks, telemetry.writes]).toEqual([[], 1, []]);
  });

  test(`beyond ${SPANS_MAX} spans ahead an envelope is not taken, and comes again`, async () => {
    start();
    for (let span = 1; span <= SPANS_MAX + 1; span++) offer(span * 10, [level(span)]);
    await idle();
    expect(telemetry.writes.flat()).toHaveLength(SPANS_MAX);
    expect([pubacks, acked.at(-1)]).toEqual([SPANS_MAX + 1, 0]);
    expect((await metrics.envelopes.get()).values).toMatchObject([
      { labels: { outcome: "refused" }, value: 1 },
    ]);
  });

  test("waits for the database, and takes no reading for unknown meanwhile", async () => {
    const select = vi.spyOn(stores.store.db, "selectFrom").mockImplementationOnce(() => {
      throw Object.assign(new Error("gone"), { code: "ECONNREFUSED" });
    });
    start();
    offer(1, [level(1)]);
    await idle();
    expect(select).toHaveBeenCalled();
    expect([acked, await quarantineRows(stores.store)]).toEqual([[1], []]);
  });

  test("when it drains, a batch goes without waiting", async () => {
    start();
    pipeline.drain();
    const startedMs = performance.now();
    offer(1, levels(1, 2));
    await until("written", () => telemetry.writes.length === 1);
    expect(performance.now() - startedMs).toBeLessThan(BATCH_MS_MAX);
  });
});
