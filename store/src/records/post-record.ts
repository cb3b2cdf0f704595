/**
 * Posts records to the books: each once, whatever the number of times it arrives.
 *
 * A record is posted within the caller's transaction, so that its books and its stream position commit together.
 */
import {
  type Deposit,
  type DepositVoid,
  type LedgerRecord,
  type ScaleCheck,
  VOID_WINDOW_MS,
} from "@jumpa-madu/contracts/records";
import { sql } from "kysely";
import { faultOfGiven } from "../payouts/cash-given.ts";
import { recordDeed } from "../proof/audit.ts";
import { dataTrouble } from "../relational/data-trouble.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { sendInOrder } from "../relational/send-in-order.ts";
import { statement } from "../relational/statement.ts";
import { defaultBookAsked, defaultOf } from "../savings/books.ts";
import { type CheckedDeposit, type Difference, postDepositWithin } from "../trade/post-deposit.ts";
import { flagged } from "../trade/printed-differences.ts";
import { holdDeposit, reverseDeposit } from "../trade/reverse-deposit.ts";
import { unusualOf } from "../trade/unusual-deposit.ts";
import { checkDeposit, groundOf, type RecordFault, tooMuchPrinted } from "./deposit-check.ts";

/** What became of a record. `duplicate`: the same record was posted before, nothing was done. */
export type RecordOutcome = { kind: "posted" | "duplicate" } | ({ kind: "refused" } & RecordFault);

/** Where a record came from and when. */
export interface RecordOrigin {
  node: string;
  receivedMs: number;
  /** User who has decided that the receipt stands, however much more it says than we compute, and when. */
  honoured?: { by: string; atMs: number } | null;
}

/**
 * Posts one record. Whatever lies in the record is an outcome and leaves no trace, so that the other records of the
 * transaction stand; what is thrown is trouble of the store and spoils the transaction.
 */
export async function postRecord(tx: Tx, origin: RecordOrigin, record: LedgerRecord): Promise<RecordOutcome> {
  for (let look = 1; ; look++) {
    const savepoint = savepointOf(tx);
    try {
      const outcome = await postByKind({ tx, origin, savepoint }, record);
      if (outcome.kind === "refused") await savepoint.undo();
      else await savepoint.release();
      return outcome;
    } catch (error) {
      const trouble = dataTrouble(error);
      if (trouble === null) throw error;
      await savepoint.undo();
      // Another transaction has stored this id or receipt meanwhile: the second look sees it and tells which.
      if (trouble === "taken" && look === 1) continue;
      // Taken at the second look as well: by something that is no deposit, void or check of this id.
      const code = trouble === "taken" ? "deposit_conflict" : "store_refused";
      return refused(code, `the database refuses ${record.kind} ${record.id}: ${String(error)}`);
    }
  }
}

/** The savepoint of a record. Each step is a statement, so that it can go out together with others. */
interface RecordSavepoint {
  open: () => Promise<unknown>;
  /** Does nothing the second time. */
  release: () => Promise<unknown>;
  /** Takes back all since `open`, also after a release that the database has refused. */
  undo: () => Promise<void>;
}

function savepointOf(tx: Tx): RecordSavepoint {
  let isReleased = false;
  return {
    open: () => sql`savepoint record`.execute(tx),
    async release() {
      if (isReleased) return;
      isReleased = true;
      await sql`release savepoint record`.execute(tx);
    },
    async undo() {
      await sql`rollback to savepoint record`.execute(tx);
      await sql`release savepoint record`.execute(tx);
    },
  };
}

/** Where a record is posted. */
interface Posting {
  tx: Tx;
  origin: RecordOrigin;
  savepoint: RecordSavepoint;
}

async function postByKind(posting: Posting, record: LedgerRecord): Promise<RecordOutcome> {
  if (record.kind === "deposit") return await postDeposit(posting, record);
  await posting.savepoint.open();
  return record.kind === "deposit_void"
    ? await postVoid(posting.tx, posting.origin, record)
    : await keepScaleCheck(posting.tx, posting.origin, record);
}

/** One statement: between two, another transaction could commit this very deposit, whose receipt would seem another's. */
const depositsLike = statement<
  { id: string; wasteBank: string; device: string; receiptNo: string },
  { id: string; body_hash: string }
