/**
 * Inbox: what providers tell us unasked. It is kept before it is answered, worked through by a job, and never believed: the job
 * asks the provider itself. What fits nothing is parked with its reason, for a person.
 *
 * A body may show a name and an account. It lies under the key of the whole system only until it is known whom it is about.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import type { Selectable } from "kysely";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import type { Vault } from "../vault/vault.ts";
import { VaultError } from "../vault/vault-error.ts";
import { openJob } from "./jobs.ts";
import { type Refused, refused } from "./refused.ts";
import { raiseParkedAlarm } from "./reviews.ts";

/** A message. `dedupe`: keyed hash of what the provider's repeats of it have in common, which may be a hash of all of it. */
export interface InboxMessage {
  id: string;
  provider: PayoutProviderId;
  dedupe: string;
  receivedMs: number;
  /** The attempt that it is about, once that is known. */
  attempt: string | null;
  state: "new" | "done" | "parked";
  reason: string | null;
  /** Who has looked into it when it was parked, and what was found; null while nobody has. */
  handled: { by: string; note: string; atMs: number } | null;
}

/** Use under which the body of a message is sealed. */
export function inboxUse(id: string): string {
  return `inbox:${id}`;
}

/** Keeps a message with the job to work through it; `seen` when it was kept before. */
export async function keepWebhook(
  vault: Vault,
  tx: Tx,
  {
    provider,
    dedupe,
    body,
    nowMs,
  }: { provider: PayoutProviderId; dedupe: string; body: Uint8Array; nowMs: number },
): Promise<"new" | "seen"> {
  const id = newEventId(nowMs);
  // A body of known parts is found by its plain hash.
  const dedupeIndex = vault.blindIndex("webhook", dedupe);
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto("webhook_inbox")
    .values({
      id,
      provider,
      dedupe: dedupeIndex,
      sealed_body: await vault.sealCommon(inboxUse(id), body),
      received_ms: nowMs,
      member_id: null,
      attempt_id: null,
      state: "new",
      reason: null,
      settled_ms: null,
      handled_by: null,
      handled_note: null,
      handled_ms: null,
    })
    .onConflict((conflict) => conflict.columns(["provider", "dedupe"]).doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows !== 1n) return "seen";
  await openJob(tx, { kind: "inbox", subject: id, dueMs: nowMs, nowMs });
  return "new";
}

/** A message with its body as it came, or null when whom it is about was erased; null when there is none. */
export async function openWebhook(
  vault: Vault,
  db: Db,
  id: string,
): Promise<(InboxMessage & { body: Uint8Array | null }) | null> {
  const row = await db.selectFrom("webhook_inbox").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  const body =
    row.member_id === null
      ? await vault.openCommon(inboxUse(id), row.sealed_body)
      : await vault.openFor(row.member_id, inboxUse(id), row.sealed_body);
  return { ...toMessage(row), body };
}

/** Whom a message is about. Without attempt: a destination of the member. */
export interface WebhookSubject {
  /** Of the message. */
  id: string;
  member: string;
  attempt: string | null;
  body: Uint8Array;
}

/** Seals a message under the key of whom it is about, with which it dies. Does nothing the second time. */
export async function sealWebhookFor(
  vault: Vault,
  tx: Tx,
  { id, member, attempt, body }: WebhookSubject,
): Promise<void> {
  await tx
    .updateTable("webhook_inbox")
    .set({
      sealed_body: await sealedFor(vault, { id, member, body }),
      member_id: member,
      attempt_id: attempt,
    })
    .where("id", "=", id)
    .where("member_id", "is", null)
    .execute();
}

async function sealedFor(
  vault: Vault,
  { id, member, body }: Omit<WebhookSubject, "attempt">,
): Promise<Uint8Array> {
  try {
    return await vault.sealFor(member, inboxUse(id), body);
  } catch (error) {
    // Nothing of a person who was erased is kept.
    if (error instanceof VaultError && error.code === "destroyed") return new Uint8Array();
    throw error;
  }
}

