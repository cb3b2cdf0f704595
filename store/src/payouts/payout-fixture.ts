/** Payouts for tests: a waste bank with money, people who may not do each other's part, and a provider's answers. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import { findAccount } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { give, NOW_MS, type SampleAccounts, sampleAccounts } from "../ledger/sample-accounts.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { openTestVault } from "../vault/test-vault.ts";
import { type Applied, applyOutcome } from "./apply-outcome.ts";
import { approvePayout } from "./approve-payout.ts";
import { attemptsOf, type PayoutDesk } from "./attempts.ts";
import { claimJob } from "./claim-job.ts";
import { addDestination, COOL_DOWN_MS } from "./destinations.ts";
import { insertFee, type NewFee } from "./fees.ts";
import type { Job, JobKind } from "./jobs.ts";
import { insertLimit, type NewLimit } from "./limits.ts";
import { findPayout, type Payout } from "./payout.ts";
import { decideRule } from "./payout-rules.ts";
import { type NewPayout, type PayoutOutcome, requestPayout } from "./request-payout.ts";
import type { ProviderCall } from "./verdict.ts";

export const HOUR_MS = 3_600_000;

/** Number of the sample destination. */
export const ACCOUNT_NUMBER = "1234567890";

/** A waste bank whose member has money and a destination at BCA. */
export interface SampleBank {
  store: RelationalStore;
  desk: PayoutDesk;
  accounts: SampleAccounts;
  member: string;
  destination: string;
  /** Actors: whoever asks at the counter, and two who approve. */
  officer: string;
  staff: string;
  chief: string;
  nowMs: number;
}

/** Makes the waste bank; `savingsIdr` is on the member's book. */
export async function sampleBank(store: RelationalStore, savingsIdr: number): Promise<SampleBank> {
  const accounts = await sampleAccounts(store);
  // What earlier tests have left undone is never due, so that a claim finds this test's jobs alone.
  await store.db.updateTable("payout_jobs").set({ due_ms: Number.MAX_SAFE_INTEGER }).execute();
  const member = accounts.member1.split("/")[3] ?? "";
  const vault = await openTestVault();
  const desk: PayoutDesk = { vault, provider: "xendit-v2" };
  if (savingsIdr > 0) await postJournal(store, give(accounts, "member1", savingsIdr));
  const [officer = "", staff = "", chief = ""] = await Promise.all(
    (["operator", "staff", "admin"] as const).map((role) => sampleUser(store, { role, accounts })),
  );
  const destination = newEventId(NOW_MS);
  const kept = await store.transaction((tx) =>
    addDestination(vault, tx, {
      id: destination,
      member,
      channel: "bca",
      accountNumber: ACCOUNT_NUMBER,
      accountName: "Nasabah Satu",
      createdBy: officer,
      isInquired: false,
      nowMs: NOW_MS,
    }),
  );
  if (kept.kind === "refused") throw new Error(kept.reason);
  return {
    store,
    desk,
    accounts,
    member,
    destination,
    officer,
    staff,
    chief,
    nowMs: NOW_MS + COOL_DOWN_MS + HOUR_MS,
  };
}

async function sampleUser(
  store: RelationalStore,
  { role, accounts }: { role: "operator" | "staff" | "admin"; accounts: SampleAccounts },
): Promise<string> {
  const id = newEventId();
  await store.db
    .insertInto("users")
    .values({
      id,
      username: id,
      password_hash: "none",
      role,
      waste_bank_id: role === "operator" ? accounts.wasteBank : null,
      member_id: null,
      created_ms: NOW_MS,
    })
    .execute();
  return `user:${id}`;
}

/** A limit that the chief asked for and staff approved; it holds from `validFromMs` on. */
export async function limitIn(bank: SampleBank, limit: Partial<NewLimit>): Promise<void> {
  await bank.store.transaction(async (tx) => {
    const { id, validFromMs } = await insertLimit(tx, {
      id: newEventId(),
      scope: "payout_max",
      channelKind: null,
      wasteBank: bank.accounts.wasteBank,
      amountIdr: null,
      validFromMs: 0,
      createdMs: 0,
      createdBy: bank.chief,
      ...limit,
    });
    await decideRule(tx, { rule: "limit", id, decision: "approved", actor: bank.staff, nowMs: validFromMs });
  });
}

