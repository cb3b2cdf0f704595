/** Off-takers: businesses that buy sorted waste. */
import { recordDeed } from "../proof/audit.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";

export interface OffTaker {
  id: string;
  /** Of the business; not a person's. */
  name: string;
  createdMs: number;
  /** Who added it, such as `user:{id}`. */
  createdBy: string;
}

/** Keeps an off-taker. Throws the database's refusal when the id is taken. */
export async function insertOffTaker(tx: Tx, { id, name, createdMs, createdBy }: OffTaker): Promise<void> {
  await tx
    .insertInto("off_takers")
    .values({ id, name, created_ms: createdMs, created_by: createdBy })
    .execute();
  await recordDeed(tx, {
    actor: createdBy,
    action: "off_taker.added",
    subject: `off_taker:${id}`,
    atMs: createdMs,
  });
}

/** Off-takers by id. */
export async function listOffTakers(db: Db, { limit, after }: PageRequest): Promise<Page<OffTaker>> {
  let query = db
    .selectFrom("off_takers")
    .select(["id", "name", "created_ms as createdMs", "created_by as createdBy"])
    .orderBy("id")
    .limit(limit + 1);
  if (after !== null) query = query.where("id", ">", after);
  return pageOf(await query.execute(), limit, ({ id }) => id);
}
