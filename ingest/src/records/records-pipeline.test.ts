import { newEventId } from "@jumpa-madu/contracts/ids";
import { placesOfNode } from "@jumpa-madu/store/node-places";
import { registerNode } from "@jumpa-madu/store/node-registry";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { findPosition } from "@jumpa-madu/store/stream-positions";
import { sql } from "kysely";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GroupCommit } from "../commit/group-commit.ts";
import type { ReceivedEnvelope } from "../intake/envelope-intake.ts";
import { PlacesCache } from "../intake/places-cache.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { TrackCache } from "../positions/track-cache.ts";
import { EnvelopeQueue } from "../queue/envelope-queue.ts";
import { received } from "../testing/test-envelope.ts";
import { EPOCH, SHARD } from "../testing/test-node.ts";
import {
  deposit,
  fillQuarantine,
  openTestStores,
  quarantineRows,
  type TestStores,
} from "../testing/test-stores.ts";
import { until } from "../testing/until.ts";
import { BATCH_MS_MAX, BATCH_RECORDS_MAX, RecordsPipeline, UNKNOWN_TRIES_MAX } from "./records-pipeline.ts";

let stores: TestStores;
let aborting: AbortController;
let queue: EnvelopeQueue;
let metrics: Metrics;
let acked: number[];
let pubacks: number;
let errors: unknown[];

/** Starts the pipeline on the store; what is offered before waits in the queue. */
function start(store: RelationalStore = stores.store): void {
  const { signal } = aborting;
  const write = (line: string) => void errors.push(JSON.parse(line));
  const log = pino({ level: "error" }, { write });
  const acknowledge = ({ durableUpto }: { durableUpto: number }) => void acked.push(durableUpto);
  const commit = new GroupCommit({ store, metrics, log, acknowledge, signal });
  const pipeline = new RecordsPipeline({
    queue,
    tracks: new TrackCache((key) => findPosition(store.db, key)),
    places: new PlacesCache((node) => placesOfNode(store.db, node)),
    store,
    commit,
    acknowledge,
    metrics,
    log,
    signal,
  });
  void commit.run();
  void pipeline.run();
}

function offer(first: number, items: unknown[], more: Partial<ReceivedEnvelope> = {}): void {
  queue.offer(received({ stream: "records", first, items, puback: () => pubacks++, ...more }));
}

const idle = () => until("all settled", () => queue.envelopes === 0);
const check = (referenceG = 1_000) => ({
  kind: "scale_check",
  id: newEventId(),
  t: Date.now(),
  scale: "scale-1",
  reference_g: referenceG,
  shown_g: referenceG,
});
/** A deposit with its only line changed, as it comes over the wire. */
const withLine = (change: object) => {
  const good = deposit("R-9");
  return JSON.parse(JSON.stringify({ ...good, lines: good.lines.map((line) => ({ ...line, ...change })) }));
};
const countOf = async (table: "deposits" | "scale_checks" | "deposit_voids") =>
  (await stores.store.db.selectFrom(table).select("id").execute()).length;
const position = async () =>
  (await findPosition(stores.store.db, { node: "node-1", stream: "records", epoch: EPOCH }))?.upto ?? 0;

/** From now on the database refuses scale checks of 13 g, and only at COMMIT, where nobody can tell which record it was. */
async function poison13(): Promise<void> {
  await sql`create table poison (node text references nodes(id) deferrable initially deferred) strict`.execute(
    stores.store.db,
  );
  await sql`create trigger poison_13 after insert on scale_checks when new.reference_g = 13
    begin insert into poison values ('nobody'); end`.execute(stores.store.db);
}

beforeEach(async () => {
  stores = await openTestStores();
  aborting = new AbortController();
  queue = new EnvelopeQueue({ bytesMax: 1e9, envelopesMax: 10_000 });
  metrics = createMetrics();
  acked = [];
  pubacks = 0;
  errors = [];
});

afterEach(async () => {
  aborting.abort();
  await stores.close();
});

