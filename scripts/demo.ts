/**
 * `npm run demo`: the whole system on this machine, with simulated devices and sample data.
 *
 * Progress goes to stderr. The last line of the start on stdout is one JSON object: where everything is and how to sign
 * in. Ctrl-C stops all of it.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
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
import { type Login, type PastStage, PROVIDER_FLOAT_IDR, tellPastWeeks } from "./demo/past-weeks.ts";
import { linesToTry, payMembers } from "./demo/payouts.ts";
import { startReceiptPrinter } from "./demo/receipt-printer.ts";
import { createPlaces, createTrade, type Member, type NodeCredentials } from "./demo/sample-city.ts";
import { type DemoSettings, demoSettings } from "./demo/settings.ts";
import { receiveVisitors } from "./demo/visitors.ts";
import { watchLauncher } from "./launcher.ts";
import { serviceCommand } from "./service-command.ts";
import { buildPages } from "./web-build.ts";

const ROOT = join(import.meta.dirname, "..");
const execute = promisify(execFile);
const READY_TIMEOUT_MS = 60_000;
const READY_POLL_MS = 50;
const STREET_NODES = 2;

type DemoUsers = Awaited<ReturnType<typeof createUsers>>;

/** What the simulated provider says of itself. */
interface ProviderAccess {
  url: string;
  xenditSecretKey: string;
  xenditCallbackToken: string;
}

const stopping = new AbortController();
const children: Child[] = [];
/** Names of children that are no longer needed: their end is no trouble. */
const dismissed = new Set<string>();
const startedMs = performance.now();
const say = (text: string) =>
  process.stderr.write(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void stop(0));
watchLauncher(() => void stop(0));

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
  say("building the pages, starting broker, ingest, and an api whose clock is set back");
  startServices(settings, urls.broker);
  const past = startPastApi(settings, urls);
  const provider = startProvider(settings);
  buildPages();
  await ready(`${urls.api}/readyz`);

  say("telling five weeks of Deli Serdang: 3 waste banks, 60 bins, 36 members, deposits, a sale");
  const admin = await createAdmin(settings, isExternal ? `admin-${randomBytes(2).toString("hex")}` : "admin");
  const told = await tellOnce({ ...past.stage, createUsers: (one) => createUsers(one, isExternal) }, admin);
  await past.stop();
  startMoneyServices(settings, urls.broker, await provider);
  await ready(`${urls.api}/readyz`);
  const { token } = await apiClient(urls.api).request<{ token: string }>("POST", "/v1/sessions", admin);
  const api = apiClient(urls.api, token);
  if (told === null) await createPlaces(api);

  say(`scales: ${COUNTERS.map(({ protocol }) => protocol).join(", ")}; a receipt printer`);
  say(`bin sensors: ${BIN_SENSORS.map(({ protocol }) => protocol).join(", ")}; EM400 by LoRaWAN`);
  say(`starting ${STREET_NODES + TERMINALS.length} edge agents`);
  const links = join(folder, "ports");
  mkdirSync(links);
  const simulator = await startSimulator(simulatedDevices(links), folder);
  startEdges(await createStreetNodes(api, links), ports.street, { folder, ...urls });
  if (told === null) await createTrade(api);
  void sendUplinks(
    { ingestUrl: urls.ingest, secret: await createLorawanBins(api) },
    { signal: stopping.signal, say },
  );
  const printer = await startReceiptPrinter(join(folder, "receipts"), (file) =>
    say(`receipt printed: ${file}, the next ones beside it`),
  );
  const users = { admin, ...(told ?? (await createUsers(api, isExternal))) };
  startEdges(await createTerminals(api, { links, printer }), ports.terminals, { folder, ...urls });
  await Promise.all([firstLevel(api), ...urls.terminals.map((terminal) => ready(`${terminal}/status`))]);
  say("the first bin level is in the API; deposits follow now and then");
  say(`pages: ${urls.api}   sign in as ${users.staff.username} / ${users.staff.password}`);
  if (told !== null) {
    await payMembers(urls.api, users);
    say(
      "payouts: one in cash, one waits for an approval, four at the simulated provider: two arrive, one fails, one comes back",
    );
    say("look at the money:");
    for (const line of await linesToTry(urls.api, users.member)) say(`  ${line}`);
  }
  say(`every route: ${urls.api}/docs`);
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
    if (stopping.signal.aborted || dismissed.has(name)) return;
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
}

