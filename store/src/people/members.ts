/** Members: those who bring waste and save. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { type Selectable, sql } from "kysely";
import type { Db, RelationalStore, Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** A member. `number` is unique over all waste banks; `wasteBank` is where the member was registered. */
export interface Member {
  id: string;
  number: string;
  name: string;
  phone: string | null;
  /** What a reader reads from the card; unique over all waste banks. */
  card: string | null;
  wasteBank: string;
  createdMs: number;
}

/** A member to be kept; a number is drawn when it is null. */
export interface NewMember {
  number: string | null;
  name: string;
  phone: string | null;
  card: string | null;
  wasteBank: string;
}

/** Digits of a drawn number at least. */
const NUMBER_DIGITS_MIN = 4;

/** Registers a member. Throws the database's refusal when the number is taken or the waste bank unknown. */
export async function insertMember(
  engine: RelationalStore["engine"],
  tx: Tx,
  { member, nowMs }: { member: NewMember; nowMs: number },
): Promise<Member> {
  const number = member.number ?? (await drawNumber(engine, tx, member.wasteBank));
  const kept: Member = { ...member, number, id: newEventId(nowMs), createdMs: nowMs };
  await tx
    .insertInto("members")
    .values({
      id: kept.id,
      number: kept.number,
      name: kept.name,
      phone: kept.phone,
      card: kept.card,
      waste_bank_id: kept.wasteBank,
      created_ms: nowMs,
    })
    .execute();
  return kept;
}

/** Gives a member a card, or takes it away. False when there is no such member; throws the database's refusal when it is another's. */
export async function replaceCard(tx: Tx, id: string, card: string | null): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable("members")
    .set({ card })
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
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

/** What the numbers begin with that are drawn for a waste bank. */
export function numberPrefixOf(wasteBank: string): string {
  return `${wasteBank.toUpperCase()}-`;
}

/** Next free number of a waste bank: its name in capitals, a hyphen and a count. */
async function drawNumber(engine: RelationalStore["engine"], tx: Tx, wasteBank: string): Promise<string> {
  // Two that draw at once would draw the same number; on PostgreSQL the second waits here, on SQLite it has waited already.
  const lock = tx.selectFrom("waste_banks").select("id").where("id", "=", wasteBank);
  await (engine === "postgres" ? lock.forUpdate() : lock).execute();
  const prefix = numberPrefixOf(wasteBank);
  const rows = await tx
    .selectFrom("members")
    .select("number")
    .where("number", "like", `${prefix}%`)
    .orderBy(sql`length(number)`, "desc")
    .orderBy("number", "desc")
    .limit(50)
    .execute();
  // Numbers that people chose, and those of a waste bank whose name begins alike, may stand among the drawn ones.
  const counts = rows
    .map(({ number }) => number.slice(prefix.length))
    .filter((rest) => /^[0-9]{1,9}$/.test(rest));
  const count = 1 + Math.max(0, ...counts.map(Number));
  return `${prefix}${String(count).padStart(NUMBER_DIGITS_MIN, "0")}`;
}

/** The member of this id; null when there is none. */
export async function findMember(db: Db, id: string): Promise<Member | null> {
  const row = await db.selectFrom("members").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? null : toMember(row);
}

/** Members by number, narrowed to a waste bank, and to those whose number or name begins with a text. */
export async function listMembers(
  db: Db,
  filter: { wasteBank: string | null; beginsWith: string | null },
  { limit, after }: PageRequest,
): Promise<Page<Member>> {
  let query = db
    .selectFrom("members")
    .selectAll()
    .orderBy("number")
    .limit(limit + 1);
  if (filter.wasteBank !== null) query = query.where("waste_bank_id", "=", filter.wasteBank);
  if (filter.beginsWith !== null) {
    const pattern = `${filter.beginsWith.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
    query = query.where(
      sql<boolean>`(lower(number) like ${pattern} escape '\\' or lower(name) like ${pattern} escape '\\')`,
    );
  }
  if (after !== null) query = query.where("number", ">", after);
  return pageOf((await query.execute()).map(toMember), limit, ({ number }) => number);
}

function toMember(row: Selectable<Tables["members"]>): Member {
  return {
    id: row.id,
    number: row.number,
    name: row.name,
    phone: row.phone,
    card: row.card,
    wasteBank: row.waste_bank_id,
    createdMs: row.created_ms,
  };
}
