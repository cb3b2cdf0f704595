/** Numbers of members: drawn by the waste bank where a member registers. */
import { sql } from "kysely";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";

/** Digits of a drawn number at least. */
const NUMBER_DIGITS_MIN = 4;

/** Highest numbers that are looked at for the next one: those that are not drawn may stand among them. */
const NUMBERS_LOOKED_AT = 50;

/** What the numbers begin with that are drawn for a waste bank. */
export function numberPrefixOf(wasteBank: string): string {
  return `${wasteBank.toUpperCase()}-`;
}

/** Waste bank whose drawn numbers begin as this number does; the longest name when several fit, null when none does. */
export async function wasteBankOfNumber(tx: Tx, number: string): Promise<string | null> {
  // A name has no character that LIKE takes for a pattern.
  const row = await tx
    .selectFrom("waste_banks")
    .select("id")
    .where(sql<boolean>`cast(${number} as text) like upper(id) || '-%'`)
    .orderBy(sql`length(id)`, "desc")
    .limit(1)
    .executeTakeFirst();
  return row?.id ?? null;
}

/** Next free number of a waste bank: its name in capitals, a hyphen and a count. */
export async function drawNumber(tx: Tx, wasteBank: string): Promise<string> {
  // Two that draw at once would draw the same number; on PostgreSQL the second waits here, on SQLite it has waited already.
  const lock = tx.selectFrom("waste_banks").select("id").where("id", "=", wasteBank);
  await (engineOf(tx) === "postgres" ? lock.forUpdate() : lock).execute();
  const prefix = numberPrefixOf(wasteBank);
  const rows = await tx
    .selectFrom("members")
    .select("number")
    .where("number", "like", `${prefix}%`)
    .orderBy(sql`length(number)`, "desc")
    .orderBy("number", "desc")
    .limit(NUMBERS_LOOKED_AT)
    .execute();
  // Numbers that people chose, and those of a waste bank whose name begins alike, may stand among the drawn ones.
  const counts = rows
    .map(({ number }) => number.slice(prefix.length))
    .filter((rest) => /^[0-9]{1,9}$/.test(rest));
  const count = 1 + Math.max(0, ...counts.map(Number));
  return `${prefix}${String(count).padStart(NUMBER_DIGITS_MIN, "0")}`;
}
