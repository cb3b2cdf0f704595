/** Materials: the kinds of waste that a waste bank takes. Clean and mixed qualities of one are materials of their own. */
import { recordDeed } from "../proof/audit.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** Classes of composition of the national waste information system (SIPSN). */
export const SIPSN_CLASSES = ["SM", "KR", "KK", "PL", "LG", "KT", "KL", "KC", "LN"] as const;
export type SipsnClass = (typeof SIPSN_CLASSES)[number];

/** What of a material may change. Its id never does: the books count its grams under it. */
export interface MaterialWords {
  name: string;
  /** What groups it with others, such as its qualities. */
  category: string;
  /** In what state it is taken, for people; may be empty. */
  condition: string;
  sipsnClass: SipsnClass | null;
}

export interface Material extends MaterialWords {
  id: string;
  /** Since when it is no longer offered; what is left of it is still sold. */
  retiredMs: number | null;
}

/** Who changes a material, such as `user:{id}`, and when. */
interface Change {
  by: string;
  nowMs: number;
}

/** Keeps a material. Throws the database's refusal when the id is taken. */
export async function insertMaterial(
  tx: Tx,
  material: MaterialWords & { id: string },
  { by, nowMs }: Change,
): Promise<void> {
  const { id, name, category, condition, sipsnClass } = material;
  await tx
    .insertInto("materials")
    .values({ id, name, category, condition, sipsn_class: sipsnClass, created_ms: nowMs })
    .execute();
  await recordDeed(tx, {
    actor: by,
    action: "material.added",
    subject: `material:${id}`,
    atMs: nowMs,
  });
}

/** Changes the words of a material; null when there is none. */
export async function changeMaterial(
  tx: Tx,
  id: string,
  { words, by, nowMs }: Change & { words: MaterialWords },
): Promise<Material | null> {
  const { name, category, condition, sipsnClass } = words;
  return await change(tx, id, {
    set: { name, category, condition, sipsn_class: sipsnClass },
    action: "material.changed",
    by,
    nowMs,
  });
}

/** Takes a material out of the catalogues, or back into them; null when there is none. */
export async function retireMaterial(
  tx: Tx,
  id: string,
  { isRetired, by, nowMs }: Change & { isRetired: boolean },
): Promise<Material | null> {
  return await change(tx, id, {
    set: { retired_ms: isRetired ? nowMs : null },
    action: isRetired ? "material.retired" : "material.restored",
    by,
    nowMs,
  });
}

/** Materials by id. */
export async function listMaterials(db: Db, { limit, after }: PageRequest): Promise<Page<Material>> {
  let query = materialQuery(db)
    .orderBy("id")
    .limit(limit + 1);
  if (after !== null) query = query.where("id", ">", after);
  return pageOf((await query.execute()).map(toMaterial), limit, ({ id }) => id);
}

async function change(
  tx: Tx,
  id: string,
  step: Change & {
    set: Partial<{
      name: string;
      category: string;
      condition: string;
      sipsn_class: SipsnClass | null;
      retired_ms: number | null;
    }>;
    action: string;
  },
): Promise<Material | null> {
  const before = await materialQuery(tx).where("id", "=", id).executeTakeFirst();
  if (before === undefined) return null;
  await tx.updateTable("materials").set(step.set).where("id", "=", id).execute();
  const after = await materialQuery(tx).where("id", "=", id).executeTakeFirstOrThrow();
  await recordDeed(tx, {
    actor: step.by,
    action: step.action,
    subject: `material:${id}`,
    atMs: step.nowMs,
  });
  return toMaterial(after);
}

function materialQuery(db: Db) {
  return db
    .selectFrom("materials")
    .select(["id", "name", "category", "condition", "sipsn_class as sipsnClass", "retired_ms as retiredMs"]);
}

function toMaterial(row: Omit<Material, "sipsnClass"> & { sipsnClass: string | null }): Material {
  return { ...row, sipsnClass: row.sipsnClass as SipsnClass | null };
}
