/** Lists of edge nodes. */
import type { Node } from "../nodes/node-registry.ts";
import type { Db } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** Nodes by id; of one waste bank when it is given. */
export async function listNodes(
  db: Db,
  { wasteBank }: { wasteBank: string | null },
  { limit, after }: PageRequest,
): Promise<Page<Node>> {
  let query = db
    .selectFrom("nodes")
    .select([
      "id",
      "shard",
      "name",
      "waste_bank_id as wasteBank",
      "revoked_ms as revokedMs",
      "config_version as configVersion",
      "status",
      "status_ms as statusMs",
      "created_ms as createdMs",
    ])
    .orderBy("id")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("waste_bank_id", "=", wasteBank);
  if (after !== null) query = query.where("id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}
