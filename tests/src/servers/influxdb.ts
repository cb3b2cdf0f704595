/** Real InfluxDB 1.x for tests: Debian's 1.6.7, and 1.8.10 when it has been installed by Go. */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { firstExecutable, requireExecutable } from "./binary.ts";
import { type Child, startChild } from "./child.ts";
import { freePort } from "./free-port.ts";
import { makeTempDir } from "./temp-dir.ts";

export interface InfluxdbOptions {
  /** Path of influxd; Debian's when absent. */
  binary?: string;
  /** Folder for data and log; a temporary one when absent. */
  dir?: string;
  /** When given, the server asks for a password and this is its only user. */
  admin?: { user: string; password: string };
}

/** A running InfluxDB. Ports and data outlive `stop`, `kill` and `restart`. */
export interface Influxdb {
  /** `http://127.0.0.1:port`, without credentials. */
  readonly url: string;
  /** Such as `1.6.7~rc0` or `1.8.10`. */
  readonly version: string;
  readonly pid: number;
  /** Stops it and keeps its data. */
  stop(): Promise<void>;
  /** Ends it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same ports and data; stops it before when it runs. */
  restart(): Promise<void>;
  /** Stops it and removes a temporary folder. */
  remove(): Promise<void>;
}

/** Debian's influxd. Named by its full path because a Go installation may stand before it on the PATH. */
const DEBIAN_BINARY = "/usr/bin/influxd";

/** Starts InfluxDB on free ports of 127.0.0.1 and resolves when it answers. */
export async function startInfluxdb(options: InfluxdbOptions = {}): Promise<Influxdb> {
  const binary = options.binary ?? requireExecutable([DEBIAN_BINARY], "influxdb");
  const temp = options.dir === undefined ? makeTempDir("influxdb") : null;
  const dir = options.dir ?? temp?.path ?? "";
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const configFile = join(dir, "influxdb.conf");
  const config = configOf({ dir, port, rpcPort: await freePort(), authEnabled: options.admin !== undefined });
  writeFileSync(configFile, config);

  const start = () =>
    startChild({
      command: binary,
      args: ["run", "-config", configFile],
      logFile: join(dir, "influxdb.log"),
      isReady: async () => (await fetch(`${url}/ping`)).status === 204,
    });
  let child: Child = await start();
  if (options.admin) await createAdmin(url, options.admin);
  return {
    url,
    version: influxdVersion(binary),
    get pid() {
      return child.pid;
    },
    stop: () => child.stop(),
    kill: () => child.kill(),
    async restart() {
      await child.stop();
      child = await start();
    },
    async remove() {
      await child.stop();
      temp?.remove();
    },
  };
}

/** Path of an InfluxDB 1.8 that `go install github.com/influxdata/influxdb/cmd/influxd@v1.8.10` made, else null. */
export function findInfluxd18(): string | null {
  const goPath = process.env.GOPATH ?? join(homedir(), "go");
  const binary = firstExecutable([join(process.env.GOBIN ?? join(goPath, "bin"), "influxd")]);
  return binary !== null && influxdVersion(binary).startsWith("1.8.") ? binary : null;
}

/** Version as the program tells it, else as Go wrote it into the program, else "unknown". */
function influxdVersion(binary: string): string {
  const told = /v(\d\S*)/.exec(execFileSync(binary, ["version"], { encoding: "utf8" }))?.[1];
  if (told !== undefined) return told;
  const go = firstExecutable(["/usr/local/go/bin/go", "/usr/bin/go"]);
  if (go === null) return "unknown";
  const build = execFileSync(go, ["version", "-m", binary], { encoding: "utf8" });
  return /\bmod\s+github\.com\/influxdata\/influxdb\s+v(\S+)/.exec(build)?.[1] ?? "unknown";
}

function configOf(of: { dir: string; port: number; rpcPort: number; authEnabled: boolean }): string {
  return `reporting-disabled = true
bind-address = "127.0.0.1:${of.rpcPort}"
[meta]
  dir = "${of.dir}/meta"
[data]
  dir = "${of.dir}/data"
  wal-dir = "${of.dir}/wal"
  index-version = "tsi1"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${of.port}"
  auth-enabled = ${of.authEnabled}
  log-enabled = false
`;
}

async function createAdmin(url: string, admin: { user: string; password: string }): Promise<void> {
  const statement = `CREATE USER "${admin.user}" WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`;
  const answer = await fetch(`${url}/query`, { method: "POST", body: new URLSearchParams({ q: statement }) });
  if (!answer.ok) throw new Error(`InfluxDB made no user: ${await answer.text()}`);
}
