/** Ingest as a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { authenticateService } from "@jumpa-madu/store/service-accounts";
import { afterEach, expect, test } from "vitest";
import { startTestBroker } from "./testing/test-broker.ts";
import { connectNode, EPOCH } from "./testing/test-node.ts";
import { level, openTestStores } from "./testing/test-stores.ts";
import { until } from "./testing/until.ts";

let child: ChildProcess | undefined;

afterEach(() => {
  child?.kill("SIGKILL");
});

function run(env: Record<string, string>) {
  const started = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], { env, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  started.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  started.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  child = started;
  return { child: started, output, exited: once(started, "exit") };
}

test("without configuration it names what is missing and exits with 2", async () => {
  const { output, exited } = run({});
  expect((await exited)[0]).toBe(2);
  for (const name of ["MQTT_URL", "INGEST_SECRET", "DATABASE_URL", "TELEMETRY_URL"]) {
    expect(output.stderr).toContain(`${name} is missing`);
  }
});

test("a configuration that only the stores can tell to be wrong ends it with 2 as well", async () => {
  const stores = await openTestStores();
  const settings = {
    MQTT_URL: "mqtt://127.0.0.1:1",
    INGEST_SECRET: "a-secret-for-tests-only",
    DATABASE_URL: `sqlite:${join(stores.folder, "books.sqlite")}`,
    TELEMETRY_URL: `sqlite:${join(stores.folder, "telemetry.sqlite")}`,
    INGEST_HTTP_PORT: "0",
  };
  const named = run({ ...settings, INGEST_CLIENT_ID: "node-1" });
  expect((await named.exited)[0]).toBe(2);
  expect(named.output.stdout).toContain("node-1 is the name of a node");
  const addressed = run({ ...settings, TELEMETRY_URL: "influx://127.0.0.1:99999/telemetry" });
  expect((await addressed.exited)[0]).toBe(2);
  await stores.close();
});

test("an unexpected error is logged as fatal and ends it with 1", async () => {
  const { output, exited } = run({
    MQTT_URL: "mqtt://127.0.0.1:1",
    INGEST_SECRET: "a-secret-for-tests-only",
    DATABASE_URL: "postgres://ingest:secret-of-postgres@127.0.0.1:1/books",
    TELEMETRY_URL: "influx://ingest:secret-of-influx@127.0.0.1:1/telemetry",
    INGEST_LOG_LEVEL: "debug",
  });
  expect((await exited)[0]).toBe(1);
  expect(output.stdout).toContain('"level":60');
  expect(output.stdout + output.stderr).not.toMatch(/secret-(of|for)/);
});

test("it migrates, keeps its account, works, and at SIGTERM finishes what it holds within three seconds", async () => {
  const broker = await startTestBroker();
  const stores = await openTestStores();
  const node = await connectNode(broker.url, "node-1");
  const {
    child: ingest,
    output,
    exited,
  } = run({
    MQTT_URL: broker.url,
    INGEST_SECRET: "a-secret-for-tests-only",
    DATABASE_URL: `sqlite:${join(stores.folder, "books.sqlite")}`,
    TELEMETRY_URL: `sqlite:${join(stores.folder, "telemetry.sqlite")}`,
    INGEST_HTTP_PORT: "0",
  });
  await until("subscribed", () => output.stdout.includes('"msg":"subscribed"'));
  expect(await authenticateService(stores.store.db, "ingest-s1", "a-secret-for-tests-only")).toBe("ingest");
  await node.publish("readings", { epoch: EPOCH, first: 1, floor: 1, items: [level(1)] });
  await node.acked("readings", 1);
  await node.publish("readings", { epoch: EPOCH, first: 2, floor: 2, items: [level(2)] });
  const startedMs = performance.now();
  ingest.kill("SIGTERM");
  expect((await exited)[0]).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(3_000);
  expect(output.stdout).not.toContain("a-secret-for-tests-only");
  await node.close();
  await broker.close();
  await stores.close();
});

test("a database that is new is migrated, all else may come later; it shows no secret and SIGINT stops it too", async () => {
  const stores = await openTestStores();
  const url = `sqlite:${join(stores.folder, "new.sqlite")}`;
  const {
    child: ingest,
    output,
    exited,
  } = run({
    MQTT_URL: "mqtt://127.0.0.1:1",
    INGEST_SECRET: "a-secret-for-tests-only",
    DATABASE_URL: url,
    TELEMETRY_URL: "influx://ingest:secret-of-influx@127.0.0.1:1/telemetry",
    INGEST_HTTP_PORT: "0",
    INGEST_LOG_LEVEL: "debug",
  });
  await until("started", () => output.stdout.includes('"msg":"ingest started"'));
  const store = openRelational(url, () => undefined);
  expect(await store.db.selectFrom("schema_migrations").select("version").execute()).not.toEqual([]);
  await until("trouble with both", () =>
    /trouble with the broker[\s\S]*could not be prepared|could not be prepared[\s\S]*trouble with the broker/.test(
      output.stdout,
    ),
  );
  const startedMs = performance.now();
  ingest.kill("SIGINT");
  expect((await exited)[0]).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(3_500);
  expect(output.stdout + output.stderr).not.toMatch(/secret-(of|for)/);
  await store.close();
  await stores.close();
});