>((db, slot) =>
  db
    .selectFrom("deposits")
    .select(["id", "body_hash"])
    .where((eb) =>
      eb.or([
        eb("id", "=", slot("id")),
        eb.and([
          eb("waste_bank_id", "=", slot("wasteBank")),
          eb("device", "=", slot("device")),
          eb("receipt_no", "=", slot("receiptNo")),
        ]),
      ]),
    ),
);

async function postDeposit({ tx, origin, savepoint }: Posting, deposit: Deposit): Promise<RecordOutcome> {
  const bodyHash = requestHash(deposit);
  const sent = { node: origin.node, deposit };
  const { id, waste_bank: wasteBank, member, receipt_no: receiptNo } = deposit;
  const isGift = deposit.purpose === "donate";
  // All is asked at once: a terminal that sends again is rare, and PostgreSQL then answers in one journey.
  const [, { ground, others }] = await sendInOrder(tx, [
    savepoint.open,
    () =>
      groundOf(tx, sent, [
        depositsLike.of(tx, { id, wasteBank, device: origin.node, receiptNo }),
        defaultBookAsked(tx, { member, wasteBank }),
      ]),
  ]);
  const [before, books] = others;
  const held = isGift ? null : defaultOf(books);
  const same = before.find(({ id }) => id === deposit.id);
  if (same !== undefined) return sameOrConflict(same.body_hash === bodyHash, `deposit ${deposit.id}`);
  const other = before[0];
  if (other !== undefined) {
    return refused(
      "deposit_conflict",
      `receipt ${deposit.receipt_no} of node ${origin.node} belongs to deposit ${other.id}`,
    );
  }
  const check = checkDeposit(sent, ground);
  if (!check.ok) return refused(check.code, check.reason);
  const { node, receivedMs, honoured = null } = origin;
  const excess = honoured !== null ? null : await tooMuchPrinted(tx, { ...check, node, nowMs: receivedMs });
  if (excess !== null) return refused(excess.code, excess.reason);
  const differences = await withCashFlag(tx, { origin, deposit, differences: check.differences });
  const checked = withUnusualFlag(checkedOf(origin, deposit, { bodyHash, differences }));
  if (honoured !== null) {
    const { by, atMs } = honoured;
    const subject = `deposit:${deposit.id}`;
    await recordDeed(tx, { actor: `user:${by}`, action: "deposit.honoured", subject, atMs });
  }
  const posting = await postDepositWithin(tx, checked, { held, last: savepoint.release });
  if (posting.kind === "posted") return { kind: "posted" };
  const code = posting.code === "conflict" ? "deposit_conflict" : "ledger_refused";
  return refused(posting.code === "book_closed" ? "book_closed" : code, posting.reason);
}

/** The differences, with what the terminal has handed out beyond a limit: it has happened, so it is posted and looked at. */
async function withCashFlag(
  tx: Tx,
  { origin, deposit, differences }: { origin: RecordOrigin; deposit: Deposit; differences: Difference[] },
): Promise<Difference[]> {
  if (deposit.purpose !== "cash") return differences;
  const { waste_bank: wasteBank, total_idr: amountIdr } = deposit;
  const gift = { wasteBank, takenBy: null, amountIdr, isTyped: false, nowMs: origin.receivedMs };
  const beyond = await faultOfGiven(tx, gift);
  return beyond === null ? differences : flagged(differences, amountIdr, beyond);
}

/** The deposit, with a flag where it is far more than a household brings: its receipt is honoured, and staff look at it. */
function withUnusualFlag(checked: ReturnType<typeof checkedOf>): ReturnType<typeof checkedOf> {
  const unusual = unusualOf(checked.lines);
  if (unusual === null) return checked;
  return { ...checked, differences: flagged(checked.differences, checked.totalIdr, unusual) };
}