/** A fee of bank transfers that the chief asked for and staff approved; it holds from `validFromMs` on. */
export async function feeIn(
  bank: SampleBank,
  fee: Pick<NewFee, "feeIdr" | "bearer" | "validFromMs"> & Partial<NewFee>,
) {
  await bank.store.transaction(async (tx) => {
    const { id } = await insertFee(tx, {
      id: newEventId(),
      channelKind: "bank",
      isRefunded: false,
      createdMs: bank.nowMs,
      createdBy: bank.chief,
      ...fee,
    });
    const decision = { rule: "fee", id, decision: "approved", actor: bank.staff } as const;
    await decideRule(tx, { ...decision, nowMs: fee.validFromMs });
  });
}

/** A request of the member for a transfer to BCA. */
export function transferOf(bank: SampleBank, rest: Partial<NewPayout> = {}): NewPayout {
  return {
    id: newEventId(),
    member: bank.member,
    wasteBank: bank.accounts.wasteBank,
    product: "regular",
    amountIdr: 50_000,
    channel: "bca",
    destination: bank.destination,
    closes: false,
    requestedBy: bank.officer,
    nowMs: bank.nowMs,
    ...rest,
  };
}

/** A request of the member for cash. */
export function cashOf(bank: SampleBank, rest: Partial<NewPayout> = {}): NewPayout {
  return transferOf(bank, { channel: "cash", destination: null, ...rest });
}

/** Asks in a transaction of its own. */
export function request(bank: SampleBank, payout: NewPayout): Promise<PayoutOutcome> {
  const counter = { provider: bank.desk.provider };
  return bank.store.transaction((tx) => requestPayout(counter, tx, payout));
}

/** A payout that was asked for and approved. Throws when it was refused. */
export async function approved(bank: SampleBank, payout = transferOf(bank)): Promise<Payout> {
  const asked = await request(bank, payout);
  if (asked.kind === "refused") throw new Error(asked.reason);
  const outcome = await bank.store.transaction((tx) =>
    approvePayout(bank.desk, tx, { payout: payout.id, approver: bank.staff, nowMs: payout.nowMs }),
  );
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  return outcome.payout;
}

/** Claims the next job as a worker does. */
export function claim(bank: SampleBank, kind: JobKind, nowMs: number): Promise<Job | null> {
  return claimJob(bank.store, { worker: newEventId(), kinds: [kind], nowMs, leaseMs: 60_000 });
}

/** A payout whose attempt has just been claimed for sending. */
export async function sending(bank: SampleBank, payout = transferOf(bank)): Promise<string> {
  const { id } = await approved(bank, payout);
  const job = await claim(bank, "submit", payout.nowMs);
  const attempt = (await attemptsOf(bank.store.db, id)).at(-1)?.id;
  if (job === null || job.subject !== attempt) throw new Error("another job was claimed");
  return attempt;
}

/** Applies an answer to an attempt. */
export function answer(
  bank: SampleBank,
  attempt: string,
  { outcome, call = "lookup", nowMs = bank.nowMs }: { outcome: Lookup; call?: ProviderCall; nowMs?: number },
): Promise<Applied> {
  return bank.store.transaction((tx) =>
    applyOutcome(bank.desk, tx, {
      attempt,
      outcome,
      answer: { call, httpStatus: 200, body: new TextEncoder().encode(JSON.stringify(outcome)) },
      nowMs,
    }),
  );
}

/** What is on the member's book, on its way out, in clearing, and has gone out through the provider; whole rupiah. */
export async function moneyOf({ store, accounts, desk }: SampleBank) {
  const [savings, clearing, float] = await Promise.all([
    findAccount(store.db, accounts.member1),
    findAccount(store.db, `payout_clearing/IDR/${accounts.wasteBank}`),
    findAccount(store.db, `provider_float/IDR/${accounts.wasteBank}//${desk.provider}`),
  ]);
  return {
    savings: (savings?.creditsPosted ?? 0) - (savings?.debitsPosted ?? 0),
    held: savings?.debitsPending ?? 0,
    clearing: (clearing?.creditsPosted ?? 0) - (clearing?.debitsPosted ?? 0),
    out: (float?.creditsPosted ?? 0) - (float?.debitsPosted ?? 0),
  };
}

/** State of payout and attempt, with what waits to be done about the attempt. */
export async function standing({ store }: SampleBank, attempt: string) {
  const row = await store.db
    .selectFrom("payout_attempts")
    .select(["payout_id", "state"])
    .where("id", "=", attempt)
    .executeTakeFirstOrThrow();
  const payout = await findPayout(store.db, row.payout_id);
  const jobs = await store.db
    .selectFrom("payout_jobs")
    .select("kind")
    .where("subject", "=", attempt)
    .execute();
  return {
    attempt: row.state,
    payout: payout?.state,
    review: payout?.review ?? null,
    jobs: jobs.map(({ kind }) => kind),
  };
}
