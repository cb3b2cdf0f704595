/** Where the demo keeps its data, and the URLs of its services. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Port of the pages when it is free; a newcomer can then find them again. */
const API_PORT_WISHED = 8080;

/** Folder of what outlives a demo on a database that was given: members who are kept there must keep their names. */
const KEPT = join(import.meta.dirname, "../../data");

export interface DemoSettings {
  /** Fresh folder of this run: stores, outboxes, logs, serial ports. */
  folder: string;
  databaseUrl: string;
  telemetryUrl: string;
  vaultUrl: string;
  /** True when the stores were given and outlive the demo. */
  isExternal: boolean;
  ports: {
    api: number;
    broker: number;
    brokerHttp: number;
    ingestHttp: number;
    treasuryHttp: number;
    providerSim: number;
    terminals: number[];
    street: number[];
  };
  secrets: { api: string; ingest: string; vaultKey: string };
}

/** Draws ports and secrets, and picks the stores: SQLite in the fresh folder, or what the environment names. */
export async function demoSettings(
  environment: Record<string, string | undefined>,
  counts: { terminals: number; street: number },
): Promise<DemoSettings> {
  const folder = mkdtempSync(join(tmpdir(), "jumpa-madu-demo-"));
  const { DATABASE_URL: database, INFLUX_URL: influx } = environment;
  const isExternal = Boolean(database) || Boolean(influx);
  const vaultFolder = database ? KEPT : folder;
  const [wished, ...free] = await freePorts(API_PORT_WISHED, 6 + counts.terminals + counts.street);
  const take = () => free.shift() ?? 0;
  return {
    folder,
    databaseUrl: database || `sqlite:${join(folder, "jumpa-madu.sqlite")}`,
    telemetryUrl: influx ? telemetryUrlOf(influx) : `sqlite:${join(folder, "telemetry.sqlite")}`,
    vaultUrl: `sqlite:${join(vaultFolder, "demo-vault.sqlite")}`,
    isExternal,
    ports: {
      api: wished ?? take(),
      broker: take(),
      brokerHttp: take(),
      ingestHttp: take(),
      treasuryHttp: take(),
      providerSim: take(),
      terminals: Array.from({ length: counts.terminals }, take),
      street: Array.from({ length: counts.street }, take),
    },
    secrets: {
      api: randomBytes(32).toString("base64url"),
      ingest: randomBytes(32).toString("base64url"),
      vaultKey: vaultKeyIn(vaultFolder),
    },
  };
}

/** The vault's key of an earlier run, or a new one, which only this user may read. */
function vaultKeyIn(folder: string): string {
  const file = join(folder, "demo-vault.key");
  if (existsSync(file)) return readFileSync(file, "utf8");
  const key = randomBytes(32).toString("base64");
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, key, { mode: 0o600 });
  return key;
}

/** `http://user:password@host:8086/database` as the telemetry store names it; the database defaults to jumpa_madu. */
export function telemetryUrlOf(influxUrl: string): string {
  const url = influxUrl.replace(/^http:/, "influx:").replace(/^https:/, "influx+https:");
  const { pathname } = new URL(influxUrl);
  return pathname === "" || pathname === "/" ? `${url.replace(/\/$/, "")}/jumpa_madu` : url;
}

/** The wished port if it is free, else another one, and as many free ones beside it, all different. */
async function freePorts(wished: number, count: number): Promise<number[]> {
  const held = [await listen(wished).catch(() => listen(0))];
  while (held.length < count + 1) held.push(await listen(0));
  const ports = held.map(({ port }) => port);
  await Promise.all(held.map(({ close }) => close()));
  return ports;
}

async function listen(port: number): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a listening socket has no port");
  return { port: address.port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}
