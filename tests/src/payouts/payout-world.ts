/** A waste bank whose payouts go to a simulated provider: people, savings, destinations, and both sides' books. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { ProviderSim } from "@jumpa-madu/provider-sim/provider-sim";
import type { PayoutDesk } from "@jumpa-madu/store/attempts";
import { addDestination, COOL_DOWN_MS, confirmDestination } from "@jumpa-madu/store/destinations";
import { postJournal } from "@jumpa-madu/store/post-journal";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { insertUser } from "@jumpa-madu/store/users";
import type { Vault } from "@jumpa-madu/store/vault";
import { give, type SampleAccounts, sampleAccounts } from "../../../store/src/ledger/sample-accounts.ts";
import { approvePayout } from "../../../store/src/payouts/approve-payout.ts";
import { requestPayout } from "../../../store/src/payouts/request-payout.ts";

/** On the member's book at first, whole rupiah. */
export const SAVINGS_IDR = 10_000_000;

/** How the simulator calls a provider. */
export const SIM_NAMES = { "xendit-v2": "xendit", "flip-v3": "flip" } as const;

export interface PayoutWorld {
  store: RelationalStore;
  vault: Vault;
  desk: PayoutDesk & { provider: PayoutProviderId };
  accounts: SampleAccounts;
  member: string;
  /** Actors: whoever asks, and two who approve and decide. */
  officer: string;
  staff: string;
  chief: string;
}

/** Makes the waste bank. */
export async function makeWorld(
  store: RelationalStore,
  { vault, provider }: { vault: Vault; provider: PayoutProviderId },
): Promise<PayoutWorld> {
  const accounts = await sampleAccounts(store);
  await postJournal(store, give(accounts, "member1", SAVINGS_IDR));
  const [officer = "", staff = "", chief = ""] = await Promise.all(
    (["operator", "staff", "admin"] as const).map(async (role) => {
      const wasteBank = role === "operator" ? accounts.wasteBank : null;
      const user = { username: newEventId(), passwordHash: "none", role, wasteBank, member: null };
      return `user:${(await insertUser(store.db, user, Date.now())).id}`;
    }),
  );
  const desk = { vault, provider };
  return {
    store,
    vault,
    desk,
    accounts,
    member: accounts.member1.split("/")[3] ?? "",
    officer,
    staff,
    chief,
  };
}

/** A payout to an account of BCA that was asked for and approved; answers its id. */
export async function approvedPayout(
  { store, vault, desk, accounts, member, officer, staff }: PayoutWorld,
  { accountNumber, amountIdr, nowMs }: { accountNumber: string; amountIdr: number; nowMs: number },
): Promise<string> {
  const [id, destination] = [newEventId(nowMs), newEventId(nowMs)];
  await store.transaction(async (tx) => {
    const added = await addDestination(vault, tx, {
      id: destination,
      member,
      channel: "bca",
      accountNumber,
      accountName: "Nasabah Satu",
      createdBy: officer,
      isInquired: false,
      nowMs: nowMs - COOL_DOWN_MS,
    });
    if (added.kind === "refused") throw new Error(added.reason);
    // Nobody has asked the bank for the holder, so that a person answers for it.
    const confirmation = { id: destination, actor: staff, reason: "the member was asked", nowMs };
    const confirmed = await confirmDestination(tx, confirmation);
    if (confirmed.kind === "refused") throw new Error(confirmed.reason);
    const asked = await requestPayout({ provider: desk.provider }, tx, {
      id,
      member,
      wasteBank: accounts.wasteBank,
      product: "regular",
      amountIdr,
      channel: "bca",
      destination,
      closes: false,
      requestedBy: officer,
      nowMs,
    });
    if (asked.kind === "refused") throw new Error(asked.reason);
    const approval = await approvePayout(desk, tx, { payout: id, approver: staff, nowMs });
    if (approval.kind !== "approved") throw new Error(JSON.stringify(approval));
  });
  return id;
}

type SimPayout = ReturnType<ProviderSim["book"]>["xendit"]["payouts"][number];

/** What the simulator's book and ours say of every payout. */
export async function bothBooks(world: PayoutWorld, sim: Pick<ProviderSim, "book">) {
  const { store, accounts, desk } = world;
  const book = sim.book()[SIM_NAMES[desk.provider]];
  const attempts = await store.db
    .selectFrom("payout_attempts")
    .innerJoin("payouts", "payouts.id", "payout_attempts.payout_id")
    .select([
      "payout_attempts.id",
      "payout_attempts.payout_id",
      "payout_attempts.idempotency_key",
      "payout_attempts.state",
      "payout_attempts.sends",
      "payout_attempts.provider_fee_idr",
    ])
    .where("payouts.member_id", "=", world.member)
    .execute();
  const payouts = await store.db
    .selectFrom("payouts")
    .select(["id", "state", "review", "review_attempt_id", "amount_idr"])
    .where("member_id", "=", world.member)
    .execute();
  const theirs = (attempt: { id: string; idempotency_key: string }): SimPayout[] =>
    book.payouts.filter(({ reference }) => reference === attempt.id || reference === attempt.idempotency_key);
  const rows = await store.db
    .selectFrom("accounts")
    .select(["id", "debits_posted", "credits_posted", "debits_pending", "credits_pending"])
    .where("waste_bank_id", "=", accounts.wasteBank)
    .where("ledger", "=", "IDR")
    .execute();
  const account = (id: string) => rows.find((row) => row.id === id);
  const savings = account(accounts.member1);
  const float = rows.find(({ id }) => id.startsWith("provider_float/"));
  return {
    payouts: payouts.map((payout) => ({
      ...payout,
      attempts: attempts
        .filter(({ payout_id }) => payout_id === payout.id)
        .map((attempt) => ({ ...attempt, theirs: theirs(attempt) })),
    })),
    savingsIdr: (savings?.credits_posted ?? 0) - (savings?.debits_posted ?? 0),
    heldIdr: savings?.debits_pending ?? 0,
    /** What has left through the provider, by our books and by its own. */
    outIdr: (float?.credits_posted ?? 0) - (float?.debits_posted ?? 0),
    theirOutIdr: book.toppedUpIdr - book.balanceIdr,
    theirHeldIdr: book.heldIdr,
    strangers: book.payouts.filter((one) => !attempts.some((attempt) => theirs(attempt).includes(one)))
      .length,
  };
}
