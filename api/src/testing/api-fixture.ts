/** An api for tests: real stores, a publisher that notes what it is asked, one user of each role, and a few places. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reading } from "@jumpa-madu/contracts/readings";
import { migrate } from "@jumpa-madu/store/migrate";
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import { beginSession } from "@jumpa-madu/store/sessions";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { openTestVault } from "@jumpa-madu/store/test-vault";
import { insertUser, type User } from "@jumpa-madu/store/users";
import type { Vault } from "@jumpa-madu/store/vault";
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from "fastify";
import pino from "pino";
import { type AppOptions, buildApp } from "../app.ts";
import type { ConfigPublisher } from "../config-publisher.ts";
import { loggerOptions } from "../log.ts";

type Role = User["role"];

/** Who a test asks as; null: nobody. */
export type Who = Role | null;

export interface TestApi {
  app: FastifyInstance;
  store: RelationalStore;
  telemetry: TelemetryStore;
  vault: Vault;
  tokens: Record<Role, string>;
  /** Members of the two waste banks: the user of the role member is the first. */
  members: { mine: string; other: string };
  /** Nodes whose configuration was to be published, in order. */
  published: string[];
  /** Lines of the log. */
  logged: string[];
  /** Time that the api takes for now; a test moves it. */
  clock: { nowMs: number };
  call: (
    who: Who,
    method: "GET" | "POST" | "PUT" | "DELETE",
    url: string,
    more?: CallOptions,
  ) => Promise<LightMyRequestResponse>;
  /** Stores readings of node `node-1` as ingest would. */
  write(...readings: Reading[]): Promise<void>;
  close(): Promise<void>;
}

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

/** Builds an api on a SQLite file of its own, or on the given database. */
export async function startTestApi(
  more: Partial<AppOptions> & { databaseUrl?: string } = {},
): Promise<TestApi> {
  const folder = mkdtempSync(join(tmpdir(), "jumpa-madu-api-"));
  const { databaseUrl, ...options } = more;
  const store = openRelational(databaseUrl ?? `sqlite:${join(folder, "main.sqlite")}`, () => {});
  await migrate(store);
  const telemetry = openTelemetry(`sqlite:${join(folder, "telemetry.sqlite")}`);
  await telemetry.prepare();
  const vault = await openTestVault();
  const published: string[] = [];
  const logged: string[] = [];
  const clock = { nowMs: Date.now() };
  const publisher: ConfigPublisher = {
    publish: async (node) => void published.push(node),
    isConnected: () => true,
    close: async () => {},
  };
  const app = await buildApp({
    store,
    telemetry,
    publisher,
    vault,
    payoutProvider: "xendit-v2",
    nowMs: () => clock.nowMs,
    log: pino(loggerOptions("info"), { write: (line: string) => void logged.push(line) }),
    ratePerMinute: 1_000_000,
    trustedProxies: [],
    eventLoopDelayMsMax: 0,
    metrics: { token: "", process: false },
    pagesDir: null,
    ...options,
  });
  const tokens: Partial<Record<Role, string>> = {};
  const call: TestApi["call"] = (who, method, url, { body, headers = {} } = {}) => {
    const token = who === null ? undefined : tokens[who];
    const request: InjectOptions = {
      method,
      url,
      headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
    };
    if (body !== undefined) request.payload = body as NonNullable<InjectOptions["payload"]>;
    return app.inject(request);
  };
  await signIn(store, tokens, { role: "admin" });
  const members = await addSampleData(call);
  await signIn(store, tokens, { role: "staff" });
  await signIn(store, tokens, { role: "operator", wasteBank: "wb-1" });
  await signIn(store, tokens, { role: "collector" });
  await signIn(store, tokens, { role: "member", member: members.mine });
  return {
    app,
    store,
    telemetry,
    vault,
    tokens: tokens as Record<Role, string>,
    members,
    published,
    logged,
    clock,
    call,
    async write(...readings) {
      const points = readings.map((reading, index) => ({
        node: "node-1",
        site: "wb-1",
        zone: "zone-1",
        seq: index + 1,
        receivedMs: reading.t,
        reading,
      }));
      const outcome = await telemetry.write(points);
      if (outcome.kind !== "stored" || outcome.refused.length > 0) throw new Error(JSON.stringify(outcome));
    },
    async close() {
      await app.close();
      await telemetry.close();
      await store.close();
      await vault.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Members and places that every test finds: two zones, two waste banks, a bin, two scales, a node, two materials. */
async function addSampleData(call: TestApi["call"]): Promise<{ mine: string; other: string }> {
  const add = async (url: string, body: unknown) => {
    const answer = await call("admin", "POST", url, { body });
    if (answer.statusCode !== 201) throw new Error(`${url}: ${answer.body}`);
    return answer.json();
  };
  for (const id of ["zone-1", "zone-2"]) await add("/v1/zones", { id, name: `Kecamatan ${id}` });
  const place = { lat: 3.55, lon: 98.87 };
  for (const id of ["1", "2"]) {
    await add("/v1/waste-banks", { id: `wb-${id}`, name: `Bank Sampah ${id}`, zone: `zone-${id}`, ...place });
    await add("/v1/scales", {
      id: `scale-${id}`,
      name: `Timbangan ${id}`,
      waste_bank: `wb-${id}`,
      capacity_g: 150_000,
      division_g: 50,
    });
  }
  await add("/v1/bins", {
    id: "bin-1",
    name: "Pasar Lubuk Pakam",
    zone: "zone-1",
    ...place,
    capacity_l: 660,
  });
  await add("/v1/nodes", { id: "node-1", name: "Terminal", waste_bank: "wb-1" });
  await add("/v1/materials", { id: "pet", name: "Botol PET bersih", category: "plastik" });
  await add("/v1/materials", { id: "kardus", name: "Kardus", category: "kertas" });
  const mine = await add("/v1/members", {
    name: "Nasabah Satu",
    waste_bank: "wb-1",
    phone: "+6281200000001",
  });
  const other = await add("/v1/members", { name: "Nasabah Dua", waste_bank: "wb-2" });
  return { mine: mine.id, other: other.id };
}

/** A user without a password that works, with a session. */
async function signIn(
  store: RelationalStore,
  tokens: Partial<Record<Role, string>>,
  {
    role,
    wasteBank = null,
    member = null,
  }: { role: Role; wasteBank?: string | null; member?: string | null },
): Promise<void> {
  const user = await insertUser(
    store.db,
    { username: `a-${role}`, passwordHash: "-", role, wasteBank, member },
    Date.now(),
  );
  tokens[role] = (await beginSession(store.db, user.id, Date.now())).token;
}
