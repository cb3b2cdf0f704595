/**
 * What Aedes 1.2 does that one would not expect, each as a test that names the reason; so that an upgrade of Aedes
 * that changes it is noticed, and nobody undoes the remedy without seeing what for.
 */
import type { EventEmitter } from "node:events";
import { createServer, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Aedes, type AedesOptions } from "aedes";
import mqtt from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAedes } from "./aedes-broker.ts";
import type { Attempt, Authentication } from "./authentication.ts";
import {
  connectAs,
  connectPacket,
  connectRaw,
  inboxOf,
  memoryLog,
  openRaw,
  openTestStore,
  startTestBroker,
  type TestStore,
  testConfig,
  until,
} from "./broker-fixture.ts";
import { listen } from "./listeners.ts";
import { createMetrics } from "./metrics.ts";
import { createNoteRefusal } from "./refusals.ts";
import { Sessions } from "./sessions.ts";

let kept: TestStore;
beforeAll(async () => {
  kept = await openTestStore();
});
afterAll(() => kept.close());

/** Gives Aedes a free port. */
async function serve(aedes: Aedes): Promise<{ port: number; close: () => Promise<void> }> {
  const server: Server = createServer(aedes.handle);
  const port = await listen(server, { host: "127.0.0.1", port: 0 });
  const close = async () => {
    server.close();
    await new Promise<void>((resolve) => aedes.close(resolve));
  };
  return { port, close };
}

/** Puts work in front of a method of Aedes's persistence, which its types do not show. */
function beforeStoring(aedes: Aedes, method: string, work: () => Promise<unknown>): void {
  const persistence: unknown = Reflect.get(aedes, "persistence");
  if (typeof persistence !== "object" || persistence === null) throw new Error("Aedes has no persistence");
  const stored: unknown = Reflect.get(persistence, method);
  if (typeof stored !== "function") throw new Error(`persistence has no ${method}`);
  const value = async (...args: unknown[]) => {
    await work();
    return stored.apply(persistence, args);
  };
  Object.defineProperty(persistence, method, { value });
}

describe("PUBACK", () => {
  test("comes although the message reached nobody and is kept nowhere, so a node must wait for ingest's ack", async () => {
    const broker = await startTestBroker(kept.store);
    const node = await connectAs(broker.url, "bin-puback", { password: await kept.node("bin-puback") });
    // Resolves with the PUBACK.
    await node.publishAsync("jm/v1/a/bin-puback/records", "a deposit", { qos: 1 });
    const ingest = await connectAs(broker.url, "ingest-a-1", {
      password: await kept.service("ingest-a-1", "ingest"),
    });
    const heard = inboxOf(ingest);
    await ingest.subscribeAsync("jm/v1/a/+/records", { qos: 1 });
    await node.publishAsync("jm/v1/a/bin-puback/records", "the next", { qos: 1 });
    await until("the next message arrives", () => heard.length > 0);
    expect(heard.map(({ text }) => text)).toEqual(["the next"]);
    await Promise.all([node.endAsync(), ingest.endAsync()]);
    await broker.close();
  });

  test("comes before persistence has stored the message, even if it then fails", async () => {
    const aedes = await Aedes.createBroker();
    const { port, close } = await serve(aedes);
    let isAsked = false;
    beforeStoring(aedes, "subscriptionsByTopic", async () => {
      isAsked = true;
      throw new Error("disk full");
    });
    const emitter: EventEmitter = aedes;
    emitter.on("error", () => undefined);
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, { clientId: "x", reconnectPeriod: 0 });
    await client.publishAsync("a", "b", { qos: 1 });
    await until("persistence was asked", () => isAsked);
    client.end(true);
    await close();
  });
});

