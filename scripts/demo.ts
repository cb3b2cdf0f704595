/**
 * `npm run demo`: the whole system on this machine, with simulated devices and sample data.
 *
 * Progress goes to stderr. The last line of the start on stdout is one JSON object: where everything is and how to sign
 * in. Ctrl-C stops all of it.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { type Child, startChild } from "./child-process.ts";
import { type ApiClient, ApiProblem, apiClient } from "./demo/api-client.ts";
import {
  BIN_SENSORS,
  COUNTERS,
  createStreetNodes,
  createTerminals,
  simulatedDevices,
  TERMINALS,
  writeNodeFile,
} from "./demo/fleet.ts";
import { createLorawanBins, sendUplinks } from "./demo/lorawan.ts";
import { startReceiptPrinter } from "./demo/receipt-printer.ts";
import { createPlaces, createTrade, type Member, type NodeCredentials } from "./demo/sample-city.ts";
import { type DemoSettings, demoSettings } from "./demo/settings.ts";
import { receiveVisitors } from "./demo/visitors.ts";
import { serviceCommand } from "./service-command.ts";
import { buildPages } from "./web-build.ts";

const ROOT = join(import.meta.dirname, "..");
const execute = promisify(execFile);
const READY_TIMEOUT_MS = 30_000;
const READY_POLL_MS = 50;
const PARENT_POLL_MS = 1_000;
const STREET_NODES = 2;

const stopping = new AbortController();
const children: Child[] = [];
const startedMs = performance.now();
const say = (text: string) =>
  process.stderr.write(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
watchParent();

const settings = await demoSettings(process.env, { terminals: TERMINALS.length, street: STREET_NODES });
try {
  await run(settings);
} catch (error) {
  if (!stopping.signal.aborted) {
    say(error instanceof Error ? error.message : String(error));
    say(`logs: ${settings.folder}`);
    await stop(1, { keep: true });
  }
}

async function run({ folder, ports, isExternal }: DemoSettings): Promise<void> {
  const urls = {
    api: `http://127.0.0.1:${ports.api}`,
    broker: `mqtt://127.0.0.1:${ports.broker}`,
    ingest: `http://127.0.0.1:${ports.ingestHttp}`,
    terminals: ports.terminals.map((port) => `http://127.0.0.1:${port}`),
  };
  say("building the pages, starting broker, ingest and api");
  startServices(settings, urls.broker);
  buildPages();
  await ready(`${urls.api}/readyz`);

  say("creating users and sample data of Deli Serdang: 3 waste banks, 60 bins, 36 members");
  const admin = await createAdmin(settings, isExternal ? `admin-${randomBytes(2).toString("hex")}` : "admin");
  const { token } = await apiClient(urls.api).request<{ token: string }>("POST", "/v1/sessions", admin);
  const api = apiClient(urls.api, token);
  await createPlaces(api);

  say(`scales: ${COUNTERS.map(({ protocol }) => protocol).join(", ")}; a receipt printer`);
  say(`bin sensors: ${BIN_SENSORS.map(({ protocol }) => protocol).join(", ")}; EM400 by LoRaWAN`);
  say(`starting ${STREET_NODES + TERMINALS.length} edge agents`);
  const links = join(folder, "ports");
  mkdirSync(links);
  const simulator = await startSimulator(simulatedDevices(links), folder);
  startEdges(await createStreetNodes(api, links), ports.street, { folder, ...urls });
  await createTrade(api);
  void sendUplinks(
    { ingestUrl: urls.ingest, secret: await createLorawanBins(api) },
    { signal: stopping.signal, say },
  );
  const printer = await startReceiptPrinter(join(folder, "receipts"), (file) =>
    say(`receipt printed: ${file}, the next ones beside it`),
  );
  const users = { admin, ...(await createUsers(api, isExternal)) };
  startEdges(await createTerminals(api, { links, printer }), ports.terminals, { folder, ...urls });
  await Promise.all([firstLevel(api), ...urls.terminals.map((terminal) => ready(`${terminal}/status`))]);
  say("the first bin level is in the API; deposits follow now and then");
  say(`pages: ${urls.api}   sign in as ${users.staff.username} / ${users.staff.password}`);
  say("the scale of node bengkel is set up wrongly on purpose: the page shows what to do about it");
  say("Ctrl-C stops everything");
  process.stdout.write(`${JSON.stringify({ ...urls, users })}\n`);

  await startVisitors(api, urls.terminals, simulator);
}

function start(name: string, parameters: string[], environment: Record<string, string> = {}): Child {
  const child = startChild({
    name,
    parameters,
    environment,
    folder: ROOT,
    logFile: join(settings.folder, `${name}.log`),
  });
  children.push(child);
  void child.ended.then((how) => {
    if (stopping.signal.aborted) return;
    say(`${how}; its log: ${join(settings.folder, `${name}.log`)}`);
    void stop(1, { keep: true });
  });
  return child;
}

/** Starts a service as package.json says, under a name of its own. */
function startService(service: string, name: string, environment: Record<string, string>): Child {
  const command = serviceCommand(service);
  return start(name, command.parameters, { ...command.environment, ...environment });
}

