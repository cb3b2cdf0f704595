/** The database and retention policy in InfluxDB: made on InfluxDB 1, asked of the operator elsewhere. */
import { StoreError } from "../store-error.ts";
import { StatementError, type StatementRunner } from "./influx-read.ts";
import { createDatabase, createRetentionPolicy, showRetentionPolicies } from "./influx-statements.ts";
import type { InfluxAddress } from "./influx-url.ts";
import { RAW_DAYS } from "./measurement-schema.ts";

/** Makes what is missing. A retention policy that is there stays as it is: its duration is the operator's. */
export async function prepareInflux(runner: StatementRunner, address: InfluxAddress): Promise<void> {
  const version = await runner.version();
  const { database, retentionPolicy } = address;
  if (majorOf(version) !== 1) {
    await requireDatabase(runner, address);
    return;
  }
  if (!(await hasDatabase(runner, address))) await runDdl(runner, createDatabase(database));
  const policies = await namesOf(runner, showRetentionPolicies(database));
  if (!policies.includes(retentionPolicy))
    await runDdl(runner, createRetentionPolicy(database, retentionPolicy));
}

/** Throws StoreError `no_database` when the database is missing, or what keeps the engine from telling. */
export async function requireDatabase(runner: StatementRunner, address: InfluxAddress): Promise<void> {
  if (await hasDatabase(runner, address)) return;
  const bucket = `${address.database}/${address.retentionPolicy}`;
  throw new StoreError(
    "no_database",
    `InfluxDB has no database ${address.database}. On InfluxDB 2 or 3, make a bucket or database ${bucket} ` +
      `with a retention of ${RAW_DAYS} days, and on InfluxDB 2 a DBRP mapping of database ${address.database} and ` +
      `retention policy ${address.retentionPolicy} to it`,
  );
}

/** InfluxDB 3 lists a database together with its retention policy, as `database/policy`. */
async function hasDatabase(runner: StatementRunner, address: InfluxAddress): Promise<boolean> {
  const names = await namesOf(runner, "SHOW DATABASES");
  return names.includes(address.database) || names.includes(`${address.database}/${address.retentionPolicy}`);
}

async function namesOf(runner: StatementRunner, statement: string): Promise<string[]> {
  const [series] = await runDdl(runner, statement);
  return (series?.values ?? []).map(([name]) => String(name));
}

async function runDdl(runner: StatementRunner, statement: string) {
  try {
    return await runner.run(statement);
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    throw new StoreError("bad_answer", `InfluxDB refused "${statement}": ${error.message}`, { cause: error });
  }
}

/** A build from source tells no number; then InfluxDB 1 is assumed, and refuses the statements below if it is not one. */
function majorOf(version: string | null): number {
  return Number(/^v?(\d+)\./.exec(version ?? "")?.[1] ?? 1);
}
