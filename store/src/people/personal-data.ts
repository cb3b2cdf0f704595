/** What is known of members as persons: sealed by the vault, and found again by keyed hashes alone. */
import type { Db, Tx } from "../relational/relational-store.ts";
import type { Vault } from "../vault/vault.ts";
import { beginningsOf, searchedWords } from "./name-words.ts";
import { canonicalPhone } from "./phone-number.ts";

/** Who a member is. */
export interface PersonalData {
  /** Name of the person, or of the group or body. */
  name: string;
  phone: string | null;
  address: string | null;
  /** Whom to ask for at a group or body. */
  contact: string | null;
  /** Last four digits of the national identity number; the number itself is not kept. */
  nikLast4: string | null;
}

/** What the content is sealed for. */
const USE = "personal";

/** Hexadecimal digits of a token: 128 bits, so that no two texts share one. */
const TOKEN_LENGTH = 32;

/** Most members whose data one statement asks for; the rest is asked for after it. */
const MEMBERS_ASKED_MAX = 200;

/** Seals what is known of a member, in place of what was known before. */
export async function keepPersonalData(
  vault: Vault,
  tx: Tx,
  { member, data, nowMs }: { member: string; data: PersonalData; nowMs: number },
): Promise<void> {
  const sealed = await vault.sealFor(member, USE, new TextEncoder().encode(JSON.stringify(data)));
  await tx
    .insertInto("member_personal_data")
    .values({ member_id: member, sealed, updated_ms: nowMs })
    .onConflict((conflict) => conflict.column("member_id").doUpdateSet({ sealed, updated_ms: nowMs }))
    .execute();
  await tx.deleteFrom("member_search").where("member_id", "=", member).execute();
  const tokens = [...nameTokens(vault, beginningsOf(data.name)), ...phoneTokens(vault, data.phone)];
  if (tokens.length > 0) {
    await tx
      .insertInto("member_search")
      .values(tokens.map((token) => ({ token, member_id: member })))
      .execute();
  }
}

/** Removes what is known of a member and what the member is found by; the number and the books stay. */
export async function removePersonalData(tx: Tx, member: string): Promise<void> {
  await tx.deleteFrom("member_personal_data").where("member_id", "=", member).execute();
  await tx.deleteFrom("member_search").where("member_id", "=", member).execute();
  await tx.deleteFrom("member_niks").where("member_id", "=", member).execute();
}

/** What is known of each of these members; who is not in the answer is known by the number alone. */
export async function personalDataOf(
  vault: Vault,
  db: Db,
  members: readonly string[],
): Promise<Map<string, PersonalData>> {
  const known = new Map<string, PersonalData>();
  for (let from = 0; from < members.length; from += MEMBERS_ASKED_MAX) {
    const rows = await db
      .selectFrom("member_personal_data")
      .select(["member_id as member", "sealed"])
      .where("member_id", "in", members.slice(from, from + MEMBERS_ASKED_MAX))
      .execute();
    const opened = await vault.openMany(rows.map((row) => ({ ...row, use: USE })));
    for (const [index, plain] of opened.entries()) {
      const member = rows[index]?.member;
      // Null: the member is being erased at this moment.
      if (member !== undefined && plain !== null)
        known.set(member, JSON.parse(new TextDecoder().decode(plain)));
    }
  }
  return known;
}

/** Names of members; who has none is shown by the number. */
export async function namesOf(
  vault: Vault,
  db: Db,
  members: readonly string[],
): Promise<Map<string, string>> {
  const known = await personalDataOf(vault, db, members);
  return new Map([...known].map(([member, { name }]) => [member, name]));
}

/** Name of a member; null when there is none, and the member is shown by the number. */
export async function nameOf(vault: Vault, db: Db, member: string): Promise<string | null> {
  return (await namesOf(vault, db, [member])).get(member) ?? null;
}

/** Tokens that a member has who is found by each word of the text; none when no word of it is long enough. */
export function nameTokensOf(vault: Vault, text: string): string[] {
  return nameTokens(vault, searchedWords(text));
}

/** Token of a member with this phone number in any spelling; null when the text is no phone number. */
export function phoneTokenOf(vault: Vault, text: string): string | null {
  return phoneTokens(vault, text)[0] ?? null;
}

function nameTokens(vault: Vault, words: string[]): string[] {
  return words.map((word) => vault.blindIndex("member.name", word).slice(0, TOKEN_LENGTH));
}

function phoneTokens(vault: Vault, phone: string | null): string[] {
  const number = phone === null ? null : canonicalPhone(phone);
  return number === null ? [] : [vault.blindIndex("member.phone", number).slice(0, TOKEN_LENGTH)];
}
