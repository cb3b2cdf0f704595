/** Ingest with a webhook and a bound sensor, on real PostgreSQL and InfluxDB or on SQLite, for tests of remote sensors. */
import type { NewRemoteSensor } from "@jumpa-madu/contracts/http/remote";
import { migrate } from "@jumpa-madu/store/migrate";
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import { bindRemoteSensor } from "@jumpa-madu/store/remote-sensors";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { createWebhook } from "@jumpa-madu/store/webhooks";
import { sql } from "kysely";
import { pino } from "pino";
import { type Ingest, startIngest } from "../ingest.ts";
import { type FaultProxy, startFaultProxy } from "./http-fault-proxy.ts";
import { startTestBroker, type TestBroker } from "./test-broker.ts";
import { TEST_TIMING, testConfig } from "./test-config.ts";
import { openTestStores, quarantineRows, seed } from "./test-stores.ts";
import { until } from "./until.ts";

/** DevEUI of the sensor that is bound to `bin-2`; an LDDS45. */
export const DEV_EUI = "a84041000181c061";

const CALIBRATION = { empty_mm: 2_000, full_mm: 500 };

export interface TestRemote {
  readonly store: RelationalStore;
  readonly telemetry: TelemetryStore;
  /** Before InfluxDB; null when telemetry is a file. */
  readonly proxy: FaultProxy | null;
  readonly broker: TestBroker;
  /** Secrets of the webhooks `hook-ttn` and `hook-chirpstack`. */
  readonly secrets: { ttn: string; chirpstack: string };
  /** Lines of the log. */
  readonly logged: string[];
  /** Starts ingest; `store` in place of the real one, for a process that is to die half-way. */
  start(store?: RelationalStore): Promise<Ingest>;
  bind(request: NewRemoteSensor): Promise<void>;
  /** Adds a bin without a sensor. */
  addBin(id: string): Promise<void>;
  quarantined(): ReturnType<typeof quarantineRows>;
  close(): Promise<void>;
}

/** The servers that the tests are given. */
export interface TestServers {
  postgresUrl: string;
  influxUrl: string;
}

/** Opens stores and a broker, with `bin-2` and its sensor, and starts nothing. SQLite files when no servers are given. */
export async function openTestRemote(servers: TestServers | null = null): Promise<TestRemote> {
  const opened = servers === null ? await openFiles() : await openServers(servers);
  const { store, telemetry, proxy } = opened;
  const broker = await startTestBroker();
  const running: Ingest[] = [];
  const logged: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void logged.push(line) });
  const addWebhook = async (server: "ttn" | "chirpstack") =>
    (await store.transaction((tx) => createWebhook(tx, { id: `hook-${server}`, server }, Date.now()))) ?? "";
  const remote: TestRemote = {
    store,
    telemetry,
    proxy,
    broker,
    secrets: { ttn: await addWebhook("ttn"), chirpstack: await addWebhook("chirpstack") },
    logged,
    async start(other = store) {
      const ingest = await startIngest(testConfig(broker.url), { store: other, telemetry, log }, TEST_TIMING);
      running.push(ingest);
      await until("ready", async () => (await fetch(`${ingest.httpUrl}/readyz`)).ok);
      return ingest;
    },
    async bind(request) {
      const outcome = await store.transaction((tx) => bindRemoteSensor(tx, request, Date.now() - 86_400_000));
      if (outcome.kind !== "bound") throw new Error(outcome.reason);
    },
    async addBin(id) {
      await store.db
        .insertInto("bins")
        .values({ id, name: id, zone_id: "zone-1", lat: 3.55, lon: 98.87, capacity_l: 660, created_ms: 0 })
        .execute();
    },
    quarantined: () => quarantineRows(store),
    async close() {
      proxy?.fail("pass");
      for (const ingest of running) await ingest.close();
      await broker.close();
      await opened.closeStores();
    },
  };
  await remote.addBin("bin-2");
  const settings = { calibration: CALIBRATION };
  await remote.bind({ source: "lorawan", dev_eui: DEV_EUI, model: "dragino-ldds45", bin: "bin-2", settings });
  return remote;
}

async function openFiles() {
  const stores = await openTestStores();
  return { ...stores, proxy: null, closeStores: () => stores.close() };
}

/** A PostgreSQL database of its own, and one of InfluxDB behind a proxy that fails as it is told. */
async function openServers({ postgresUrl, influxUrl }: TestServers) {
  const name = `remote_${process.hrtime.bigint()}`;
  const admin = openRelational(postgresUrl, () => undefined);
  await sql`create database ${sql.id(name)}`.execute(admin.db);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  const store = openRelational(url.href, () => undefined);
  await migrate(store);
  await seed(store);
  const proxy = await startFaultProxy(influxUrl);
  const telemetry = openTelemetry(`influx://127.0.0.1:${proxy.port}/${name}`);
  return {
    store,
    telemetry,
    proxy,
    async closeStores() {
      await telemetry.close();
      await proxy.close();
      await store.close();
      await sql`drop database ${sql.id(name)} with (force)`.execute(admin.db);
      await admin.close();
    },
  };
}
