/**
 * Mass withdrawals: one payout for each book of a product at a waste bank, asked for at once, before Lebaran above all.
 *
 * Worked off in batches, each one transaction with its progress, so that a crash or a repeat goes on where it stopped and never
 * asks twice. The ids of the payouts are drawn in the batch and kept with it. Whoever may ask for one may also go on with one,
 * so that nobody's absence leaves half of the members without; what is asked for is asked for by who began it.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { type PayoutCounter, requestPayout } from "../payouts/request-payout.ts";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { isOffered } from "./books.ts";
import { findMass, type MassWithdrawal } from "./mass-list.ts";
import { lockBatch } from "./mass-locks.ts";
import { type MassShare, shareOf } from "./mass-share.ts";
import { refuse, type SavingsRefusal } from "./refusal.ts";

/** Books that one transaction deals with: a second or so, for which the waste bank's other payouts wait. */
export const MASS_BATCH_BOOKS = 25;

/** Books that one call deals with at most. The rest is dealt with by the next call. */
export const MASS_CALL_BOOKS_MAX = 100;

/** A mass withdrawal, as it is asked for. */
export interface NewMassWithdrawal {
  /** Drawn by whoever asks. */
  id: string;
  wasteBank: string;
  product: string;
  /** `cash`, or our code of a channel. */
  channel: string;
  /** Whole rupiah of each book; null: as much as its rules let go. */
  amountIdr: number | null;
  reason: string;
  /** Who asks for it, or goes on with what another has asked for. */
  requestedBy: string;
  nowMs: number;
}

/** What became of it. `begun`: it is new. `mass.preparedMs` is null until every book was dealt with: ask again to go on. */
export type MassOutcome = { kind: "begun" | "continued"; mass: MassWithdrawal } | SavingsRefusal;

/** Asks for the payouts of up to MASS_CALL_BOOKS_MAX books. The same request again goes on; done, it answers what was done. */
export async function requestMass(
  store: RelationalStore,
  counter: PayoutCounter,
  request: NewMassWithdrawal,
): Promise<MassOutcome> {
  const begun = await store.transaction((tx) => begin(tx, request));
  if (begun.kind === "refused") return begun;
  for (let books = 0; books < MASS_CALL_BOOKS_MAX; books += MASS_BATCH_BOOKS) {
    const isDone = await store.transaction((tx) => prepareBatch(tx, counter, request));
    if (isDone) break;
  }
  const mass = await findMass(store.db, request.id);
  if (mass === null) throw new Error(`mass withdrawal ${request.id} is gone`);
  return { kind: begun.kind, mass };
}

async function begin(
  tx: Tx,
  request: NewMassWithdrawal,
): Promise<{ kind: "begun" | "continued" } | SavingsRefusal> {
  const { id, wasteBank, product, channel, amountIdr, reason, requestedBy, nowMs } = request;
  const bodyHash = requestHash({ ...request, requestedBy: undefined, nowMs: undefined });
  const place = await tx
    .selectFrom("waste_banks")
    .select("id")
    .where("id", "=", wasteBank)
    .executeTakeFirst();
  if (place === undefined) return refuse("waste_bank_unknown", `there is no waste bank ${wasteBank}`);
  if (!(await isOffered(tx, wasteBank, product)))
    return refuse("product_unknown", `waste bank ${wasteBank} has no savings product ${product}`);
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("mass_withdrawals")
    .values({
      id,
      body_hash: bodyHash,
      waste_bank_id: wasteBank,
      product_id: product,
      channel,
      amount_idr: amountIdr,
      reason,
      upto_book: "",
      requested_by: requestedBy,
      requested_ms: nowMs,
      prepared_ms: null,
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) {
    const subject = `mass_withdrawal:${id}`;
    await recordDeed(tx, {
      actor: requestedBy,
      action: "mass_withdrawal.requested",
      subject,
      reason,
      atMs: nowMs,
    });
    return { kind: "begun" };
  }
  const before = await tx
    .selectFrom("mass_withdrawals")
    .select(["body_hash", "requested_by", "prepared_ms"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  if (before.body_hash !== bodyHash)
    return refuse("id_taken", `the id ${id} names another mass withdrawal; draw a new one`);
  if (before.requested_by !== requestedBy && before.prepared_ms === null) {
    await recordDeed(tx, {
      actor: requestedBy,
      action: "mass_withdrawal.continued",
      subject: `mass_withdrawal:${id}`,
      atMs: nowMs,
    });
  }
  return { kind: "continued" };
}

/** Deals with the next books; true when none is left. */
async function prepareBatch(
  tx: Tx,
  counter: PayoutCounter,
  { id, nowMs }: NewMassWithdrawal,
): Promise<boolean> {
  const mass = await tx
    .selectFrom("mass_withdrawals")
    .selectAll()
    .where("id", "=", id)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirstOrThrow();
  if (mass.prepared_ms !== null) return true;
  const { requested_by: requestedBy, waste_bank_id: wasteBank, product_id: product, channel } = mass;
  const books = await tx
    .selectFrom("books")
    .select(["id", "member_id as member"])
    .where("waste_bank_id", "=", wasteBank)
    .where("product_id", "=", product)
    .where("closed_ms", "is", null)
    .where("id", ">", mass.upto_book)
    // Whoever opens a book meanwhile has nothing on it that was meant.
    .where("opened_ms", "<=", mass.requested_ms)
    .orderBy("id")
    .limit(MASS_BATCH_BOOKS)
    .execute();
  const members = books.map(({ member }) => member);
  await lockBatch(tx, { members, wasteBank, product, channel, requestedBy, nowMs });
  for (const book of books) {
    const payout = newEventId(nowMs);
    const owner = { member: book.member, wasteBank, product };
    const share = await shareOf(tx, {
      book: owner,
      channel,
      amountIdr: mass.amount_idr,
      provider: counter.provider ?? null,
      nowMs,
    });
    const fault =
      share.fault ?? (await ask(tx, counter, { ...owner, id: payout, share, requestedBy, nowMs }));
    await tx
      .insertInto("mass_withdrawal_items")
      .values({
        mass_id: id,
        book_id: book.id,
        payout_id: payout,
        amount_idr: share.amountIdr,
        code: fault?.code ?? null,
        reason: fault?.reason ?? null,
      })
      .execute();
  }
  const isDone = books.length < MASS_BATCH_BOOKS;
  await tx
    .updateTable("mass_withdrawals")
    .set({ upto_book: books.at(-1)?.id ?? mass.upto_book, prepared_ms: isDone ? nowMs : null })
    .where("id", "=", id)
    .execute();
  return isDone;
}

async function ask(
  tx: Tx,
  counter: PayoutCounter,
  wanted: {
    id: string;
    member: string;
    wasteBank: string;
    product: string;
    share: MassShare;
    requestedBy: string;
    nowMs: number;
  },
): Promise<{ code: string; reason: string } | null> {
  const { share, ...request } = wanted;
  const { amountIdr, channel, destination } = share;
  const outcome = await requestPayout(counter, tx, {
    ...request,
    amountIdr,
    channel,
    destination,
    closes: false,
  });
  return outcome.kind === "refused" ? outcome : null;
}
