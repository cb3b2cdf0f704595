import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { sql } from "kysely";
import { afterEach, describe, expect, it } from "vitest";
import { type FreshDatabase, freshDatabase, onEachEngine, openQuietly } from "./engine-suite.ts";
import { migrate } from "./migrate.ts";
import type { RelationalStore } from "./relational-store.ts";

const NAMES = [
  "001-foundation.sql",
  "002-ledger.sql",
  "003-people.sql",
  "004-trade.sql",
  "005-savings.sql",
  "006-payouts.sql",
  "007-stock.sql",
  "008-proof.sql",
];

onEachEngine("a migrated store", (suite) => {
  it("is not migrated again", async () => {
    expect(await migrate(suite.store)).toEqual([]);
  });

  it("refuses a migration that was changed after it had been applied", async () => {
    await suite.store.db
      .updateTable("schema_migrations")
      .set({ sha256: "other" })
      .where("version", "=", 2)
      .execute();
    await expect(migrate(suite.store)).rejects.toMatchObject({
      code: "migration_failed",
      message: expect.stringContaining("002-ledger.sql"),
    });
  });

  it("refuses a store that is newer than the program", async () => {
    await suite.store.db.deleteFrom("schema_migrations").where("version", "=", 2).execute();
    // Without its note the second file is run again and fails; nothing of it stays.
    await expect(migrate(suite.store)).rejects.toMatchObject({
      code: "migration_failed",
      cause: expect.any(Error),
    });
    const newer = await freshDatabase(suite.engine);
    const store = openQuietly(newer.url);
    expect(await migrate(store)).toEqual(NAMES);
    await store.db
      .insertInto("schema_migrations")
      .values({ version: 99, name: "099", sha256: "", applied_ms: 0 })
      .execute();
    await expect(migrate(store)).rejects.toMatchObject({
      code: "migration_failed",
      message: expect.stringContaining("99"),
    });
    await store.close();
    newer.remove();
  });
});

describe.each(["sqlite", "postgres"] as const)("migration on %s", (engine) => {
  let database: FreshDatabase;
  afterEach(() => database.remove());

  it("happens once when several services start together", async () => {
    database = await freshDatabase(engine);
    const stores = Array.from({ length: 4 }, () => openQuietly(database.url));
    const applied = await Promise.all(stores.map((store) => migrate(store)));
    expect(applied.flat().sort()).toEqual(NAMES);
    await Promise.all(stores.map((store) => store.close()));
  });
});

/** What a service does when it starts. */
const STARTING = `
  const { openRelational } = await import(process.argv[1]);
  const { migrate } = await import(process.argv[2]);
  const store = openRelational(process.argv[3], () => {});
  process.stdout.write(JSON.stringify(await migrate(store)));
  await store.close();`;

it("happens once when several processes open a new file together", async () => {
  const database = await freshDatabase("sqlite");
  const modules = ["./relational-store.ts", "./migrate.ts"].map(
    (path) => new URL(path, import.meta.url).href,
  );
  const args = ["--input-type=module", "--eval", STARTING, ...modules, database.url];
  const outputs = await Promise.all([1, 2, 3].map(() => promisify(execFile)(process.execPath, args)));
  expect(outputs.flatMap(({ stdout }) => JSON.parse(stdout) as string[]).sort()).toEqual(NAMES);
  database.remove();
});

describe("the two schemas", () => {
  it("have the same tables, columns, nullability and indexes", async () => {
    const [sqlite, postgres] = await Promise.all([catalogue("sqlite"), catalogue("postgres")]);
    expect(sqlite.columns.length).toBeGreaterThan(100);
    expect(sqlite).toEqual(postgres);
  });

  async function catalogue(
    engine: RelationalStore["engine"],
  ): Promise<Record<"columns" | "indexes" | "keys", string[]>> {
    const database = await freshDatabase(engine);
    const store = openQuietly(database.url);
    await migrate(store);
    const read = async (statement: string) => {
      const { rows } = await sql<{ entry: string }>`${sql.raw(statement)}`.execute(store.db);
      return rows.map(({ entry }) => entry).sort();
    };
    const statements = engine === "sqlite" ? SQLITE : POSTGRES;
    const found = {
      columns: await read(statements.columns),
      indexes: await read(statements.indexes),
      keys: await read(statements.keys),
    };
    await store.close();
    database.remove();
    return found;
  }
});

/** Each answers lines that read the same on both engines: table, column, number or text, null or not, default. */
const SQLITE = {
  columns: `
    select m.name || '.' || c.name || ' ' || case c.type when 'INTEGER' then 'whole' when 'REAL' then 'real' else 'text' end
      || iif(c."notnull" or c.pk, ' not null', '') || coalesce(' = ' || c.dflt_value, '') as entry
    from sqlite_master m, pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%'`,
  indexes: `
    select m.name || '.' || i.name || iif(i."unique", ' unique', '') || iif(i.partial, ' partial', '') as entry
    from sqlite_master m, pragma_index_list(m.name) i where m.type = 'table' and i.origin = 'c'`,
  keys: `
    select m.name || '.' || f."from" || ' -> ' || f."table" as entry
    from sqlite_master m, pragma_foreign_key_list(m.name) f where m.type = 'table'
    union all
    select m.name || ' unique ' || (select group_concat(x.name, ',') from pragma_index_info(i.name) x) as entry
    from sqlite_master m, pragma_index_list(m.name) i where m.type = 'table' and i.origin in ('u', 'pk')
      and m.name <> 'schema_migrations'`,
};

const POSTGRES = {
  columns: `
    select table_name || '.' || column_name || ' ' || case when data_type in ('bigint', 'integer', 'smallint') then 'whole'
      when data_type = 'double precision' then 'real' else 'text' end
      || case when is_nullable = 'NO' then ' not null' else '' end
      || coalesce(' = ' || replace(column_default, '::text', ''), '') as entry
    from information_schema.columns where table_schema = 'public'`,
  indexes: `
    select t.relname || '.' || c.relname || case when i.indisunique then ' unique' else '' end
      || case when i.indpred is not null then ' partial' else '' end as entry
    from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
    join pg_namespace n on n.oid = t.relnamespace
    where n.nspname = 'public' and not exists (select 1 from pg_constraint k where k.conindid = c.oid and k.contype in ('p', 'u'))`,
  keys: `
    select conrelid::regclass || '.' || a.attname || ' -> ' || confrelid::regclass as entry
    from pg_constraint, unnest(conkey) k(number) join pg_attribute a on a.attnum = k.number
    where contype = 'f' and a.attrelid = conrelid
    union all
    select conrelid::regclass || ' unique ' || (select string_agg(a.attname, ',' order by k.position)
      from unnest(conkey) with ordinality k(number, position) join pg_attribute a on a.attrelid = conrelid and a.attnum = k.number)
    from pg_constraint where contype in ('p', 'u') and connamespace = 'public'::regnamespace and conrelid::regclass::text <> 'schema_migrations'`,
};
