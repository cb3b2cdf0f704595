/**
 * Erasing a member: the person is forgotten, the books stay.
 *
 * Everything readable is removed from the books in one transaction; then the key is destroyed, which also ends what older
 * copies and backups of the books hold. A crash in between leaves a row in `erasures` without the time of the second step, and
 * `resumeErasures` takes it.
 */
import { recordDeed } from "../proof/audit.ts";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import type { Vault } from "../vault/vault.ts";
import { closeLocked, type MemberEnding } from "./member-closing.ts";
import type { MemberOutcome } from "./member-registration.ts";
import { lockMember, unknownMember } from "./members.ts";
import { removePersonalData } from "./personal-data.ts";

/** Erasures that are finished before the store is asked for more. */
const ERASURES_READ = 100;

/** Erases a member, who is closed before when that was not done. Asked again, it finishes what is unfinished. */
export async function eraseMember(
  { store, vault }: { store: RelationalStore; vault: Vault },
  ending: MemberEnding,
): Promise<MemberOutcome> {
  const outcome = await store.transaction((tx) => eraseFromBooks(tx, ending));
  if (outcome.kind === "done") await destroyKey({ store, vault }, ending.member, ending.nowMs);
  return outcome;
}

/** Destroys the keys of members who were erased from the books when a crash came between; answers how many. */
export async function resumeErasures(
  rooms: { store: RelationalStore; vault: Vault },
  nowMs: number,
): Promise<number> {
  for (let finished = 0; ; ) {
    const rows = await rooms.store.db
      .selectFrom("erasures")
      .select("member_id")
      .where("key_destroyed_ms", "is", null)
      .orderBy("member_id")
      .limit(ERASURES_READ)
      .execute();
    if (rows.length === 0) return finished;
    for (const { member_id } of rows) await destroyKey(rooms, member_id, nowMs);
    finished += rows.length;
  }
}

/** The first step: what is in the books. Exported so that a test can end between the two. */
export async function eraseFromBooks(tx: Tx, ending: MemberEnding): Promise<MemberOutcome> {
  const { member: id, actor, reason, nowMs } = ending;
  const found = await lockMember(tx, id);
  if (found === null) return unknownMember();
  if (found.erasedMs !== null) return { kind: "done", member: found };
  if (found.closedMs === null) {
    const closed = await closeLocked(tx, found, ending);
    if (closed.kind === "refused") return closed;
  }
  const closedMs = found.closedMs ?? nowMs;
  await removePersonalData(tx, id);
  await tx.deleteFrom("member_pins").where("member_id", "=", id).execute();
  await tx.updateTable("members").set({ card: null, erased_ms: nowMs }).where("id", "=", id).execute();
  await forgetDestinations(tx, id, { actor, nowMs });
  // Answers that are kept for a day, to whomever they went: they may show digits of an account.
  await tx.deleteFrom("idempotent_answers").where("body", "like", `%${id}%`).execute();
  await disableUsers(tx, id, nowMs);
  await tx
    .insertInto("erasures")
    .values({ member_id: id, erased_ms: nowMs, key_destroyed_ms: null })
    .execute();
  await recordDeed(tx, { actor, action: "member.erased", subject: `member:${id}`, reason, atMs: nowMs });
  return { kind: "done", member: { ...found, card: null, closedMs, erasedMs: nowMs } };
}

/** The second step: the key. */
async function destroyKey(
  { store, vault }: { store: RelationalStore; vault: Vault },
  member: string,
  nowMs: number,
): Promise<void> {
  await vault.destroyKeyOf(member);
  await store.db
    .updateTable("erasures")
    .set({ key_destroyed_ms: nowMs })
    .where("member_id", "=", member)
    .where("key_destroyed_ms", "is", null)
    .execute();
}

/** Destinations go out of use, and what is left of their numbers is emptied: a keyed hash is found by trying, with the key. */
async function forgetDestinations(
  tx: Tx,
  member: string,
  { actor, nowMs }: { actor: string; nowMs: number },
): Promise<void> {
  const emptied = await tx
    .updateTable("destinations")
    .set((expression) => ({
      retired_ms: expression.fn.coalesce("retired_ms", expression.val(nowMs)),
      body_hash: "",
      hint: "",
      fingerprint: "",
    }))
    .where("member_id", "=", member)
    .returning("id")
    .execute();
  for (const { id } of emptied)
    await recordDeed(tx, { actor, action: "destination.emptied", subject: `destination:${id}`, atMs: nowMs });
}

/**
 * Users of the member sign in no more, and lose their user names, which often are a person's name. Who works in the office goes on
 * to, and is a member no more.
 */
async function disableUsers(tx: Tx, member: string, nowMs: number): Promise<void> {
  await tx
    .updateTable("users")
    .set({ member_id: null })
    .where("member_id", "=", member)
    .where("role", "<>", "member")
    .execute();
  const users = await tx.selectFrom("users").select("id").where("member_id", "=", member).execute();
  for (const { id } of users) {
    await tx
      .updateTable("users")
      .set({ username: `erased-${id}`, disabled_ms: nowMs })
      .where("id", "=", id)
      .execute();
    await tx.deleteFrom("sessions").where("user_id", "=", id).execute();
    await tx.deleteFrom("idempotent_answers").where("user_id", "=", id).execute();
  }
}