describe("delivery with asynchronous persistence", () => {
  const MESSAGES = 400;
  const topic = "jm/v1/a/bin-1/readings";

  /** Sends at once, through persistence that takes 0 to 5 ms, and answers how many a subscriber has got. */
  async function delivered(aedes: Aedes): Promise<number> {
    const { port, close } = await serve(aedes);
    let asked = 0;
    // A fixed pattern that lets later messages overtake earlier ones.
    beforeStoring(aedes, "subscriptionsByTopic", () => delay((asked++ * 7) % 6));
    const url = `mqtt://127.0.0.1:${port}`;
    const subscriber = await connectAs(url, "ingest-a", { password: "" });
    const heard = inboxOf(subscriber);
    await subscriber.subscribeAsync("jm/v1/a/+/readings", { qos: 1 });
    const publisher = await connectAs(url, "bin-1", { password: "" });
    let published = 0;
    aedes.on("publish", (packet) => {
      if (packet.topic === topic) published++;
    });
    await Promise.all(
      Array.from({ length: MESSAGES }, (_, i) => publisher.publishAsync(topic, `${i}`, { qos: 1 })),
    );
    await until("all are routed", () => published === MESSAGES);
    // What was routed has been written to the subscriber's socket, and this answer comes behind it.
    await subscriber.subscribeAsync("jm/v1/a/+/senml", { qos: 0 });
    subscriber.end(true);
    publisher.end(true);
    await close();
    return new Set(heard.map(({ text }) => text)).size;
  }

  test("loses messages that overtake each other as Aedes comes, because it takes them for duplicates", async () => {
    expect(await delivered(await Aedes.createBroker())).toBeLessThan(MESSAGES);
  });

  test("loses none in this broker, because that check is off", async () => {
    const { log } = memoryLog();
    const metrics = createMetrics();
    const authenticate = async ({ clientId: id }: Attempt): Promise<Authentication> => ({
      ok: true,
      identity: id === "bin-1" ? { kind: "node", id, shard: "a" } : { kind: "service", id, role: "ingest" },
      secret: "",
    });
    const { limits } = testConfig();
    const aedes = await createAedes({
      authenticate,
      sessions: new Sessions(),
      limits,
      metrics,
      noteRefusal: createNoteRefusal(log, metrics),
      log,
    });
    expect(await delivered(aedes)).toBe(MESSAGES);
  });
});

test("the broker's id differs at each start, because a fixed one would overwrite messages kept from the run before", async () => {
  const first = await startTestBroker(kept.store);
  await first.close();
  const second = await startTestBroker(kept.store);
  await second.close();
  expect(first.id).toMatch(/^[0-9a-f-]{36}$/);
  expect(second.id).not.toBe(first.id);
});

describe("preConnect", () => {
  test("as Aedes has it leaves the socket open when it refuses without an error, past the connect timeout", async () => {
    const refused = Promise.withResolvers<void>();
    const preConnect: AedesOptions["preConnect"] = (_client, _packet, callback) => {
      callback(null, false);
      refused.resolve();
    };
    const { port, close } = await serve(await Aedes.createBroker({ preConnect, connectTimeout: 50 }));
    const raw = await openRaw(port);
    raw.send(connectPacket("x", "y"));
    await refused.promise;
    // A connection that says nothing is closed by the connect timeout, which shows that the time is over.
    await (await openRaw(port)).closed();
    expect(raw.isClosed()).toBe(false);
    expect(raw.packets).toEqual([]);
    raw.socket.destroy();
    await close();
  });

  test("as the broker has it answers an empty client id without clean session by CONNACK 2 and closes", async () => {
    const broker = await startTestBroker(kept.store);
    const raw = await openRaw(broker.tcpPort);
    // CONNECT with an empty client id and all flags off.
    raw.socket.write(Buffer.from("100c00044d5154540400001e0000", "hex"));
    expect(await raw.next("connack")).toMatchObject({ returnCode: 2 });
    await raw.closed();
    await broker.close();
  });
});

test("a refused publish gets no PUBACK: the connection is closed, since MQTT 3.1.1 has no other way to say no", async () => {
  const broker = await startTestBroker(kept.store);
  const raw = await connectRaw(broker.tcpPort, "bin-no", await kept.node("bin-no"));
  raw.send({
    cmd: "publish",
    topic: "jm/v1/a/other/readings",
    payload: "x",
    qos: 1,
    messageId: 5,
    dup: false,
    retain: false,
  });
  await raw.closed();
  expect(raw.packets).toEqual([]);
  await broker.close();
});
