import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { startTestBroker, type TestBroker } from "../testing/test-broker.ts";
import { TEST_TIMING } from "../testing/test-config.ts";
import { SHARD } from "../testing/test-node.ts";
import { until } from "../testing/until.ts";
import type { Delivery } from "./deferred-puback.ts";
import { type Inbox, type InboxTiming, openInbox } from "./mqtt-inbox.ts";

let inbox: Inbox | undefined;
let broker: TestBroker | undefined;
let server: Server | undefined;
const sockets: Socket[] = [];

afterEach(async () => {
  await inbox?.end();
  await broker?.close();
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
  inbox = undefined;
  broker = undefined;
  server = undefined;
});

function open(url: string, timing: Partial<InboxTiming> = {}) {
  const deliveries: Delivery[] = [];
  const lost = { times: 0 };
  inbox = openInbox({
    url,
    clientId: "ingest-s1",
    secret: "a-secret-for-tests-only",
    shard: SHARD,
    log: pino({ level: "silent" }),
    onDelivery: (delivery) => deliveries.push(delivery),
    onLost: () => lost.times++,
    timing: { ...TEST_TIMING, ...timing },
  });
  return { inbox, deliveries, lost };
}

/** A server that answers with `greeting` and then says nothing more. */
async function startSilentServer(greeting: Buffer): Promise<string> {
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(greeting));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** CONNACK, accepted, no session. */
const CONNACK = Buffer.from([0x20, 0x02, 0x00, 0x00]);

describe("Inbox", () => {
  test("asks for the streams, the status and the SenML of its shard, and for nothing else", async () => {
    broker = await startTestBroker();
    const asked: unknown[] = [];
    broker.aedes.on("subscribe", (subscriptions) => asked.push(...subscriptions));
    const { inbox: opened } = open(broker.url);
    await until("ready", () => opened.isReady());
    expect(asked.map((one) => JSON.stringify(one))).toEqual(
      ["readings", "records", "status", "senml"].map((channel) =>
        JSON.stringify({ topic: `jm/v1/s1/+/${channel}`, qos: 1 }),
      ),
    );
  });

  test("subscribes again at every connection, whatever the broker says of the session", async () => {
    broker = await startTestBroker();
    let subscribed = 0;
    broker.aedes.on("subscribe", () => subscribed++);
    const { inbox: opened, lost } = open(broker.url);
    await until("ready", () => opened.isReady());
    const before = subscribed;
    broker.cut();
    await until("noticed", () => lost.times === 1);
    expect(opened.isReady()).toBe(false);
    await until("ready again", () => opened.isReady());
    expect(subscribed).toBeGreaterThan(before);
  });

  test("is not ready while a subscription is refused, and asks again", async () => {
    broker = await startTestBroker();
    let asked = 0;
    broker.aedes.authorizeSubscribe = (_client, subscription, done) => {
      asked++;
      const isRefused = subscription.topic.endsWith("/records") && asked < 7;
      done(null, isRefused ? null : subscription);
    };
    const { inbox: opened } = open(broker.url);
    await until("asked twice", () => asked > 3);
    expect(opened.isReady()).toBe(false);
    await until("ready", () => opened.isReady());
  });

  test("goes on trying when the broker refuses the connection", async () => {
    broker = await startTestBroker();
    let tries = 0;
    broker.aedes.authenticate = (_client, _user, _secret, done) => done(null, ++tries > 2);
    const { inbox: opened } = open(broker.url);
    await until("ready", () => opened.isReady());
    expect(tries).toBe(3);
  });

  test("publishes nothing while it is offline, and keeps nothing", async () => {
    const { inbox: opened } = open("mqtt://127.0.0.1:1");
    expect(opened.publish("t", "x", () => undefined)).toBe(false);
  });

  test("gives a broker that sends no CONNACK up after its time, and tries again", async () => {
    const url = await startSilentServer(Buffer.alloc(0));
    open(url, { connectMsMax: 50 });
    await until("second try", () => sockets.length >= 2);
  });

  test("ends in its time although the broker says nothing more", async () => {
    const url = await startSilentServer(CONNACK);
    const { inbox: opened } = open(url, { endMsMax: 100 });
    await until("connected", () => opened.publish("t", "x", () => undefined));
    const startedMs = performance.now();
    await opened.end();
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
