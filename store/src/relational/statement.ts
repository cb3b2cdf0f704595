/**
 * Statements that are built once and then only given their values.
 *
 * Building a statement costs Kysely more than SQLite needs to run it, and planning it PostgreSQL more than running it; where
 * thousands a second are the same, that is most of the work. The text is kept for each engine and, where it holds a list,
 * for each length. PostgreSQL gets a name with it, and prepares it once for each connection.
 */
import { type Compilable, CompiledQuery, type Insertable, type QueryResult } from "kysely";
import { engineOf } from "./engine-of.ts";
import type { Db, RelationalStore } from "./relational-store.ts";
import type { Tables } from "./tables.ts";

/** Most rows of one INSERT of an `inserter`; more go in several. */
export const ROWS_PER_INSERT_MAX = 256;

/** Up to this number of rows, each number has a text of its own; beyond, the rows go in powers of two. */
const ROWS_OF_THEIR_OWN_MAX = 8;

/** Takes the place of a value while a statement is built: of a list, a list. */
export type SlotOf<Values> = <Name extends keyof Values & string>(name: Name) => Values[Name];

/** Runs a statement on a connection or within a transaction. */
export interface Statement<Values, Row> {
  (db: Db, values: Values): Promise<QueryResult<Row>>;
  /** The statement with its values, for `askAtOnce`. */
  of(db: Db, values: Values): CompiledQuery<Row>;
}

/** Makes the statements that insert rows; each goes out when it is called. */
export type Inserter<Table extends keyof Tables> = (
  db: Db,
  rows: Insertable<Tables[Table]>[],
) => (() => Promise<unknown>)[];

/** Names of the texts that are kept: as many as the program has statements and lengths of lists. */
const names = new Map<string, string>();

/** Name under which PostgreSQL keeps this text prepared; undefined for a text that is not kept. */
export function preparedName(text: string): string | undefined {
  return names.get(text);
}

/**
 * Makes a statement. `build` is called once for each engine and length of its lists, and puts `slot("name")` wherever the
 * value of that name goes. No list may be empty. One is filled up to the next power of two by its last element, so it fits
 * `in (…)` alone.
 */
export function statement<Values extends object, Row = unknown>(
  build: (db: Db, slot: SlotOf<Values>, engine: RelationalStore["engine"]) => Compilable<Row>,
): Statement<Values, Row> {
  const kept = new Map<string, CompiledQuery<Row>>();
  const of = (db: Db, values: Values) => {
    const engine = engineOf(db);
    let key: string = engine;
    for (const value of Object.values(values))
      if (Array.isArray(value)) key = `${key} ${filledLength(value.length)}`;
    let query = kept.get(key);
    if (query === undefined) {
      query = named(build(db, slotsOf(values), engine).compile());
      kept.set(key, query);
    }
    return filled(query, values);
  };
  return Object.assign((db: Db, values: Values) => db.executeQuery(of(db, values)), { of });
}

/** What of a statement's rows `askAtOnce` answers. */
type RowsOf<Asked extends readonly CompiledQuery[]> = {
  -readonly [Index in keyof Asked]: Asked[Index] extends CompiledQuery<infer Row> ? Row[] : never;
};

/** Texts of several statements in one, by the texts of the several. */
const joined = new Map<string, string>();

/**
 * Asks statements that only read, at once, and answers the rows of each. PostgreSQL gets one statement that holds them all,
 * because to receive, begin and answer one costs more than most of them do; its rows come as JSON, so they may hold text, safe
 * integers and nulls alone. SQLite gets one after the other.
 */
export async function askAtOnce<const Asked extends readonly CompiledQuery[]>(
  db: Db,
  asked: Asked,
): Promise<RowsOf<Asked>> {
  const answers: unknown[][] = [];
  if (engineOf(db) === "sqlite") {
    for (const query of asked) answers.push((await db.executeQuery(query)).rows);
  } else if (asked.length > 0) {
    const { rows } = await db.executeQuery<Record<string, unknown[]>>(joinedOf(asked));
    for (const at of asked.keys()) answers.push(rows[0]?.[`a${at}`] ?? []);
  }
  return answers as RowsOf<Asked>;
}

