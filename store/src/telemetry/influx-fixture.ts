/** Databases of their own for tests on a shared InfluxDB 1. */
import { randomUUID } from "node:crypto";

export interface InfluxDatabase {
  name: string;
  drop(): Promise<void>;
}

/** Draws a name that no other test has; the store under test makes the database. */
export function newInfluxDatabase(serverUrl: string): InfluxDatabase {
  const name = `test-${randomUUID()}`;
  return { name, drop: async () => void (await runInfluxQl(serverUrl, `DROP DATABASE "${name}"`)) };
}

/** Runs a statement past the store, and answers the server's JSON as text. */
export async function runInfluxQl(serverUrl: string, statement: string, database = ""): Promise<string> {
  const url = `${serverUrl}/query?${new URLSearchParams({ db: database, rp: "raw", epoch: "ms" })}`;
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams({ q: statement }) });
  if (!answer.ok) throw new Error(`${statement}: ${await answer.text()}`);
  return await answer.text();
}

/** Writes lines past the store. */
export async function writeRawLines(serverUrl: string, database: string, lines: string): Promise<void> {
  const url = `${serverUrl}/write?${new URLSearchParams({ db: database, rp: "raw", precision: "ms" })}`;
  const answer = await fetch(url, { method: "POST", body: lines });
  if (answer.status !== 204) throw new Error(await answer.text());
}