/** What the api is configured with, whatever its clock says. */
function apiEnvironment(
  { databaseUrl, telemetryUrl, vaultUrl, ports, secrets }: DemoSettings,
  brokerUrl: string,
): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    TELEMETRY_URL: telemetryUrl,
    MQTT_URL: brokerUrl,
    API_SECRET: secrets.api,
    VAULT_URL: vaultUrl,
    VAULT_KEY: secrets.vaultKey,
    API_HTTP_PORT: String(ports.api),
    PAYOUT_PROVIDER: "xendit-v2",
    // The sample data comes in some three hundred requests within seconds.
    API_RATE_PER_MINUTE: "6000",
  };
}

/** An api whose clock can be set, for what happened before today. */
function startPastApi(
  demo: DemoSettings,
  { api: url, broker }: { api: string; broker: string },
): { stage: Omit<PastStage<DemoUsers>, "createUsers">; stop(): Promise<void> } {
  const { parameters, environment } = serviceCommand("api");
  const child = start("past-api", ["--import", "./scripts/demo/past-clock.ts", ...parameters], {
    ...environment,
    ...apiEnvironment(demo, broker),
  });
  return {
    async stop() {
      dismissed.add(child.name);
      await child.stop();
    },
    stage: {
      url,
      async setClock(ms) {
        const { stdin, stdout } = child.process;
        if (stdin === null || stdout === null) throw new Error("the api of the past takes no orders");
        stdin.write(`${Math.round(ms)}\n`);
        // Its log comes the same way.
        for (let said = ""; !said.includes(`clock ${Math.round(ms)}`); )
          said += String((await once(stdout, "data", { signal: stopping.signal }))[0]);
      },
    },
  };
}

/** Tells the weeks before today, unless the stores have been used before: then null. */
async function tellOnce(stage: PastStage<DemoUsers>, admin: Login): Promise<DemoUsers | null> {
  const { token } = await apiClient(stage.url).request<{ token: string }>("POST", "/v1/sessions", admin);
  const banks = await apiClient(stage.url, token).all("/v1/waste-banks");
  return banks.length > 0 ? null : await tellPastWeeks(stage, admin);
}

/** The simulated payment provider: what it prints says how to reach it. A payout takes it a second. */
async function startProvider({ ports }: DemoSettings): Promise<ProviderAccess> {
  const { parameters } = serviceCommand("provider-sim");
  const webhook = `http://127.0.0.1:${ports.treasuryHttp}/webhooks/payouts/xendit-v2`;
  const options = {
    "--seed": "1",
    "--port": String(ports.providerSim),
    "--speed": "100",
    "--float": String(PROVIDER_FLOAT_IDR),
    "--webhook": webhook,
  };
  const provider = start("provider-sim", [...parameters, ...Object.entries(options).flat()]);
  if (provider.process.stdout === null) throw new Error("the simulated provider says nothing");
  const [line] = await once(provider.process.stdout, "data", { signal: stopping.signal });
  return JSON.parse(String(line)) as ProviderAccess;
}

/** What runs from today on: the api with the true clock, and the treasury. */
function startMoneyServices(demo: DemoSettings, brokerUrl: string, provider: ProviderAccess): void {
  startService("api", "api", apiEnvironment(demo, brokerUrl));
  startService("treasury", "treasury", {
    DATABASE_URL: demo.databaseUrl,
    VAULT_URL: demo.vaultUrl,
    VAULT_KEY: demo.secrets.vaultKey,
    TREASURY_HTTP_PORT: String(demo.ports.treasuryHttp),
    PAYOUT_PROVIDER: "xendit-v2",
    XENDIT_URL: provider.url,
    XENDIT_SECRET_KEY: provider.xenditSecretKey,
    XENDIT_CALLBACK_TOKEN: provider.xenditCallbackToken,
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
