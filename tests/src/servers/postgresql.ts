/** Real PostgreSQL for tests, with fsync on. */
import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { requireExecutable } from "./binary.ts";
import { type Child, startChild } from "./child.ts";
import { freePort } from "./free-port.ts";
import { makeTempDir } from "./temp-dir.ts";

/** Where Debian keeps the programs of each major version. */
const DEBIAN_DIR = "/usr/lib/postgresql";

/** A running PostgreSQL. Port and data outlive `stop`, `kill` and `restart`. */
export interface Postgresql {
  /** Database `postgres` as its superuser. */
  readonly adminUrl: string;
  readonly pid: number;
  /** Makes an empty database and answers its URL. `name` is `[a-z0-9_]+`. */
  createDatabase(name: string): Promise<string>;
  /** Stops it at once (open connections are cut) and keeps its data. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

/** Makes a fresh cluster in a temporary folder and starts it on a free port of 127.0.0.1. */
export async function startPostgresql(): Promise<Postgresql> {
  const initdb = findProgram("initdb");
  const postgres = findProgram("postgres");
  const temp = makeTempDir("postgresql");
  // PostgreSQL refuses to run as root, so there it runs as the user of Debian's package.
  const user = process.getuid?.() === 0 ? systemUser("postgres") : undefined;
  const dataDir = join(temp.path, "data");
  mkdirSync(dataDir);
  if (user) for (const path of [temp.path, dataDir]) chownSync(path, user.uid, user.gid);
  const asUser = { ...user, stdio: "pipe" as const, env: { ...process.env, LC_ALL: "C.UTF-8" } };
  execFileSync(initdb, ["-D", dataDir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], asUser);

  const port = await freePort();
  const adminUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const start = () =>
    startChild({
      command: postgres,
      args: ["-D", dataDir, "-p", `${port}`, "-h", "127.0.0.1", "-k", temp.path, "-c", "max_connections=200"],
      logFile: join(temp.path, "postgresql.log"),
      isReady: () => answers(adminUrl),
      // SIGTERM would wait for the last client to leave; SIGINT cuts them off and still shuts down cleanly.
      stopSignal: "SIGINT",
      ...(user && { user }),
    });
  let child: Child = await start();
  return {
    adminUrl,
    get pid() {
      return child.pid;
    },
    createDatabase: (name) => createDatabase(adminUrl, name),
    stop: () => child.stop(),
    kill: () => child.kill(),
    async restart() {
      await child.stop();
      child = await start();
    },
    async remove() {
      await child.stop();
      temp.remove();
    },
  };
}

/** Makes an empty database on the server of `adminUrl`, and answers its URL. `name` is `[a-z0-9_]+`. */
export async function createDatabase(adminUrl: string, name: string): Promise<string> {
  if (!/^[a-z0-9_]+$/.test(name)) throw new RangeError(`not a name for a database: ${name}`);
  const client = new pg.Client(adminUrl);
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  } finally {
    await client.end();
  }
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function findProgram(name: string): string {
  return requireExecutable(
    versionsNewestFirst().map((version) => join(DEBIAN_DIR, version, "bin", name)),
    "postgresql",
  );
}

function versionsNewestFirst(): string[] {
  try {
    return readdirSync(DEBIAN_DIR).sort((a, b) => Number(b) - Number(a));
  } catch {
    return [];
  }
}

function systemUser(name: string): { uid: number; gid: number } {
  const idOf = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: idOf("-u"), gid: idOf("-g") };
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } finally {
    await client.end();
  }
}
