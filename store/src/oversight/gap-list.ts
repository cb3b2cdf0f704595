/** Gaps in the nodes' streams, for those who look after the nodes. */
import type { Db } from "../relational/relational-store.ts";
import { isBefore, momentCursor, type Page, type PageRequest, pageOf } from "../rows/page.ts";

/** Numbers that a node lost before they arrived: from `fromSeq` to `uptoSeq`, both among them. */
export interface GapRow {
  id: string;
  node: string;
  stream: string;
  epoch: string;
  fromSeq: number;
  uptoSeq: number;
  noticedMs: number;
}

/** Gaps, newest first; of one node when it is given. */
export async function listGaps(
  db: Db,
  filter: { node: string | null },
  { limit, after }: PageRequest,
): Promise<Page<GapRow>> {
  let query = db
    .selectFrom("stream_gaps")
    .select([
      "id",
      "node_id as node",
      "stream",
      "epoch",
      "from_seq as fromSeq",
      "upto_seq as uptoSeq",
      "noticed_ms as noticedMs",
    ])
    .orderBy("noticed_ms", "desc")
    .orderBy("id", "desc")
    .limit(limit + 1);
  if (filter.node !== null) query = query.where("node_id", "=", filter.node);
  if (after !== null) query = query.where(isBefore(["noticed_ms", "id"], after));
  return pageOf(await query.execute(), limit, ({ noticedMs, id }) => momentCursor(noticedMs, id));
}
