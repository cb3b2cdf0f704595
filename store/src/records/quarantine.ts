/**
 * Quarantine: what could not be accepted, with the reason in words.
 *
 * Nothing is dropped in silence, but a node that sends rubbish for ever must not fill the disk. So a node has an
 * allowance a day, and one of its own for records, which nothing else uses up. What has no room is the caller's to deal
 * with: a reading may be counted and let go, a record must stay with its node.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import type { Db, Tx } from "../relational/relational-store.ts";

/** Why something is in quarantine. */
export const QUARANTINE_CODES = [
  "malformed",
  "schema",
  "unknown_node",
  "unknown_device",
  "clock",
  "stale",
  "unknown_model",
  "undecodable",
  "store_refused",
  "unknown_member",
  "unknown_supervisor",
  "unknown_price",
  "unknown_material",
  "amount_mismatch",
  "printed_too_much",
  "nothing_to_pay",
  "member_closed",
  "book_closed",
  "void_late",
  "deposit_conflict",
  "unknown_deposit",
  "foreign_waste_bank",
  "weight_out_of_range",
  "unstable_weight",
  "ledger_refused",
  "oversize",
] as const;
export type QuarantineCode = (typeof QUARANTINE_CODES)[number];

/**
 * Bytes of a body that are kept. No record that an edge makes is longer: it must be whole, so that it can be posted once
 * what was missing is there.
 */
export const BODY_BYTES_MAX = 65_536;

/** How much one node may fill in a day (UTC). */
export interface QuarantineLimits {
  rowsMax: number;
  bytesMax: number;
}

/** `records`: single records. `readings`: all else, also whole messages, of which nothing is ever acknowledged. */
type Allowance = "readings" | "records";

/** The limits of a node that is not under test. */
export const LIMITS_PER_NODE_AND_DAY: Record<Allowance, QuarantineLimits> = {
  readings: { rowsMax: 10_000, bytesMax: 64 * 1024 * 1024 },
  records: { rowsMax: 10_000, bytesMax: 64 * 1024 * 1024 },
};

const DAY_MS = 86_400_000;

/** An item that was not accepted. */
export interface QuarantineItem {
  node: string | null;
  topic: string;
  stream: string | null;
  epoch: string | null;
  seq: number | null;
  code: QuarantineCode;
  /** What is wrong and what to do about it, for a person. */
  reason: string;
  body: string;
  receivedMs: number;
}

/** Keeps items; one that was kept before (same number, same code) is not kept twice. Answers those without room. */
export async function quarantine(
  db: Db | Tx,
  items: QuarantineItem[],
  limits = LIMITS_PER_NODE_AND_DAY,
): Promise<QuarantineItem[]> {
  const room = new QuarantineRoom(db, limits);
  const over: QuarantineItem[] = [];
  for (const item of items) if (!(await room.keep(item))) over.push(item);
  return over;
}

/** Quarantine during one transaction: looks once for each node what it has filled, and adds up from there. */
export class QuarantineRoom {
  readonly #db: Db | Tx;
  readonly #limits: Record<Allowance, QuarantineLimits>;
  readonly #filled = new Map<string, Filled>();

  constructor(db: Db | Tx, limits = LIMITS_PER_NODE_AND_DAY) {
    this.#db = db;
    this.#limits = limits;
  }

  /** Keeps an item, once whatever the number of times. False when its node has no room for it today. */
  async keep(item: QuarantineItem): Promise<boolean> {
    const allowance = allowanceOf(item);
    const { rowsMax, bytesMax } = this.#limits[allowance];
    const key = `${allowance} ${dayStartMs(item)} ${item.node ?? ""}`;
    const filled = this.#filled.get(key) ?? (await filledBy(this.#db, item));
    this.#filled.set(key, filled);
    if (filled.rows >= rowsMax || filled.bytes >= bytesMax) return false;
    if (await insert(this.#db, item)) {
      filled.rows++;
      filled.bytes += Buffer.byteLength(item.body);
    }
    return true;
  }
}

function allowanceOf({ stream, seq }: QuarantineItem): Allowance {
  return stream === "records" && seq !== null ? "records" : "readings";
}

/** Start of the item's day (UTC). */
function dayStartMs({ receivedMs }: QuarantineItem): number {
  return receivedMs - (receivedMs % DAY_MS);
}

interface Filled {
  rows: number;
  bytes: number;
}

/** What the node of the item has filled of the item's allowance since the day of the item began. */
function filledBy(db: Db | Tx, item: QuarantineItem): Promise<Filled> {
  const isRecord = sql<number>`case when stream = 'records' and seq is not null then 1 else 0 end`;
  return db
    .selectFrom("quarantine")
    .select([sql<number>`count(*)`.as("rows"), sql<number>`coalesce(sum(octet_length(body)), 0)`.as("bytes")])
    .where("node_id", item.node === null ? "is" : "=", item.node)
    .where("received_ms", ">=", dayStartMs(item))
    .where(isRecord, "=", allowanceOf(item) === "records" ? 1 : 0)
    .executeTakeFirstOrThrow();
}

/** False when the item was there before. */
async function insert(db: Db | Tx, item: QuarantineItem): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("quarantine")
    .values({
      id: newEventId(item.receivedMs),
      node_id: item.node,
      topic: storable(item.topic),
      stream: item.stream === null ? null : storable(item.stream),
      epoch: item.epoch === null ? null : storable(item.epoch),
      seq: item.seq,
      code: item.code,
      reason: storable(item.reason),
      body: storable(item.body),
      received_ms: item.receivedMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

/** PostgreSQL text refuses NUL, and whatever is in quarantine may hold anything of any length. */
function storable(text: string): string {
  const bytes = Buffer.from(text);
  const kept = bytes.length > BODY_BYTES_MAX ? bytes.toString("utf8", 0, BODY_BYTES_MAX) : text;
  return kept.replaceAll("\0", "\uFFFD");
}
