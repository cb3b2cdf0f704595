import { revokeNode, rotateNodeSecret } from "@jumpa-madu/store/node-registry";
import { keepServiceAccount } from "@jumpa-madu/store/service-accounts";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  closedOf,
  connectAs,
  memoryLog,
  openTestStore,
  startTestBroker,
  type TestBroker,
  type TestStore,
  testConfig,
  until,
} from "./broker-fixture.ts";
import { watchCredentials } from "./revocation.ts";
import { Sessions } from "./sessions.ts";

let kept: TestStore;
let broker: TestBroker | undefined;

beforeAll(async () => {
  kept = await openTestStore();
});
afterEach(async () => {
  await broker?.close();
  broker = undefined;
});
afterAll(() => kept.close());

async function start(pollMs: number): Promise<TestBroker> {
  broker = await startTestBroker(kept.store, testConfig({ revocationPollMs: pollMs }));
  return broker;
}

test("a revoked node is disconnected within five seconds by default, and others stay", async () => {
  const secret = await kept.node("bin-1");
  const otherSecret = await kept.node("bin-2");
  broker = await startTestBroker(kept.store);
  const node = await connectAs(broker.url, "bin-1", { password: secret });
  const other = await connectAs(broker.url, "bin-2", { password: otherSecret });
  await revokeNode(kept.store.db, "bin-1", Date.now());
  const startMs = performance.now();
  await closedOf(node);
  expect(performance.now() - startMs).toBeLessThan(5_000);
  await expect(connectAs(broker.url, "bin-1", { password: secret })).rejects.toMatchObject({ code: 5 });
  await other.publishAsync("jm/v1/a/bin-2/readings", "{}", { qos: 1 });
  await other.endAsync();
});

test("a node whose secret was rotated is disconnected, and stays once it came back with the new one", async () => {
  const { url, refused } = await start(100);
  const node = await connectAs(url, "bin-3", { password: await kept.node("bin-3") });
  const fresh = (await rotateNodeSecret(kept.store.db, "bin-3", Date.now())) ?? "";
  await closedOf(node);
  const back = await connectAs(url, "bin-3", { password: fresh });
  // A second node's revocation shows that the watch has looked again since.
  const witness = await connectAs(url, "bin-4", { password: await kept.node("bin-4") });
  await revokeNode(kept.store.db, "bin-4", Date.now());
  await closedOf(witness);
  expect(back.connected).toBe(true);
  expect(await refused("credentials_changed")).toBe(2);
  await back.endAsync();
});

test("a change made by a clock that is behind is noticed as well", async () => {
  const { url } = await start(100);
  const node = await connectAs(url, "bin-5", { password: await kept.node("bin-5") });
  await revokeNode(kept.store.db, "bin-5", Date.now() - 30_000);
  await closedOf(node);
});

test("a service whose secret was replaced is disconnected", async () => {
  const { url } = await start(100);
  const service = await connectAs(url, "api-1", { password: await kept.service("api-1", "api") });
  await keepServiceAccount(kept.store.db, { id: "api-1", role: "api", secret: "another" }, Date.now());
  await closedOf(service);
});

test("a node that was moved to another shard is disconnected", async () => {
  const { url } = await start(100);
  const node = await connectAs(url, "bin-6", { password: await kept.node("bin-6") });
  await kept.store.db
    .updateTable("nodes")
    .set({ shard: "b", updated_ms: Date.now() })
    .where("id", "=", "bin-6")
    .execute();
  await closedOf(node);
});

test("the watch outlives a store that does not answer, and ends when it is told to", async () => {
  const other = await openTestStore();
  await other.close();
  const { log, logged } = memoryLog();
  const stop = new AbortController();
  const parts = {
    db: other.store.db,
    sessions: new Sessions(),
    pollMs: 5,
    noteRefusal: () => undefined,
    log,
  };
  const watching = watchCredentials(parts, stop.signal);
  await until("two looks have failed", () => logged.length >= 2);
  stop.abort();
  await watching;
});