describe("RecordsPipeline", () => {
  test("posts what arrives, moves the position, then acknowledges and sends PUBACK", async () => {
    start();
    offer(1, [deposit("R-1"), check()]);
    await idle();
    expect([await countOf("deposits"), await countOf("scale_checks"), await position()]).toEqual([1, 1, 2]);
    expect([acked, pubacks]).toEqual([[2], 1]);
  });

  test("a deposit that comes ten times, each time at another number, is posted once", async () => {
    const record = deposit("R-1");
    for (let seq = 1; seq <= 10; seq++) offer(seq, [record]);
    start();
    await idle();
    expect([await countOf("deposits"), await position()]).toEqual([1, 10]);
    expect((await metrics.recordsDuplicate.get()).values).toMatchObject([{ value: 9 }]);
  });

  test("an envelope before its turn is not taken: PUBACK, but no ack and no record", async () => {
    start();
    offer(3, [check(), check()]);
    await idle();
    expect([await countOf("scale_checks"), await position(), acked.at(-1) ?? 0, pubacks]).toEqual([
      0, 0, 0, 1,
    ]);
  });

  test("an envelope that overlaps is trimmed, one that is known is acknowledged again", async () => {
    start();
    const [one, two, three] = [check(), check(), check()];
    offer(1, [one, two]);
    await idle();
    offer(2, [two, three]);
    await idle();
    offer(1, [one, two]);
    await idle();
    expect([await countOf("scale_checks"), acked]).toEqual([3, [2, 3, 3]]);
    expect((await metrics.recordsDuplicate.get()).values[0]?.value ?? 0).toBe(0);
  });

  test("numbers that the outbox no longer holds are a gap, noted once", async () => {
    start();
    offer(11, [check()], { floor: 11 });
    await idle();
    const gaps = await stores.store.db.selectFrom("stream_gaps").select(["from_seq", "upto_seq"]).execute();
    expect([await position(), gaps]).toEqual([11, [{ from_seq: 1, upto_seq: 10 }]]);
  });

  test("a void that follows its deposit in one batch finds it", async () => {
    const record = deposit("R-1");
    const reversal = {
      kind: "deposit_void",
      id: newEventId(),
      t: Date.now(),
      deposit: record.id,
      reason: "wrong member",
    };
    offer(1, [record]);
    offer(2, [reversal]);
    start();
    await idle();
    expect(await countOf("deposit_voids")).toBe(1);
  });

  test.each([
    ["schema", () => ({ ...check(), shown_g: "much" })],
    ["clock", () => ({ ...check(), t: Date.now() + 90_000_000 })],
    ["unknown_device", () => ({ ...check(), scale: "scale-9" })],
    ["unknown_member", () => ({ ...deposit("R-9"), member: newEventId() })],
    [
      "unknown_price",
      () => ({
        ...deposit("R-9"),
        lines: deposit("R-9").lines.map((line) => ({ ...line, price: newEventId() })),
      }),
    ],
    ["amount_mismatch", () => ({ ...deposit("R-9"), total_idr: 1 })],
    ["schema", () => withLine({ typed: { supervisor: newEventId(), reason: "scale broken" } })],
    [
      "unknown_supervisor",
      () =>
        withLine({
          raw: undefined,
          stable: null,
          typed: { supervisor: newEventId(), reason: "scale broken" },
        }),
    ],
    ["foreign_waste_bank", () => ({ ...deposit("R-9"), waste_bank: "bank-9" })],
    ["deposit_conflict", () => deposit("R-1", 900)],
    [
      "unknown_deposit",
      () => ({
        kind: "deposit_void",
        id: newEventId(),
        t: Date.now(),
        deposit: newEventId(),
        reason: "none",
      }),
    ],
  ])("%s: goes to quarantine, the rest goes on, all is acknowledged", async (code, bad) => {
    start();
    offer(1, [deposit("R-1"), bad(), check()]);
    await idle();
    expect(await quarantineRows(stores.store)).toMatchObject([
      { code, seq: 2, node_id: "node-1", stream: "records" },
    ]);
    expect([await countOf("deposits"), await countOf("scale_checks"), acked]).toEqual([1, 1, [3]]);
  });

  test("an unknown node's envelope goes to quarantine and is not acknowledged", async () => {
    start();
    offer(1, [check()], { node: "stranger" });
    await idle();
    expect(await quarantineRows(stores.store)).toMatchObject([{ code: "unknown_node", node_id: "stranger" }]);
    expect([acked, pubacks]).toEqual([[], 1]);
  });

  test("a record that the database refuses goes to quarantine, its neighbours and their envelopes do not", async () => {
    await poison13();
    offer(1, [check(), check()]);
    offer(3, [check(), check(13), check()]);
    offer(6, [deposit("R-1")]);
    start();
    await idle();
    expect([await countOf("scale_checks"), await countOf("deposits"), await position()]).toEqual([4, 1, 6]);
    const [row, ...more] = await quarantineRows(stores.store);
    expect(more).toEqual([]);
    expect(row).toMatchObject({ code: "ledger_refused", seq: 4 });
    expect(row?.reason).toContain("787");
    expect(acked.at(-1)).toBe(6);
  });

  test("a database that is away is waited for, and no record is blamed", async () => {
    let failures = 0;
    start({
      ...stores.store,
      transaction: (work) =>
        ++failures <= 2
          ? Promise.reject(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }))
          : stores.store.transaction(work),
    });
    offer(1, [check()]);
    await idle();
    expect([await countOf("scale_checks"), await quarantineRows(stores.store)]).toEqual([1, []]);
  });

  test("an error without a code blames no record while the database does not answer, nor before it came often", async () => {
    let failures = 0;
    start({
      ...stores.store,
      ping: async () => {
        if (failures <= UNKNOWN_TRIES_MAX - 2) throw new Error("still away");
      },
      transaction: (work) =>
        ++failures <= UNKNOWN_TRIES_MAX
          ? Promise.reject(new Error("Connection terminated"))
          : stores.store.transaction(work),
    });
    offer(1, [check()]);
    await idle();
    expect([await countOf("scale_checks"), await quarantineRows(stores.store)]).toEqual([1, []]);
  });

  test("an error without a code that comes every time blames the record in the end", async () => {
    let failures = 0;
    start({
      ...stores.store,
      transaction: (work) =>
        ++failures <= UNKNOWN_TRIES_MAX
          ? Promise.reject(new TypeError("a defect"))
          : stores.store.transaction(work),
    });
    offer(1, [check()]);
    await idle();
    expect(await quarantineRows(stores.store)).toMatchObject([{ code: "ledger_refused", seq: 1 }]);
    expect(acked).toEqual([1]);
  });

  test(`a transaction takes no more than ${BATCH_RECORDS_MAX} records`, async () => {
    const sizes: number[] = [];
    metrics.batchRecords.observe = (value: unknown) => void sizes.push(Number(value));
    for (let envelope = 0; envelope < 12; envelope++) {
      offer(
        1 + envelope * 100,
        Array.from({ length: 100 }, () => check()),
      );
    }
    start();
    await idle();
    expect(sizes).toEqual([500, 500, 200]);
    expect(await position()).toBe(1_200);
  });

  test(`a record waits ${BATCH_MS_MAX} ms for company`, async () => {
    start();
    const startedMs = performance.now();
    offer(1, [check()]);
    await idle();
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(BATCH_MS_MAX - 1);
  });

  test("a record is never thinned out: null in its place goes to quarantine", async () => {
    start();
    offer(1, [null, check()]);
    await idle();
    expect(await quarantineRows(stores.store)).toMatchObject([{ code: "schema", seq: 1, body: "null" }]);
    const kept = await findPosition(stores.store.db, { node: "node-1", stream: "records", epoch: EPOCH });
    expect(kept).toMatchObject({ upto: 2, thinned: 0 });
  });

  describe("when quarantine is full for today", () => {
    const held = () => metrics.recordsHeld.get().then(({ values }) => values[0]?.value);

    test("of bad readings, a record that is not accepted has its room", async () => {
      await fillQuarantine(stores.store, "readings");
      start();
      offer(1, [{ ...check(), scale: "scale-9" }]);
      await idle();
      expect(await quarantineRows(stores.store)).toContainEqual(
        expect.objectContaining({ code: "unknown_device", stream: "records" }),
      );
      expect([acked, await held()]).toEqual([[1], 0]);
    });

    test("of records, one that is not accepted is not acknowledged and comes again; all others go on", async () => {
      await fillQuarantine(stores.store, "records");
      const wasteBank = "bank-1";
      await registerNode(stores.store.db, { id: "node-2", shard: SHARD, name: "Node 2", wasteBank }, 0);
      const bad = { ...check(), scale: "scale-9" };
      const [before, after, next] = [check(), check(), check()];
      offer(1, [before]);
      offer(2, [deposit("R-1"), bad, after]);
      offer(5, [next]);
      offer(1, [bad], { node: "node-2" });
      start();
      await idle();
      expect([await position(), await countOf("scale_checks"), await countOf("deposits")]).toEqual([2, 1, 1]);
      expect([acked, pubacks]).toEqual([[2, 1], 4]);
      offer(2, [deposit("R-2"), bad, after]);
      await idle();
      expect([await position(), await held(), pubacks]).toEqual([2, 2, 5]);
      expect(errors).toMatchObject([{ node: "node-1", seq: 3, code: "unknown_device" }]);
      await stores.store.db.deleteFrom("quarantine").where("epoch", "=", "filled").execute();
      offer(2, [deposit("R-2"), bad, after]);
      offer(5, [next]);
      await idle();
      expect([await position(), await countOf("scale_checks"), acked.at(-1)]).toEqual([5, 3, 5]);
    });

    test("of records, one that the database refuses is not acknowledged either", async () => {
      await fillQuarantine(stores.store, "records");
      await poison13();
      offer(1, [check(), check(13), check()]);
      start();
      await idle();
      expect([await position(), await countOf("scale_checks"), acked.at(-1)]).toEqual([1, 1, 1]);
    });
  });
});