function joinedOf(asked: readonly CompiledQuery[]): CompiledQuery<Record<string, unknown[]>> {
  const key = asked.map(({ sql }) => sql).join(";");
  let text = joined.get(key);
  if (text === undefined) {
    let before = 0;
    const parts = asked.map(({ sql, parameters }, at) => {
      const shifted = sql.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + before}`);
      before += parameters.length;
      return `(select json_agg(row_to_json(r)) from (${shifted}) r) as a${at}`;
    });
    text = `select ${parts.join(", ")}`;
    joined.set(key, text);
  }
  return named({
    ...CompiledQuery.raw(
      text,
      asked.flatMap(({ parameters }) => parameters),
    ),
  });
}

/** Makes the inserter of a table. Every row gives exactly these columns. */
export function inserter<Table extends keyof Tables>(
  table: Table,
  columns: readonly (keyof Insertable<Tables[Table]> & string)[],
): Inserter<Table> {
  const kept = new Map<string, CompiledQuery>();
  const built = (db: Db, count: number): CompiledQuery => {
    const slots = Array.from({ length: count }, (_, row) =>
      Object.fromEntries(
        columns.map((column) => [column, new Slot<object[]>((rows) => rows[row]?.[column as never])]),
      ),
    );
    return named(
      db
        .insertInto(table)
        .values(slots as unknown as Insertable<Tables[Table]>[])
        .compile(),
    );
  };
  return (db, rows) => {
    const sends = [];
    for (let from = 0, count = 0; from < rows.length; from += count) {
      count = rowsAtOnce(rows.length - from);
      const some = rows.slice(from, from + count);
      const key = `${engineOf(db)} ${some.length}`;
      const query = kept.get(key) ?? built(db, some.length);
      kept.set(key, query);
      sends.push(() => db.executeQuery(filled(query, some)));
    }
    return sends;
  };
}

/** Stands in a statement for a value that comes later. Kysely takes it for a value and hands it on as a parameter. */
class Slot<Values> {
  readonly pick: (values: Values) => unknown;

  constructor(pick: (values: Values) => unknown) {
    this.pick = pick;
  }
}

function slotsOf<Values extends object>(values: Values): SlotOf<Values> {
  return (name) => {
    const value: unknown = values[name];
    const slots = Array.isArray(value)
      ? Array.from({ length: filledLength(value.length) }, (_, index) => elementSlot<Values>(name, index))
      : new Slot<Values>((given) => given[name]);
    return slots as Values[typeof name];
  };
}

function elementSlot<Values extends object>(name: keyof Values, index: number): Slot<Values> {
  return new Slot((given) => {
    const list = given[name] as unknown[];
    return list[Math.min(index, list.length - 1)];
  });
}

function rowsAtOnce(waiting: number): number {
  if (waiting <= ROWS_OF_THEIR_OWN_MAX) return waiting;
  return Math.min(ROWS_PER_INSERT_MAX, 2 ** Math.floor(Math.log2(waiting)));
}

function filledLength(length: number): number {
  if (length === 0) throw new RangeError("a list of a statement is empty");
  return 2 ** Math.ceil(Math.log2(length));
}

function named<Row>(query: CompiledQuery<Row>): CompiledQuery<Row> {
  if (!names.has(query.sql)) names.set(query.sql, `jm_${names.size}`);
  return query;
}

function filled<Row, Values>(query: CompiledQuery<Row>, values: Values): CompiledQuery<Row> {
  const { sql, query: node, queryId, parameters } = query;
  return {
    sql,
    query: node,
    queryId,
    parameters: parameters.map((of) => (of instanceof Slot ? of.pick(values) : of)),
  };
}
