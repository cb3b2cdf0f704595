import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "@jumpa-madu/store/migrate";
import { registerNode, revokeNode } from "@jumpa-madu/store/node-registry";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import { Aedes } from "aedes";
import pino from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  PUBLISH_WAIT_MS_MAX,
  PUBLISHER_TIMING,
  type PublisherTiming,
  startConfigPublisher,
} from "./config-publisher.ts";

const log = pino({ level: "silent" });
const WAIT_MS_MAX = 10_000;

let folder: string;
let store: RelationalStore;
const endings: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "jumpa-madu-publisher-"));
  store = openRelational(`sqlite:${join(folder, "main.sqlite")}`, () => {});
  await migrate(store);
  for (const id of ["node-1", "node-2", "node-gone"]) {
    await registerNode(store.db, { id, shard: "s1", name: id, wasteBank: null }, 1);
  }
  await revokeNode(store.db, "node-gone", 2);
});

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A broker that notes what is published; `silent`: it takes everything and confirms nothing. */
async function startBroker(
  port = 0,
): Promise<{ port: number; seen: Map<string, string[]>; stop(): Promise<void> }> {
  const aedes = await Aedes.createBroker();
  const seen = new Map<string, string[]>();
  aedes.on("publish", ({ topic, payload, retain }, client) => {
    if (client === null) return;
    expect(retain).toBe(true);
    seen.set(topic, [...(seen.get(topic) ?? []), String(payload)]);
  });
  const server = createServer(aedes.handle);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { port: portOf(server), seen, stop: () => stop(aedes, server) };
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function stop(aedes: Aedes, server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await new Promise<void>((resolve) => aedes.close(resolve));
  await closed;
}

function publish(port: number, timing: Partial<PublisherTiming> = {}) {
  const publisher = startConfigPublisher({
    url: `mqtt://127.0.0.1:${port}`,
    id: "api",
    secret: "-",
    db: store.db,
    log,
    timing: { ...PUBLISHER_TIMING, reconnectMs: 100, ...timing },
  });
  endings.push(() => publisher.close());
  return publisher;
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS_MAX;
  while (!isTrue()) {
    if (Date.now() > deadlineMs) throw new Error("it did not come true");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const topic = (node: string) => `jm/v1/s1/${node}/config`;

test("publishes every node at each connect, but none that is shut out", async () => {
  const broker = await startBroker();
  publish(broker.port);
  await until(() => broker.seen.size === 2);
  expect([...broker.seen.keys()].sort()).toEqual([topic("node-1"), topic("node-2")]);
  expect(JSON.parse(broker.seen.get(topic("node-1"))?.[0] ?? "")).toEqual({ version: 0, ports: [] });
  await broker.stop();

  const again = await startBroker(broker.port);
  await until(() => again.seen.size === 2);
  await again.stop();
});

test("publishes a change before it answers", async () => {
  const broker = await startBroker();
  const publisher = publish(broker.port);
  await until(() => broker.seen.size === 2);
  await store.db.updateTable("nodes").set({ config_version: 7 }).where("id", "=", "node-2").execute();
  await publisher.publish("node-2");
  expect(JSON.parse(broker.seen.get(topic("node-2"))?.at(-1) ?? "").version).toBe(7);
  await broker.stop();
});

test("does not hold a request up while the broker is away, and catches up", async () => {
  const broker = await startBroker();
  await broker.stop();
  const publisher = publish(broker.port);
  const startedMs = Date.now();
  await publisher.publish("node-1");
  expect(Date.now() - startedMs).toBeLessThan(PUBLISH_WAIT_MS_MAX / 2);
  expect(publisher.isConnected()).toBe(false);
  const back = await startBroker(broker.port);
  await until(() => back.seen.has(topic("node-1")));
  await back.stop();
});

/** A server that accepts connections and then says nothing more. */
async function startDeafBroker(): Promise<{ port: number; connections(): number; lastPublishes(): number }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  let heard = "";
  const server = createServer((socket) => {
    connections++;
    heard = "";
    sockets.add(socket);
    socket.once("data", () => {
      socket.write(Buffer.from([0x20, 2, 0, 0]));
      socket.on("data", (bytes: Buffer) => {
        heard += bytes.toString("latin1");
      });
    });
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: portOf(server),
    connections: () => connections,
    lastPublishes: () => heard.split("/config").length - 1,
  };
}

test("holds a request up for two seconds at most when the broker confirms nothing", async () => {
  const deaf = await startDeafBroker();
  const publisher = publish(deaf.port);
  await until(() => publisher.isConnected());
  const startedMs = Date.now();
  await publisher.publish("node-1");
  const tookMs = Date.now() - startedMs;
  expect(tookMs).toBeGreaterThan(PUBLISH_WAIT_MS_MAX - 100);
  expect(tookMs).toBeLessThan(PUBLISH_WAIT_MS_MAX + 1_500);
  // Closing waits for no confirmation: a service that is asked to stop has little time.
  const closedMs = Date.now();
  await publisher.close();
  expect(Date.now() - closedMs).toBeLessThan(1_000);
});

test("renews a connection on which the broker confirms nothing in time", async () => {
  const deaf = await startDeafBroker();
  publish(deaf.port, { pubackMsMax: 50 });
  await until(() => deaf.connections() >= 3 && deaf.lastPublishes() > 0);
  // Two nodes are asked for anew each time, and what was not confirmed before is not sent again.
  expect(deaf.lastPublishes()).toBe(1);
});

test("asks a database that is away no more often than it may try the broker", async () => {
  const broker = await startBroker();
  const askedMs: number[] = [];
  const selectFrom = vi.spyOn(store.db, "selectFrom").mockImplementation(() => {
    askedMs.push(performance.now());
    throw new Error("away");
  });
  publish(broker.port, { reconnectMs: 300 });
  await until(() => askedMs.length === 2);
  selectFrom.mockRestore();
  expect((askedMs[1] ?? 0) - (askedMs[0] ?? 0)).toBeGreaterThanOrEqual(290);
  await until(() => broker.seen.size === 2);
  await broker.stop();
});

test("tries a broker again that does not accept the connection in time", async () => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  endings.push(async () => server.close());
  publish(portOf(server), { connectMsMax: 50 });
  await until(() => connections >= 3);
});

test("a node whose configuration is broken in the database holds up no other, and no connection", async () => {
  const port = JSON.stringify({ path: "/dev/nonsense" });
  await store.transaction((tx) => store.script(tx, "pragma ignore_check_constraints = on"));
  await store.db
    .insertInto("devices")
    .values({
      id: "d-1",
      node_id: "node-1",
      port,
      bin_id: null,
      scale_id: null,
      created_ms: 1,
      retired_ms: null,
    })
    .execute();
  const broker = await startBroker();
  const publisher = publish(broker.port);
  await until(() => broker.seen.has(topic("node-2")));
  await publisher.publish("node-1");
  expect([publisher.isConnected(), [...broker.seen.keys()]]).toEqual([true, [topic("node-2")]]);
  await broker.stop();
});
