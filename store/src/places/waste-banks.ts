/** Waste banks: where members bring waste. A unit may have a parent, which buys from it and lends it prices and terms. */
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** A waste bank. Latitude and longitude are degrees of WGS 84. */
export interface WasteBank {
  id: string;
  name: string;
  /** Null: it has none. A parent has no parent itself. */
  parent: string | null;
  zone: string;
  lat: number;
  lon: number;
  createdMs: number;
}

/** Why a waste bank is not kept so. `unknown`: there is none of that id. */
export type WasteBankFault = { kind: "unknown" | "refused"; reason: string };

/** Keeps a waste bank; answers why not when its parent cannot be one. Throws the database's refusal when the id is taken or the zone unknown. */
export async function insertWasteBank(
  tx: Tx,
  { zone, parent, createdMs, ...bank }: WasteBank,
  by: string,
): Promise<WasteBankFault | null> {
  const fault = await faultOfParent(tx, bank.id, parent);
  if (fault !== null) return fault;
  await tx
    .insertInto("waste_banks")
    .values({ ...bank, parent_id: parent, zone_id: zone, created_ms: createdMs })
    .execute();
  await recordDeed(tx, {
    actor: by,
    action: "waste_bank.added",
    subject: `waste_bank:${bank.id}`,
    atMs: createdMs,
  });
  return null;
}

/** Changes what may change of a waste bank. Throws the database's refusal when the zone is unknown. */
export async function changeWasteBank(
  tx: Tx,
  { id, zone, parent, ...rest }: Omit<WasteBank, "createdMs">,
  { by, nowMs }: { by: string; nowMs: number },
): Promise<WasteBank | WasteBankFault> {
  const fault = await faultOfParent(tx, id, parent);
  if (fault !== null) return fault;
  const before = await wasteBankQuery(tx).where("id", "=", id).executeTakeFirst();
  if (before === undefined) return { kind: "unknown", reason: `there is no waste bank ${id}` };
  await tx
    .updateTable("waste_banks")
    .set({ ...rest, zone_id: zone, parent_id: parent })
    .where("id", "=", id)
    .execute();
  const after = { id, zone, parent, ...rest, createdMs: before.createdMs };
  await recordDeed(tx, {
    actor: by,
    action: "waste_bank.changed",
    subject: `waste_bank:${id}`,
    atMs: nowMs,
  });
  return after;
}

/** Waste banks by id. */
export async function listWasteBanks(db: Db, { limit, after }: PageRequest): Promise<Page<WasteBank>> {
  let query = wasteBankQuery(db)
    .orderBy("id")
    .limit(limit + 1);
  if (after !== null) query = query.where("id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}

/** Both rows are held, so that two that become each other's parent at once do not both pass. */
async function faultOfParent(tx: Tx, id: string, parent: string | null): Promise<WasteBankFault | null> {
  const refused = (reason: string): WasteBankFault => ({ kind: "refused", reason });
  if (parent === null) return null;
  if (parent === id) return refused("a waste bank is not its own parent; leave the parent out");
  let query = tx
    .selectFrom("waste_banks")
    .select(["id", "parent_id as parent"])
    .where("id", "in", [id, parent])
    .orderBy("id");
  if (engineOf(tx) === "postgres") query = query.forUpdate();
  const rows = await query.execute();
  const above = rows.find((row) => row.id === parent);
  if (above === undefined) return refused(`there is no waste bank ${parent}; add the parent first`);
  if (above.parent !== null)
    return refused(`${parent} has the parent ${above.parent} itself; choose that one, for a parent has none`);
  const unit = await tx.selectFrom("waste_banks").select("id").where("parent_id", "=", id).executeTakeFirst();
  if (unit === undefined) return null;
  return refused(
    `${id} is the parent of ${unit.id}, so it can have none; give its units another parent first`,
  );
}

function wasteBankQuery(db: Db) {
  return db
    .selectFrom("waste_banks")
    .select([
      "id",
      "name",
      "parent_id as parent",
      "zone_id as zone",
      "lat",
      "lon",
      "created_ms as createdMs",
    ]);
}

/** Whether there is a waste bank of this id. */
export async function hasWasteBank(db: Db, id: string): Promise<boolean> {
  return (
    (await db.selectFrom("waste_banks").select("id").where("id", "=", id).executeTakeFirst()) !== undefined
  );
}
