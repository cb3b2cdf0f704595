/** Materials: the kinds of waste that a waste bank takes. */
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

export interface Material {
  id: string;
  name: string;
  category: string;
}

/** Keeps a material. Throws the database's refusal when the id is taken. */
export async function insertMaterial(db: Db | Tx, material: Material, nowMs: number): Promise<void> {
  await db
    .insertInto("materials")
    .values({ ...material, created_ms: nowMs })
    .execute();
}

/** Materials by id. */
export async function listMaterials(db: Db, { limit, after }: PageRequest): Promise<Page<Material>> {
  let query = db
    .selectFrom("materials")
    .select(["id", "name", "category"])
    .orderBy("id")
    .limit(limit + 1);
  if (after !== null) query = query.where("id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}
