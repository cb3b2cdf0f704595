/** Databases for tests on the PostgreSQL that they share. */
import pg from "pg";

/** Makes an empty database on the server of `adminUrl` and answers its URL. `name` is `[a-z0-9_]+`. */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  if (!/^[a-z0-9_]+$/.test(name)) throw new RangeError(`not a name for a database: ${name}`);
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}
