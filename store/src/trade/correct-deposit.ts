/**
 * Corrects a deposit when the window to void it is over: takes it back and, where lines are given, posts what it should have
 * been, with the prices and terms of its own day, in one transaction. Never by whoever took it.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { AMOUNT_IDR_MAX } from "@jumpa-madu/contracts/units";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { inSavepoint } from "../relational/savepoint.ts";
import { type DepositRefusal, refusedDeposit } from "./deposit-refusal.ts";
import { type NewLine, priceLines } from "./new-line.ts";
import { postDepositWithin } from "./post-deposit.ts";
import { flagged } from "./printed-differences.ts";
import { deviceCode, holdSeries } from "./receipt-series.ts";
import { type HeldDeposit, holdDeposit, reverseDeposit } from "./reverse-deposit.ts";
import { writeOutOfStore, writtenOutBy } from "./sold-before.ts";
import { refusedUnusual, totalOf } from "./take-deposit.ts";
import { unusualOf } from "./unusual-deposit.ts";
import { voidedBefore } from "./void-deposit.ts";

/** A correction as it is asked for. Without lines the deposit is only taken back. */
export interface NewCorrection {
  id: string;
  deposit: string;
  reason: string;
  lines: NewLine[] | null;
  by: string;
  /** The replacement is far more than a household brings, and is right all the same. */
  confirmsUnusual?: boolean;
}

/** What became of it. `replacement`: the deposit in place of the old one; null when there is none. */
export type DepositCorrection = { kind: "posted" | "replayed"; replacement: string | null } | DepositRefusal;

/** Corrects a deposit, or says why not; a refusal leaves no trace. */
export function correctDeposit(tx: Tx, asked: NewCorrection, nowMs: number): Promise<DepositCorrection> {
  return inSavepoint(tx, () => correct(tx, asked, nowMs));
}

async function correct(tx: Tx, asked: NewCorrection, nowMs: number): Promise<DepositCorrection> {
  const { id, deposit: depositId, reason, lines, by } = asked;
  const bodyHash = requestHash(asked);
  const deposit = await holdDeposit(tx, depositId);
  if (deposit === null) return refusedDeposit("unknown_deposit", `there is no deposit ${depositId}`);
  const before = await voidedBefore(tx, id, bodyHash);
  if (before !== null) {
    return before.kind === "refused" ? before : { kind: "replayed", replacement: deposit.correctedBy };
  }
  if (deposit.takenBy === by) {
    return refusedDeposit(
      "taker_corrects",
      "whoever took a deposit does not correct it: ask another member of staff",
    );
  }
  const reversal = await reverseDeposit(tx, deposit, {
    id,
    bodyHash,
    kind: "correction",
    by,
    actor: `user:${by}`,
    reason,
    occurredMs: nowMs,
    receivedMs: nowMs,
  });
  if (reversal.kind === "refused") return reversal;
  const replacement =
    lines === null ? null : await replace(tx, deposit, { ...asked, lines, bodyHash, nowMs });
  if (replacement !== null && typeof replacement !== "string") return replacement;
  await recordDeed(tx, {
    actor: `user:${by}`,
    action: "deposit.corrected",
    subject: `deposit:${depositId}`,
    reason,
    atMs: nowMs,
  });
  return { kind: "posted", replacement };
}

interface Replacement extends NewCorrection {
  lines: NewLine[];
  bodyHash: string;
  nowMs: number;
}

/** Posts what the deposit should have been, and answers its id. */
async function replace(
  tx: Tx,
  deposit: HeldDeposit,
  { lines, by, bodyHash, nowMs, confirmsUnusual }: Replacement,
): Promise<string | DepositRefusal> {
  const { wasteBank, settlement } = deposit;
  const means = { wasteBank, settlement, atMs: deposit.occurredMs, takenBy: by, original: deposit.lines };
  const priced = await priceLines(tx, lines, means);
  if (priced.kind === "refused") return priced;
  const totalIdr = totalOf(priced.lines);
  if (totalIdr > AMOUNT_IDR_MAX)
    return refusedDeposit(
      "too_much",
      `Rp ${totalIdr} in one deposit are more than the books allow: split it`,
    );
  const unusual = unusualOf(priced.lines);
  if (unusual !== null && confirmsUnusual !== true) return refusedUnusual(unusual);
  if (deposit.purpose === "cash" && deposit.cashFrom === null && totalIdr > 0) {
    return refusedDeposit(
      "no_shift",
      "the deposit has paid nothing out, so there is no drawer to pay from: take it back without lines, and take it anew",
    );
  }
  const id = newEventId(nowMs);
  const device = deviceCode("correction", 1);
  await holdSeries(tx, { wasteBank, device });
  const posting = await postDepositWithin(tx, {
    id,
    bodyHash,
    from: { source: "counter", takenBy: by },
    wasteBank,
    member: deposit.member,
    purpose: deposit.purpose,
    settlement,
    shareBps: deposit.shareBps,
    product: deposit.product,
    device,
    receiptNo: null,
    visit: null,
    corrects: deposit.id,
    // Where the first deposit had it, and where the reversal has just put it back.
    cashFrom: deposit.cashFrom,
    lines: priced.lines,
    totalIdr,
    differences: unusual === null ? [] : flagged([], totalIdr, unusual),
    occurredMs: deposit.occurredMs,
    bookedMs: nowMs,
    receivedMs: nowMs,
  });
  if (posting.kind === "refused") return posting;
  if ((await writtenOutBy(tx, deposit.id)) !== null) {
    const gone = { id, wasteBank, lines: priced.lines, actor: `user:${by}`, bookedMs: nowMs };
    await writeOutOfStore(tx, gone, nowMs);
  }
  return id;
}