/** The deposit as the books take it. */
export function checkedOf(
  { node, receivedMs, honoured = null }: Pick<RecordOrigin, "node" | "receivedMs" | "honoured">,
  deposit: Deposit,
  { bodyHash, differences }: { bodyHash: string; differences: Difference[] },
): CheckedDeposit & { receiptNo: string } {
  const { waste_bank: wasteBank, purpose = "save", settlement = "purchase" } = deposit;
  return {
    id: deposit.id,
    bodyHash,
    from: { source: "terminal", node, honouredBy: honoured?.by ?? null },
    wasteBank,
    member: deposit.member,
    purpose,
    settlement,
    shareBps: deposit.share_bps ?? null,
    product: null,
    device: node,
    receiptNo: deposit.receipt_no,
    visit: null,
    corrects: null,
    cashFrom: purpose === "cash" ? { kind: "node_cash", ledger: "IDR", wasteBank, part: node } : null,
    lines: deposit.lines.map((line) => ({
      material: line.material,
      price: line.price,
      priceIdrPerKg: line.price_idr_per_kg,
      grossG: line.gross_g ?? null,
      tareG: line.tare_g ?? null,
      netG: line.net_g,
      stable: line.stable,
      scale: line.scale,
      verifiedUntilMs: line.verified_until ?? null,
      raw: line.raw ?? null,
      typed: line.typed ?? null,
      amountIdr: line.amount_idr,
    })),
    totalIdr: deposit.total_idr,
    differences,
    occurredMs: deposit.t,
    bookedMs: deposit.t,
    receivedMs,
  };
}

async function postVoid(tx: Tx, origin: RecordOrigin, record: DepositVoid): Promise<RecordOutcome> {
  const bodyHash = requestHash(record);
  const before = await tx
    .selectFrom("deposit_voids")
    .select("body_hash")
    .where("id", "=", record.id)
    .executeTakeFirst();
  if (before !== undefined) return sameOrConflict(before.body_hash === bodyHash, `void ${record.id}`);
  const deposit = await holdDeposit(tx, record.deposit);
  if (deposit === null || deposit.node !== origin.node) {
    return refused(
      "unknown_deposit",
      `node ${origin.node} has no deposit ${record.deposit}; only the terminal that took a deposit may void it`,
    );
  }
  if (record.t - deposit.occurredMs > VOID_WINDOW_MS) {
    const minutes = Math.floor((record.t - deposit.occurredMs) / 60_000);
    return refused(
      "void_late",
      `the void comes ${minutes} min after deposit ${record.deposit}, beyond ${VOID_WINDOW_MS / 60_000} min; staff correct it: POST /v1/deposits/${record.deposit}/correction`,
    );
  }
  const reversal = await reverseDeposit(tx, deposit, {
    id: record.id,
    bodyHash,
    kind: "void",
    by: null,
    actor: `node:${origin.node}`,
    reason: record.reason,
    occurredMs: record.t,
    receivedMs: origin.receivedMs,
  });
  if (reversal.kind === "reversed") return { kind: "posted" };
  const code =
    reversal.code === "already_voided" || reversal.code === "conflict"
      ? "deposit_conflict"
      : "ledger_refused";
  return refused(code, reversal.reason);
}

async function keepScaleCheck(tx: Tx, origin: RecordOrigin, record: ScaleCheck): Promise<RecordOutcome> {
  const bodyHash = requestHash(record);
  const before = await tx
    .selectFrom("scale_checks")
    .select("body_hash")
    .where("id", "=", record.id)
    .executeTakeFirst();
  if (before !== undefined) return sameOrConflict(before.body_hash === bodyHash, `scale check ${record.id}`);
  const device = await tx
    .selectFrom("devices")
    .select("id")
    .where("node_id", "=", origin.node)
    .where("scale_id", "=", record.scale)
    .executeTakeFirst();
  if (device === undefined) {
    return refused(
      "unknown_device",
      `scale ${record.scale} is not registered at node ${origin.node}; register it there`,
    );
  }
  await tx
    .insertInto("scale_checks")
    .values({
      id: record.id,
      body_hash: bodyHash,
      scale_id: record.scale,
      node_id: origin.node,
      reference_g: record.reference_g,
      shown_g: record.shown_g,
      occurred_ms: record.t,
      received_ms: origin.receivedMs,
    })
    .execute();
  return { kind: "posted" };
}

function sameOrConflict(isSame: boolean, what: string): RecordOutcome {
  if (isSame) return { kind: "duplicate" };
  return refused("deposit_conflict", `${what} was posted before with another body; the first one stands`);
}

function refused(code: RecordFault["code"], reason: string): RecordOutcome {
  return { kind: "refused", code, reason };
}
