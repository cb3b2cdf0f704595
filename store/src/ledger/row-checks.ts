/** Promises about journals and the rows behind them: each is of a known kind, a row names it, and it moves what its kind does. */
import { sql } from "kysely";
import { JOURNAL_COLUMNS, JOURNAL_KINDS, type JournalKind } from "./journal-kinds.ts";
import { type Check, type Violation, within } from "./violation.ts";

/** Characters of an id; keys may go on behind it. */
const ID_LENGTH = 36;

const KINDS = Object.entries<JournalKind>(JOURNAL_KINDS);
const MIRRORS = KINDS.filter(([, { moves }]) => moves === "mirror").map(([kind]) => kind);
const MAY_MOVE = KINDS.flatMap(([kind, { moves }]) =>
  moves === "mirror" ? [] : moves.map((way) => `${kind} ${way}`),
);

const listOf = (words: string[]) => sql.join(words.map((word) => sql.lit(word)));

/** Nothing of ours posts any other kind. */
export const knownKindCheck: Check = {
  table: "journals",
  breaches: (page) => sql<Violation>`
    select 'journals' as "table", j.id as "id", 'is of a kind that the books know' as "what", null as "expected", j.kind as "found"
    from journals j where ${within("j.id", page)} and j.kind not in (${listOf(KINDS.map(([kind]) => kind))})`,
};

const rowChecks: Check[] = KINDS.map(([kind, { table, id, names }]) => ({
  table: "journals",
  breaches: (page) => sql<Violation>`
    select 'journals' as "table", j.id as "id", ${sql.lit(`a journal ${kind} belongs to a row of ${table}`)} as "what",
      substr(j.idempotency_key, ${sql.lit(kind.length + 2)}, ${sql.lit(ID_LENGTH)}) as "expected", null as "found"
    from journals j where ${within("j.id", page)} and j.kind = ${sql.lit(kind)}
      and not exists (
        select 1 from ${sql.table(table)} r
        where r.${sql.ref(id)} = substr(j.idempotency_key, ${sql.lit(kind.length + 2)}, ${sql.lit(ID_LENGTH)}) and ${names}
      )`,
}));

const mirrorCheck: Check = {
  table: "journals",
  breaches: (page) => sql<Violation>`
    select 'journals' as "table", j.id as "id", 'takes another journal back when its kind does, and only then' as "what",
      j.kind as "expected", j.reverses_id as "found"
    from journals j where ${within("j.id", page)} and j.kind in (${listOf(KINDS.map(([kind]) => kind))})
      and (j.reverses_id is not null) <> (j.kind in (${listOf(MIRRORS)}))`,
};

/** What is taken back was checked when it was posted. */
const moveCheck: Check = {
  table: "transfers",
  breaches: (page) => sql<Violation>`
    select 'transfers' as "table", id, 'moves what its kind of journal moves, within one waste bank' as "what", kind as "expected", found
    from (
      select t.id, j.kind, t.phase || ' ' || d.kind || '>' || c.kind as found, d.waste_bank_id = c.waste_bank_id as is_within
      from transfers t join journals j on j.id = t.journal_id
      join accounts d on d.id = t.debit_account_id join accounts c on c.id = t.credit_account_id
      where ${within("t.id", page)} and j.kind in (${listOf(KINDS.map(([kind]) => kind))}) and j.kind not in (${listOf(MIRRORS)})
    ) moved where not is_within or kind || ' ' || found not in (${listOf(MAY_MOVE)})`,
};

const columnChecks: Check[] = JOURNAL_COLUMNS.map(({ table, id, walked, kind }) => ({
  table: walked,
  breaches: (page) => sql<Violation>`
    select ${sql.lit(table)} as "table", r.${sql.ref(id)} as "id", 'its journal is there, and of its kind' as "what",
      ${kind} as "expected", j.kind as "found"
    from ${sql.table(table)} r left join journals j on j.id = r.journal_id
    where ${within(`r.${id}`, page)} and r.journal_id is not null and j.kind is distinct from ${kind}`,
}));

/** What is asked for moves nothing, nor does what was rejected, and somebody has rejected it. */
const stateChecks: Check[] = (
  [
    ["cash_movements", "posted"],
    ["expenses", "posted"],
    ["owed_settlements", "paid"],
  ] as const
).map(([table, moved]) => ({
  table,
  breaches: (page) => sql<Violation>`
    select ${sql.lit(table)} as "table", r.id as "id", ${sql.lit(`has a journal when it is ${moved}, and only then`)} as "what",
      ${sql.lit(moved)} as "expected", r.state as "found"
    from ${sql.table(table)} r where ${within("r.id", page)}
      and ((r.state = ${sql.lit(moved)}) <> (r.journal_id is not null) or r.state = 'rejected' and r.decided_by is null)`,
}));

export const ROW_CHECKS: Check[] = [
  knownKindCheck,
  ...rowChecks,
  mirrorCheck,
  moveCheck,
  ...columnChecks,
  ...stateChecks,
];
