/** Where an import goes: the waste bank, the kinds of waste with their prices, and the members, made when they are missing. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { memberToAct } from "../people/members.ts";
import type { Tx } from "../relational/relational-store.ts";
import { priceInForce } from "../trade/price-in-force.ts";
import { insertPrice } from "../trade/prices.ts";

/** Lubuk Pakam, the regency's seat: where a waste bank stands until somebody says better. */
const SEAT = { lat: 3.5586, lon: 98.876 };

/** A kind of waste as an older list has it. `priceIdrPerKg` null: the list does not know it. */
export interface ImportedMaterial {
  id: string;
  name: string;
  category: string;
  condition: string;
  sipsnClass: "SM" | "KR" | "KK" | "PL" | "LG" | "KT" | "KL" | "KC" | "LN" | null;
  priceIdrPerKg: number | null;
}

/** Which waste bank is imported. `mayMake`: whether one of this id is made, always or where there is no other yet. */
export interface ImportPlace {
  id: string;
  mayMake: "always" | "first" | "never";
}

/** Finds the waste bank, or makes it where that is meant: a slip of the pen would open books that nobody keeps. */
export async function openWasteBank(
  tx: Tx,
  { id, mayMake }: ImportPlace,
  nowMs: number,
): Promise<"known" | "made" | "unknown"> {
  const known = await tx.selectFrom("waste_banks").select("id").where("id", "=", id).executeTakeFirst();
  if (known !== undefined) return "known";
  const isMeant =
    mayMake === "always" ||
    (mayMake === "first" &&
      (await tx.selectFrom("waste_banks").select("id").limit(1).executeTakeFirst()) === undefined);
  if (!isMeant) return "unknown";
  await tx
    .insertInto("zones")
    .values({ id: "impor", name: "Impor" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await tx
    .insertInto("waste_banks")
    .values({ id, name: id, zone_id: "impor", ...SEAT, created_ms: nowMs })
    .execute();
  return "made";
}

/** The kinds of waste that there are, by id. */
export async function namesOfMaterials(tx: Tx): Promise<{ id: string; name: string }[]> {
  return await tx.selectFrom("materials").select(["id", "name"]).orderBy("id").execute();
}

/** Makes kinds of waste that are missing, and sets the waste bank's price where another one, or none, is in force. */
export async function keepMaterials(
  tx: Tx,
  { wasteBank, materials, nowMs }: { wasteBank: string; materials: ImportedMaterial[]; nowMs: number },
): Promise<void> {
  for (const { id, name, category, condition, sipsnClass, priceIdrPerKg } of materials) {
    await tx
      .insertInto("materials")
      .values({ id, name, category, condition, sipsn_class: sipsnClass, retired_ms: null, created_ms: nowMs })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
    if (priceIdrPerKg === null) continue;
    const price = await priceInForce(tx, { material: id, wasteBank, atMs: nowMs });
    if (price?.priceIdrPerKg === priceIdrPerKg) continue;
    await insertPrice(tx, {
      id: newEventId(nowMs),
      material: id,
      wasteBank,
      priceIdrPerKg,
      validFromMs: nowMs,
      createdBy: "job:import",
      createdMs: nowMs,
    });
  }
}

/** Whose code it is in the older books of a waste bank. */
export interface MemberCode {
  wasteBank: string;
  code: string;
}

/** The member that an import has made for a code, held until the transaction ends; null when none has, or why it takes nothing more. */
export async function memberOfCode(
  tx: Tx,
  { wasteBank, code }: MemberCode,
): Promise<{ kind: "may"; member: string } | { kind: "refused"; reason: string } | null> {
  const known = await tx
    .selectFrom("imported_members")
    .select("member_id as id")
    .where("waste_bank_id", "=", wasteBank)
    .where("code", "=", code)
    .executeTakeFirst();
  if (known === undefined) return null;
  const found = await memberToAct(tx, known.id);
  if (found.kind === "may") return { kind: "may", member: known.id };
  return { kind: "refused", reason: `code ${code}: ${found.reason}, and enter the row by hand` };
}

/**
 * Makes the member of a code, without personal data, and answers its id. Its number is the waste bank's id and the code, such
 * as `WASTE-BANK-M0001`; where somebody else has that, `-2`, `-3` and so on is put behind, as far as numbers are taken.
 */
export async function makeMemberOfCode(
  tx: Tx,
  { wasteBank, code }: MemberCode,
  nowMs: number,
): Promise<string> {
  const id = newEventId(nowMs);
  const number = `${wasteBank.toUpperCase()}-${code}`;
  const row = { id, kind: "individual", card: null, waste_bank_id: wasteBank, created_ms: nowMs } as const;
  let isMade = false;
  for (let suffix = 1; !isMade; suffix++) {
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto("members")
      .values({ ...row, number: suffix === 1 ? number : `${number}-${suffix}` })
      .onConflict((conflict) => conflict.column("number").doNothing())
      .executeTakeFirstOrThrow();
    isMade = numInsertedOrUpdatedRows === 1n;
  }
  await tx.insertInto("imported_members").values({ waste_bank_id: wasteBank, code, member_id: id }).execute();
  return id;
}