/** Ends a message that was worked through. The job is the worker's to end. */
export async function settleWebhook(tx: Tx, id: string, nowMs: number): Promise<void> {
  await tx
    .updateTable("webhook_inbox")
    .set({ state: "done", reason: null, settled_ms: nowMs })
    .where("id", "=", id)
    .where("state", "=", "new")
    .execute();
}

/** Puts a message aside that fits nothing, for a person, and raises the alarm. The job is the worker's to end. */
export async function parkWebhook(
  tx: Tx,
  id: string,
  { reason, nowMs }: { reason: string; nowMs: number },
): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable("webhook_inbox")
    .set({ state: "parked", reason, settled_ms: nowMs })
    .where("id", "=", id)
    .where("state", "=", "new")
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 1n) await raiseParkedAlarm(tx, nowMs);
}

/** What a person has found out about a message that was parked. */
export interface Handling {
  message: string;
  note: string;
  actor: string;
  nowMs: number;
}

/** Notes that a person has looked into a parked message, and what was found; no money moves. Answers the message. */
export async function handleParked(
  tx: Tx,
  { message: id, note, actor, nowMs }: Handling,
): Promise<{ kind: "handled" | "repeated"; message: InboxMessage } | Refused> {
  const row = await tx
    .selectFrom("webhook_inbox")
    .selectAll()
    .where("id", "=", id)
    .where("state", "=", "parked")
    .$if(engineOf(tx) === "postgres", (query) => query.forNoKeyUpdate())
    .executeTakeFirst();
  if (row === undefined) return refused("unknown", "there is no such message that was put aside");
  if (row.handled_by !== null) {
    return row.handled_by === actor && row.handled_note === note
      ? { kind: "repeated", message: toMessage(row) }
      : refused("conflict", "somebody has settled this message already; the list shows who, with all=true");
  }
  const handled = { handled_by: actor, handled_note: note, handled_ms: nowMs };
  await tx.updateTable("webhook_inbox").set(handled).where("id", "=", id).execute();
  await recordDeed(tx, {
    actor,
    action: "payout_message.settled",
    subject: `payout_message:${id}`,
    reason: note,
    atMs: nowMs,
  });
  return { kind: "handled", message: toMessage({ ...row, ...handled }) };
}

/** Bodies of these messages as they came, by id; null for those of members who were erased. */
export async function bodiesOf(vault: Vault, db: Db, ids: string[]): Promise<Map<string, Uint8Array | null>> {
  const bodies = new Map<string, Uint8Array | null>();
  for (const id of ids) bodies.set(id, (await openWebhook(vault, db, id))?.body ?? null);
  return bodies;
}

/** Messages that were parked, the newest first; `isOpen`: those alone that nobody has settled. */
export async function listParked(
  db: Db,
  { isOpen }: { isOpen: boolean },
  { limit, after }: PageRequest,
): Promise<Page<InboxMessage>> {
  let query = db
    .selectFrom("webhook_inbox")
    .selectAll()
    .where("state", "=", "parked")
    .$if(isOpen, (parked) => parked.where("handled_by", "is", null))
    .orderBy("received_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (after !== null) query = query.where(isBefore(["received_ms", "id"], after));
  return pageOf((await query.execute()).map(toMessage), limit, ({ receivedMs, id }) =>
    momentCursor(receivedMs, id),
  );
}

function toMessage(row: Selectable<Tables["webhook_inbox"]>): InboxMessage {
  return {
    id: row.id,
    provider: row.provider,
    dedupe: row.dedupe,
    receivedMs: row.received_ms,
    attempt: row.attempt_id,
    state: row.state,
    reason: row.reason,
    handled:
      row.handled_by === null
        ? null
        : { by: row.handled_by, note: row.handled_note ?? "", atMs: row.handled_ms ?? 0 },
  };
}
