/** Ingest on PostgreSQL, whose connections break. */
import { migrate } from "@jumpa-madu/store/migrate";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import { sql } from "kysely";
import { pino } from "pino";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { type Ingest, startIngest } from "./ingest.ts";
import { startTestBroker, type TestBroker } from "./testing/test-broker.ts";
import { TEST_TIMING, testConfig } from "./testing/test-config.ts";
import { connectNode, EPOCH, type TestNode } from "./testing/test-node.ts";
import {
  deposit,
  level,
  openTestStores,
  quarantineRows,
  seed,
  type TestStores,
} from "./testing/test-stores.ts";

let broker: TestBroker;
let stores: TestStores;
let store: RelationalStore;
let ingest: Ingest;
let node: TestNode;
let admin: RelationalStore;
const database = `ingest_${process.pid}`;

beforeEach(async () => {
  admin = openRelational(inject("postgresUrl"), () => undefined);
  await sql`create database ${sql.id(database)}`.execute(admin.db);
  const url = new URL(inject("postgresUrl"));
  url.pathname = `/${database}`;
  store = openRelational(url.href, () => undefined);
  await migrate(store);
  await seed(store);
  broker = await startTestBroker();
  stores = await openTestStores();
  ingest = await startIngest(
    testConfig(broker.url),
    { store, telemetry: stores.telemetry, log: pino({ level: "silent" }) },
    TEST_TIMING,
  );
  node = await connectNode(broker.url, "node-1");
});

afterEach(async () => {
  await node.close();
  await ingest.close();
  await broker.close();
  await stores.close();
  await store.close();
  await sql`drop database ${sql.id(database)} with (force)`.execute(admin.db);
  await admin.close();
});

test("connections that the server ends cost a retry, and neither a record nor a reading", async () => {
  const envelopes = 30;
  for (let index = 0; index < envelopes; index++) {
    const first = 1 + index * 2;
    const records = [deposit(`R-${first}`), deposit(`R-${first + 1}`)];
    await node.publish("records", { epoch: EPOCH, first, floor: 1, items: records });
    await node.publish("readings", {
      epoch: EPOCH,
      first,
      floor: 1,
      items: [level(first), level(first + 1)],
    });
    if (index % 3 === 0) {
      await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${database}`.execute(
        admin.db,
      );
    }
  }
  await node.acked("records", envelopes * 2);
  await node.acked("readings", envelopes * 2);
  expect(await quarantineRows(store)).toEqual([]);
  expect(await store.db.selectFrom("deposits").select("id").execute()).toHaveLength(envelopes * 2);
  expect(await stores.telemetry.count("bin_level")).toBe(envelopes * 2);
});
