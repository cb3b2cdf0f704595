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
  /** Who has put it aside, when and why; null while it waits. */
  setAsideBy: string | null;
  setAsideMs: number | null;
  setAsideReason: string | null;
}

/** Items, newest first; of one node or one code when it is given; those that wait, or those that were put aside. */
export async function listQuarantine(
  db: Db,
  filter: { node: string | null; code: string | null; state: "open" | "set_aside" | null },
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
      "set_aside_by as setAsideBy",
      "set_aside_ms as setAsideMs",
      "set_aside_reason as setAsideReason",
    ])
    .orderBy("received_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (filter.node !== null) query = query.where("node_id", "=", filter.node);
  if (filter.code !== null) query = query.where("code", "=", filter.code);
  if (filter.state !== null)
    query = query.where("set_aside_by", filter.state === "open" ? "is" : "is not", null);
  if (after !== null) query = query.where(isBefore(["received_ms", "id"], after));
  return pageOf(await query.execute(), limit, ({ receivedMs, id }) => momentCursor(receivedMs, id));
}