function startServices({ databaseUrl, telemetryUrl, ports, secrets }: DemoSettings, brokerUrl: string): void {
  const stores = { DATABASE_URL: databaseUrl, TELEMETRY_URL: telemetryUrl, MQTT_URL: brokerUrl };
  startService("broker", "broker", {
    DATABASE_URL: databaseUrl,
    BROKER_TCP_PORT: String(ports.broker),
    BROKER_HTTP_PORT: String(ports.brokerHttp),
  });
  startService("ingest", "ingest", {
    ...stores,
    INGEST_SECRET: secrets.ingest,
    INGEST_HTTP_PORT: String(ports.ingestHttp),
  });
  startService("api", "api", {
    ...stores,
    API_SECRET: secrets.api,
    API_HTTP_PORT: String(ports.api),
    // The sample data comes in some two hundred requests within seconds.
    API_RATE_PER_MINUTE: "6000",
  });
}

async function createAdmin(
  { databaseUrl }: DemoSettings,
  username: string,
): Promise<{ username: string; password: string }> {
  const parameters = ["api/src/create-user.ts", "--username", username, "--role", "admin"];
  const { stdout } = await execute(process.execPath, parameters, {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: databaseUrl },
    signal: stopping.signal,
  });
  const { password }: { password: string } = JSON.parse(stdout);
  return { username, password };
}

/** One user of each other role. Names get a suffix when the stores are older than this run. */
async function createUsers(api: ApiClient, isExternal: boolean) {
  const suffix = isExternal ? `-${randomBytes(2).toString("hex")}` : "";
  const [member] = await api.all<Member>(`/v1/members?waste_bank=${COUNTERS[0].wasteBank}`);
  const create = async (role: string, bound: { waste_bank?: string; member?: string | undefined } = {}) => {
    const username = `${role}${suffix}`;
    const made = await api.request<{ password: string }>("POST", "/v1/users", { username, role, ...bound });
    return { username, password: made.password };
  };
  return {
    staff: await create("staff"),
    operator: await create("operator", { waste_bank: COUNTERS[0].wasteBank }),
    collector: await create("collector"),
    member: await create("member", { member: member?.id }),
  };
}

async function startSimulator(devices: object[], folder: string): Promise<Child> {
  const file = join(folder, "fleet.json");
  writeFileSync(file, JSON.stringify({ devices }, null, 2));
  const simulator = start("firmware-sim", ["firmware-sim/src/main.ts", file]);
  await new Promise<void>((resolve, reject) => {
    simulator.process.stdout?.once("data", () => resolve());
    void simulator.ended.then((how) => reject(new Error(how)));
  });
  return simulator;
}

function startEdges(
  nodes: NodeCredentials[],
  httpPorts: number[],
  { folder, ...urls }: { folder: string; broker: string; api: string },
): void {
  for (const [index, node] of nodes.entries()) {
    const file = writeNodeFile(folder, node, { ...urls, httpPort: httpPorts[index] ?? 0 });
    startService("edge", `edge-${node.id}`, { EDGE_CONFIG: file });
  }
}

async function startVisitors(api: ApiClient, terminals: string[], simulator: Child): Promise<void> {
  const orders = simulator.process.stdin;
  if (orders === null) throw new Error("the simulator takes no orders");
  await Promise.all(
    COUNTERS.map(async ({ scale, wasteBank }, index) => {
      const members = await api.all<Member>(`/v1/members?waste_bank=${wasteBank}`);
      const counter = {
        terminal: terminals[index] ?? "",
        scale,
        members: members.map(({ number }) => number),
        firstVisit: 1 + 5 * index,
      };
      await receiveVisitors(counter, { orders, signal: stopping.signal, say });
    }),
  );
}

async function firstLevel(api: ApiClient): Promise<void> {
  await until("a bin level in the API", async () => {
    const bins = await api.all<{ level: object | null }>("/v1/bins");
    return bins.some(({ level }) => level !== null);
  });
}

async function ready(url: string): Promise<void> {
  await until(url, async () => (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok);
}

/** Asks until the answer is yes; a refused connection or a problem is a no. */
async function until(what: string, isThere: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  let last = "";
  while (performance.now() < deadline) {
    stopping.signal.throwIfAborted();
    try {
      if (await isThere()) return;
    } catch (error) {
      if (error instanceof ApiProblem && error.status < 500) throw error;
      last = error instanceof Error ? `: ${error.message}` : "";
    }
    await pause(READY_POLL_MS);
  }
  throw new Error(`${what} was not there within ${READY_TIMEOUT_MS / 1000} s${last}`);
}

/** Stops every child, newest first all at once, and ends. The folder goes too, unless it is needed to see what went wrong. */
async function stop(code: number, { keep = false } = {}): Promise<void> {
  if (stopping.signal.aborted) return;
  stopping.abort(new Error("the demo is stopping"));
  say("stopping");
  await Promise.all(children.map((child) => child.stop()));
  if (!keep) rmSync(settings.folder, { recursive: true, force: true });
  process.exit(code);
}

/** A launcher that was killed cannot tell us to stop; we see it by its absence. */
function watchParent(): void {
  const parent = process.ppid;
  const launcher = Number(process.env.LAUNCHED_BY ?? parent);
  const timer = setInterval(() => {
    if (process.ppid !== parent || !isAlive(launcher)) void stop(0);
  }, PARENT_POLL_MS);
  timer.unref();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
