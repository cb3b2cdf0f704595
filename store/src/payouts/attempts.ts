/** Attempts: orders to a provider. Bytes and key are fixed before the first of them leaves the house. */
import { createHash } from "node:crypto";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { encodePayout, faultOfInstruction } from "@jumpa-madu/contracts/payout/encode";
import type { PayoutInstruction, PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { Updateable } from "kysely";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import type { Vault } from "../vault/vault.ts";
import { openDestination } from "./destinations.ts";
import { openJob } from "./jobs.ts";
import type { Payout } from "./payout.ts";
import type { AttemptState } from "./payout-states.ts";
import { type Refused, refused } from "./refused.ts";

/** Attempts that one payout makes by itself. A person may take a failed payout up again, which makes another payout. */
export const ATTEMPTS_MAX = 3;

/** What payouts are decided and followed with. */
export interface PayoutDesk {
  vault: Vault;
  /** Null: cash alone. */
  provider: PayoutProviderId | null;
}

/** One order to a provider. */
export interface PayoutAttempt {
  /** Also the reference that the provider knows. */
  id: string;
  payout: string;
  member: string;
  n: number;
  provider: PayoutProviderId;
  /** Key that every sending of this attempt carries. */
  idempotencyKey: string;
  state: AttemptState;
  wasUnknown: boolean;
  providerId: string | null;
  providerStatus: string | null;
  failure: string | null;
  /** Times that sending was begun. */
  sends: number;
  firstSentMs: number | null;
  lastSentMs: number | null;
  resendUntilMs: number | null;
  createdMs: number;
  endedMs: number | null;
}

/** Makes an attempt with its bytes, its key, and the job to send it after a while. A refusal changes nothing. */
export async function makeAttempt(
  { vault, provider }: Pick<PayoutDesk, "vault" | "provider">,
  tx: Tx,
  { payout, n, nowMs, afterMs = 0 }: { payout: Payout; n: number; nowMs: number; afterMs?: number },
): Promise<Refused | null> {
  if (provider === null) {
    return refused(
      "no_provider",
      "this system pays cash alone: no payment provider is configured (PAYOUT_PROVIDER); reject the payout or configure one",
    );
  }
  const account = await openDestination(vault, tx, payout.destination ?? "");
  if (account === null)
    return refused("destination_unusable", "the member was erased; the destination can no longer be read");
  const id = newEventId(nowMs);
  const instruction: PayoutInstruction = {
    reference: id,
    amountIdr: payout.amountIdr,
    channel: payout.channel,
    ...account,
    description: `Jumpa Madu ${payout.id.slice(-6)}`,
  };
  const fault = faultOfInstruction(provider, instruction);
  if (fault !== null) return refused("channel_unfit", fault);
  const bytes = encodePayout(provider, instruction);
  const sealed = await vault.sealFor(payout.member, `attempt:${id}`, bytes);
  await tx
    .insertInto("payout_attempts")
    .values({
      id,
      payout_id: payout.id,
      n,
      provider,
      idempotency_key: `${payout.id}:${n}`,
      sealed_bytes: sealed,
      sealed_sha256: sha256Of(sealed),
      state: "queued",
      was_unknown: 0,
      provider_id: null,
      provider_status: null,
      failure: null,
      provider_fee_idr: null,
      sends: 0,
      first_sent_ms: null,
      last_sent_ms: null,
      resend_until_ms: null,
      created_ms: nowMs,
      ended_ms: null,
    })
    .execute();
  await openJob(tx, { kind: "submit", subject: id, dueMs: nowMs + afterMs, nowMs });
  return null;
}

/** The attempt of this id; null when there is none. */
export async function findAttempt(db: Db, id: string): Promise<PayoutAttempt | null> {
  const row = await attemptQuery(db).where("payout_attempts.id", "=", id).executeTakeFirst();
  return row === undefined ? null : toAttempt(row);
}

/** The attempt that a provider knows by its own id; null when there is none. */
export async function findAttemptByProviderId(
  db: Db,
  { provider, providerId }: { provider: PayoutProviderId; providerId: string },
): Promise<PayoutAttempt | null> {
  const row = await attemptQuery(db)
    .where("provider", "=", provider)
    .where("provider_id", "=", providerId)
    .executeTakeFirst();
  return row === undefined ? null : toAttempt(row);
}

/** Attempts of a payout, the first one first. */
export async function attemptsOf(db: Db, payout: string): Promise<PayoutAttempt[]> {
  const rows = await attemptQuery(db).where("payout_id", "=", payout).orderBy("n").execute();
  return rows.map(toAttempt);
}

/** As `findAttempt`, and makes others who would change it wait until the transaction ends. Lock its payout first. */
export async function lockAttempt(tx: Tx, id: string): Promise<PayoutAttempt> {
  await tx
    .selectFrom("payout_attempts")
    .select("id")
    .where("id", "=", id)
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirstOrThrow();
  return toAttempt(await attemptQuery(tx).where("payout_attempts.id", "=", id).executeTakeFirstOrThrow());
}

/** The very bytes that were fixed when the attempt was made. Throws when the vault no longer opens them. */
export async function bytesOf(vault: Vault, db: Db, attempt: PayoutAttempt): Promise<Uint8Array> {
  const { sealed_bytes, sealed_sha256 } = await db
    .selectFrom("payout_attempts")
    .select(["sealed_bytes", "sealed_sha256"])
    .where("id", "=", attempt.id)
    .executeTakeFirstOrThrow();
  if (sha256Of(sealed_bytes) !== sealed_sha256)
    throw new Error(`the bytes of attempt ${attempt.id} are not those that were fixed`);
  const bytes = await vault.openFor(attempt.member, `attempt:${attempt.id}`, sealed_bytes);
  if (bytes === null) throw new Error(`the bytes of attempt ${attempt.id} went with the member's key`);
  return bytes;
}

function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Changes columns of an attempt. */
export async function changeAttempt(
  tx: Tx,
  id: string,
  change: Updateable<Tables["payout_attempts"]>,
): Promise<void> {
  await tx.updateTable("payout_attempts").set(change).where("id", "=", id).execute();
}

function attemptQuery(db: Db) {
  return db
    .selectFrom("payout_attempts")
    .innerJoin("payouts", "payouts.id", "payout_attempts.payout_id")
    .select([
      "payout_attempts.id",
      "payout_attempts.payout_id as payout",
      "payouts.member_id as member",
      "payout_attempts.n",
      "payout_attempts.provider",
      "payout_attempts.idempotency_key as idempotencyKey",
      "payout_attempts.state",
      "payout_attempts.was_unknown",
      "payout_attempts.provider_id as providerId",
      "payout_attempts.provider_status as providerStatus",
      "payout_attempts.failure",
      "payout_attempts.sends",
      "payout_attempts.first_sent_ms as firstSentMs",
      "payout_attempts.last_sent_ms as lastSentMs",
      "payout_attempts.resend_until_ms as resendUntilMs",
      "payout_attempts.created_ms as createdMs",
      "payout_attempts.ended_ms as endedMs",
    ]);
}

type AttemptRow = Awaited<ReturnType<ReturnType<typeof attemptQuery>["executeTakeFirstOrThrow"]>>;

function toAttempt({ was_unknown, ...row }: AttemptRow): PayoutAttempt {
  return { ...row, wasUnknown: was_unknown === 1 };
}
