/**
 * Posts a record out of quarantine again, with the books as they are now: the member may have been registered since, the
 * price set, or a person has decided that the receipt stands.
 */
import { type LedgerRecord, RECORD_SCHEMAS } from "@jumpa-madu/contracts/records";
import { type Checker, checkerOf } from "@jumpa-madu/contracts/validate";
import type { Selectable } from "kysely";
import { recordDeed } from "../proof/audit.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import { postRecord } from "./post-record.ts";
import type { QuarantineCode } from "./quarantine.ts";

/** What is asked for. `honour`: a receipt that says much more than we compute stands. `user`: who asks. */
export interface Repost {
  id: string;
  honour: boolean;
  user: string;
}

/**
 * What became of it. `posted`, `duplicate`: it has left the quarantine. `refused`: it stays, with the new reason. `unfit`: it is
 * no record that could be posted, and stays as it is.
 */
export type RepostOutcome =
  | { kind: "posted" | "duplicate"; record: { kind: LedgerRecord["kind"]; id: string } }
  | { kind: "refused"; code: QuarantineCode; reason: string }
  | { kind: "unknown" }
  | { kind: "unfit"; reason: string };

/** Posts a record of the quarantine again. Whatever became of it, the transaction may be committed. */
export async function repostQuarantined(
  tx: Tx,
  { id, honour, user }: Repost,
  nowMs: number,
): Promise<RepostOutcome> {
  const query = tx.selectFrom("quarantine").selectAll().where("id", "=", id);
  const row = await (engineOf(tx) === "postgres" ? query.forUpdate() : query).executeTakeFirst();
  if (row === undefined) return { kind: "unknown" };
  const parsed = parseRecord(row);
  if (typeof parsed === "string") return { kind: "unfit", reason: parsed };
  const { record, node } = parsed;
  const origin = {
    node,
    receivedMs: row.received_ms,
    honoured: honour ? { by: user, atMs: nowMs } : null,
  };
  const outcome = await postRecord(tx, origin, record);
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: "quarantine.reposted",
    subject: `quarantine:${id}`,
    reason: honour ? "the receipt is honoured" : undefined,
    atMs: nowMs,
  });
  if (outcome.kind !== "refused") {
    await tx.deleteFrom("quarantine").where("id", "=", id).execute();
    return { kind: outcome.kind, record: { kind: record.kind, id: record.id } };
  }
  await keepReason(tx, row, outcome);
  return outcome;
}

type Row = Selectable<Tables["quarantine"]>;

const checkers = new Map<unknown, Checker<unknown>>(
  Object.entries(RECORD_SCHEMAS).map(([kind, schema]) => [kind, checkerOf(schema)]),
);

/** The record with its node; or why the row holds none, in words. */
function parseRecord({
  node_id: node,
  stream,
  seq,
  body,
}: Row): { record: LedgerRecord; node: string } | string {
  if (node === null || stream !== "records" || seq === null)
    return "this is no single record of a terminal: only those can be posted again";
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return "the record was not kept whole, so it cannot be posted again: enter it at the counter";
  }
  const checker =
    typeof value === "object" && value !== null && "kind" in value ? checkers.get(value.kind) : undefined;
  const checked = checker?.check(value);
  if (checked === undefined) return "this is no record of a kind that we know: enter it at the counter";
  if (!checked.ok)
    return `the record has not the form of one (${checked.faults.join("; ")}): enter it at the counter`;
  return { record: checked.value as LedgerRecord, node };
}

/** The row takes the new reason. The same record may stand in quarantine under the new code already: then one row is enough. */
async function keepReason(
  tx: Tx,
  row: Row,
  { code, reason }: { code: QuarantineCode; reason: string },
): Promise<void> {
  const twin = await tx
    .selectFrom("quarantine")
    .select("id")
    .where("node_id", "=", row.node_id)
    .where("stream", "=", row.stream)
    .where("epoch", "=", row.epoch)
    .where("seq", "=", row.seq)
    .where("code", "=", code)
    .where("id", "!=", row.id)
    .executeTakeFirst();
  if (twin === undefined) {
    await tx.updateTable("quarantine").set({ code, reason }).where("id", "=", row.id).execute();
    return;
  }
  await tx.updateTable("quarantine").set({ reason }).where("id", "=", twin.id).execute();
  await tx.deleteFrom("quarantine").where("id", "=", row.id).execute();
}
