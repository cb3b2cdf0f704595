/** Compares what was given to the system with what it keeps: every reading once, every deposit once. */
import { expect } from "vitest";
import type { EdgeAgent } from "../system/edge-agent.ts";
import { type OutboxNumbers, outboxNumbers } from "../system/outbox-numbers.ts";
import { storedNumbers } from "../system/stored-numbers.ts";
import type { System } from "../system/system.ts";
import { until } from "../system/until.ts";
import type { Visits } from "./visitor.ts";

/** Times that an agent is stopped and found to hold a row that came in the last moment. */
const STOPS_MAX = 5;

/** How long deposits took from the terminal's clock until ingest had them, in milliseconds. */
export interface Delays {
  count: number;
  medianMs: number;
  worstMs: number;
}

/** Delays of the deposits that were accepted from `fromMs` to `toMs`. Fails when one of them is not in the books. */
export async function delaysOf(
  { store }: System,
  { receipts }: Visits,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<Delays> {
  const accepted = receipts.filter(({ acceptedMs }) => acceptedMs >= fromMs && acceptedMs <= toMs);
  // Of the control the last ones may still be on their way.
  const rows = await until(
    "the accepted deposits in the books",
    async () => {
      const posted = await store.db
        .selectFrom("deposits")
        .select(["id", "occurred_ms", "received_ms"])
        .execute();
      const byId = new Map(posted.map((row) => [row.id, row.received_ms - row.occurred_ms]));
      const missing = accepted.filter(({ id }) => !byId.has(id));
      if (missing.length > 0) throw new Error(`${missing.length} of ${accepted.length} are missing`);
      return accepted.map(({ id }) => byId.get(id) ?? 0);
    },
    { deadlineMs: 3_000 },
  );
  const delays = rows.sort((a, b) => a - b);
  return {
    count: delays.length,
    medianMs: delays[Math.floor(delays.length / 2)] ?? 0,
    worstMs: delays.at(-1) ?? 0,
  };
}

/** Waits until every outbox is empty, stops the agents and reads their files. */
export async function drainedNumbers(
  system: System,
  deadlineMs: number,
): Promise<Map<string, OutboxNumbers>> {
  const endMs = performance.now() + deadlineMs;
  const numbers = new Map<string, OutboxNumbers>();
  await Promise.all(
    [...system.edges.values()].map(async (edge) =>
      numbers.set(edge.node, await drainedNumbersOf(edge, endMs)),
    ),
  );
  return numbers;
}

async function drainedNumbersOf(edge: EdgeAgent, endMs: number): Promise<OutboxNumbers> {
  for (let stops = 1; ; stops++) {
    await edge.drained(Math.max(0, endMs - performance.now()));
    await edge.stop();
    const numbers = outboxNumbers(edge.outboxFile);
    // A bin sensor that fell silent is an event too, and may have come after the last look.
    if (numbers.readings.rows + numbers.records.rows === 0 || stops === STOPS_MAX) return numbers;
    await edge.start();
  }
}

/** Every number that an outbox ever gave to a reading is one point; answers how many there are. */
export async function expectEveryReadingOnce(
  { store, telemetryUrl }: System,
  numbers: Map<string, OutboxNumbers>,
): Promise<number> {
  const positions = await store.db.selectFrom("stream_positions").selectAll().execute();
  let readings = 0;
  for (const [node, outbox] of numbers) {
    for (const stream of ["readings", "records"] as const) {
      const { last, rows } = outbox[stream];
      const kept = positions.filter((one) => one.node_id === node && one.stream === stream);
      const expected = last === 0 ? [] : [{ epoch: outbox.epoch, upto: last, thinned: 0 }];
      expect(rows, `rows of ${stream} left at ${node}`).toBe(0);
      expect(
        kept.map(({ epoch, upto, thinned }) => ({ epoch, upto, thinned })),
        `${stream} of ${node}`,
      ).toEqual(expected);
    }
    const wanted = Array.from({ length: outbox.readings.last }, (_, index) => index + 1);
    expect(differences(wanted, await storedNumbers(telemetryUrl, node)), `points of ${node}`).toEqual([]);
    readings += wanted.length;
  }
  return readings;
}

/** Numbers that are not in both lists equally often, a few of them. */
function differences(wanted: number[], stored: number[]): string[] {
  const counts = new Map<number, number>();
  for (const number of stored) counts.set(number, (counts.get(number) ?? 0) + 1);
  const missing = wanted.filter((number) => !counts.has(number)).map((number) => `${number} is missing`);
  const twice = [...counts].filter(([, count]) => count > 1).map(([number]) => `${number} is there twice`);
  const beyond = stored
    .filter((number) => number > wanted.length)
    .map((number) => `${number} was never given`);
  return [...missing, ...twice, ...beyond].slice(0, 10);
}

/** Every receipt is one posted deposit with its amounts, none was posted that nobody asked for, and receipts have no gap. */
export async function expectEveryDepositOnce(
  { store }: System,
  numbers: Map<string, OutboxNumbers>,
  { receipts, drawn }: Visits,
): Promise<void> {
  const posted = await store.db.selectFrom("deposits").selectAll().execute();
  const lines = Map.groupBy(
    await store.db.selectFrom("deposit_lines").selectAll().orderBy("line").execute(),
    ({ deposit_id }) => deposit_id,
  );
  const byId = new Map(posted.map((row) => [row.id, row]));
  const wrong = receipts.filter(({ id, node, receiptNo, member, totalIdr, lines: given }) => {
    const row = byId.get(id);
    const kept = (lines.get(id) ?? []).map(({ material_id: material, net_g, amount_idr }) => ({
      material,
      net_g,
      amount_idr,
    }));
    const isSame =
      row?.node_id === node &&
      row.receipt_no === receiptNo &&
      row.member_id === member &&
      row.total_idr === totalIdr;
    return !isSame || JSON.stringify(kept) !== JSON.stringify(given);
  });
  expect(wrong, "receipts that are not posted as they were given").toEqual([]);
  expect(posted.length, "deposits in the books").toBe(receipts.length);
  expect(
    posted.filter(({ id }) => !drawn.has(id)),
    "deposits that nobody asked for",
  ).toEqual([]);
  for (const [node, { records }] of numbers) {
    const own = posted
      .filter(({ node_id }) => node_id === node)
      .map(({ receipt_no }) => receipt_no.slice(-6));
    const expected = Array.from({ length: records.last }, (_, index) => String(index + 1).padStart(6, "0"));
    expect(own.sort(), `receipts of ${node}`).toEqual(expected);
  }
}
