/** What is in quarantine, for those who look after the nodes. */
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** An item that was not accepted. */
export interface QuarantineRow {
  id: string;
  node: string | null;
  topic: string;
  stream: string | null;
  epoch: string | null;
  seq: number | null;
  code: string;
  reason: string;
  body: string;
  receivedMs: number;
}

/** Items, newest first; of one node or one code when it is given. */
export async function listQuarantine(
  db: Db,
  filter: { node: string | null; code: string | null },
  { limit, after }: PageRequest,
): Promise<Page<QuarantineRow>> {
  let query = db
    .selectFrom("quarantine")
    .select([
      "id",
      "node_id as node",
      "topic",
      "stream",
      "epoch",
      "seq",
      "code",
      "reason",
      "body",
      "received_ms as receivedMs",
    ])
    .orderBy("received_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (filter.node !== null) query = query.where("node_id", "=", filter.node);
  if (filter.code !== null) query = query.where("code", "=", filter.code);
  if (after !== null) query = query.where(isBefore(["received_ms", "id"], after));
  return pageOf(await query.execute(), limit, ({ receivedMs, id }) => momentCursor(receivedMs, id));
}
