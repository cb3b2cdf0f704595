/** Every limit of a running broker, hit. */
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import fc from "fast-check";
import mqttPacket from "mqtt-packet";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  closedOf,
  connectAs,
  connectPacket,
  connectRaw,
  inboxOf,
  openRaw,
  openTestStore,
  startTestBroker,
  type TestBroker,
  type TestStore,
  testConfig,
  until,
} from "./broker-fixture.ts";
import { type BrokerLimits, CONNECT_BYTES_MAX, SUBSCRIPTIONS_MAX, TOPIC_LEVELS_MAX } from "./limits.ts";

let kept: TestStore;
let secret: string;
let broker: TestBroker | undefined;

beforeAll(async () => {
  kept = await openTestStore();
  secret = await kept.node("bin-1");
  for (const id of ["ingest-a-1", "ingest-a-2"]) await kept.service(id, "ingest");
  await kept.service("api-1", "api");
});
afterEach(async () => {
  await broker?.close();
  broker = undefined;
});
afterAll(() => kept.close());

async function start(limits: Partial<BrokerLimits> = {}): Promise<TestBroker> {
  broker = await startTestBroker(kept.store, testConfig(limits));
  return broker;
}

test("a packet too large is refused at its header, before its body is sent, and logged once", async () => {
  const { tcpPort, logged, refused } = await start({ packetBytesMax: 2048 });
  const raw = await connectRaw(tcpPort, "bin-1", secret);
  // A PUBLISH of 256 MB of which nothing but the header ever comes.
  raw.socket.write(Buffer.from("32ffffff7f", "hex"));
  await raw.closed();
  expect(await refused("packet_bytes")).toBe(1);
  expect(logged.filter(({ reason }) => reason === "packet_bytes")).toMatchObject([{ clientId: "bin-1" }]);
});

test("a packet of the largest size passes and one byte more does not", async () => {
  const { url, refused } = await start({ packetBytesMax: 2048 });
  const client = await connectAs(url, "bin-1", { password: secret });
  const topic = "jm/v1/a/bin-1/readings";
  const overhead = 3 + 2 + topic.length + 2;
  await client.publishAsync(topic, Buffer.alloc(2048 - overhead), { qos: 1 });
  client.publish(topic, Buffer.alloc(2048 - overhead + 1), { qos: 1 }, () => undefined);
  await closedOf(client);
  expect(await refused("packet_bytes")).toBe(1);
});

test("a stranger's first packet may not be large", async () => {
  const { tcpPort, refused } = await start();
  const raw = await openRaw(tcpPort);
  raw.send(connectPacket("bin-1", "x".repeat(CONNECT_BYTES_MAX)));
  await raw.closed();
  expect(await refused("packet_bytes")).toBe(1);
});

test("message id 0 is refused in PUBLISH, SUBSCRIBE and UNSUBSCRIBE, which Aedes would let pass", async () => {
  const { tcpPort, refused } = await start();
  const packets = [
    `321c0016${Buffer.from("jm/v1/a/bin-1/readings").toString("hex")}00007b7d`,
    "8206000000017401",
    "a2050000000174",
  ];
  for (const hex of packets) {
    const raw = await connectRaw(tcpPort, "bin-1", secret);
    raw.socket.write(Buffer.from(hex, "hex"));
    await raw.closed();
    expect(raw.packets).toEqual([]);
  }
  expect(await refused("message_id_zero")).toBe(3);
});

test("a topic with NUL or U+D800 in its bytes is refused, which Aedes would let pass", async () => {
  const { tcpPort, refused } = await start();
  for (const evil of ["00", "eda080"]) {
    const topic = Buffer.concat([
      Buffer.from("jm/v1/a/bin-1"),
      Buffer.from(evil, "hex"),
      Buffer.from("/readings"),
    ]);
    const raw = await connectRaw(tcpPort, "bin-1", secret);
    const body = Buffer.concat([Buffer.of(0, topic.length), topic, Buffer.from("{}")]);
    raw.socket.write(Buffer.concat([Buffer.of(0x30, body.length), body]));
    await raw.closed();
  }
  expect(await refused("publish_topic")).toBe(2);
});

test("a connection that does not say CONNECT in time is closed", async () => {
  const { tcpPort } = await start({ connectTimeoutMs: 100 });
  const silent = await openRaw(tcpPort);
  const slow = await openRaw(tcpPort);
  slow.socket.write(Buffer.of(0x10, 0x20, 0x00));
  await Promise.all([silent.closed(), slow.closed()]);
});

test("one connection too many of an address is closed, and one more passes after another went", async () => {
  const { tcpPort, refused } = await start({ connectionsPerAddressMax: 2 });
  const first = await openRaw(tcpPort);
  await openRaw(tcpPort);
  const third = await openRaw(tcpPort);
  await third.closed();
  expect(await refused("connections_per_address")).toBe(1);
  first.socket.destroy();
  await first.closed();
  await until("the place is free", async () => {
    const raw = await openRaw(tcpPort);
    raw.send(connectPacket("bin-1", secret));
    await until("an answer", () => raw.isClosed() || raw.packets.length > 0);
    return raw.packets.length > 0;
  });
});

test("one connection too many in total is closed", async () => {
  const { tcpPort, refused } = await start({ connectionsMax: 1 });
  await openRaw(tcpPort);
  const second = await openRaw(tcpPort);
  await second.closed();
  expect(await refused("connections")).toBe(1);
});

test("a node that publishes too fast is slowed down before it is disconnected", async () => {
  const { url, refused } = await start({ publishRatePerS: 20, publishBurst: 5 });
  const client = await connectAs(url, "bin-1", { password: secret });
  const startMs = performance.now();
  const publish = () => client.publishAsync("jm/v1/a/bin-1/readings", "{}", { qos: 1 });
  await Promise.all(Array.from({ length: 15 }, publish));
  // Ten beyond the burst at 20 a second.
  expect(performance.now() - startMs).toBeGreaterThan(450);
  expect(await refused("publish_rate")).toBe(0);
  for (let i = 0; i < 1000; i++) client.publish("jm/v1/a/bin-1/readings", "{}", { qos: 0 });
  await closedOf(client);
  expect(await refused("publish_rate")).toBeGreaterThan(0);
});

test("ingest has no rate limit: it answers as fast as nodes ask", async () => {
  const { url } = await start({ publishRatePerS: 1, publishBurst: 1 });
  const client = await connectAs(url, "ingest-a-1", { password: "secret-of-ingest-a-1" });
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: 50 }, () => client.publishAsync("jm/v1/a/bin-1/ack", "{}", { qos: 1 })),
  );
  expect(performance.now() - startMs).toBeLessThan(5_000);
  await client.endAsync();
});

test("a frozen subscriber is disconnected after the drain timeout and holds the others up no longer", async () => {
  const { url, tcpPort, logged } = await start({ drainTimeoutMs: 1_500 });
  const frozen = await connectRaw(tcpPort, "ingest-a-2", "secret-of-ingest-a-2");
  const filter = "jm/v1/a/+/readings";
  frozen.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic: filter, qos: 1 }] });
  await frozen.next("suback");
  frozen.socket.pause();
  const fast = await connectAs(url, "ingest-a-1", { password: "secret-of-ingest-a-1" });
  const heard = inboxOf(fast);
  await fast.subscribeAsync(filter, { qos: 1 });
  const node = await connectAs(url, "bin-1", { password: secret });
  // More than the socket buffers of both sides can hold for the one that does not read.
  const payload = Buffer.alloc(120_000, "x");
  const sent = Array.from({ length: 150 }, () =>
    node.publishAsync("jm/v1/a/bin-1/readings", payload, { qos: 1 }),
  );
  await Promise.all(sent);
  await until("the fast subscriber has all", () => heard.length === 150);
  expect(logged.some(({ clientId, error }) => clientId === "ingest-a-2" && error === "drain timeout")).toBe(
    true,
  );
  await Promise.all([fast.endAsync(true), node.endAsync(true)]);
  frozen.socket.destroy();
});

test("filters beyond the limit of one connection are refused, others stay", async () => {
  const { tcpPort, refused } = await start();
  const raw = await connectRaw(tcpPort, "api-1", "secret-of-api-1");
  const shards = Array.from({ length: SUBSCRIPTIONS_MAX + 1 }, (_, i) => `s${i}`);
  const subscriptions = shards.map((shard) => ({ topic: `jm/v1/${shard}/+/status`, qos: 1 as const }));
  raw.send({ cmd: "subscribe", messageId: 1, subscriptions });
  const suback = await raw.next("suback");
  expect(suback).toMatchObject({ granted: [...Array(SUBSCRIPTIONS_MAX).fill(1), 0x80] });
  expect(await refused("subscriptions")).toBe(1);
  raw.send({ cmd: "unsubscribe", messageId: 2, unsubscriptions: ["jm/v1/s0/+/status"] });
  await raw.next("unsuback");
  raw.send({ cmd: "subscribe", messageId: 3, subscriptions: subscriptions.slice(-1) });
  expect(await raw.next("suback")).toMatchObject({ granted: [1] });
  raw.socket.destroy();
});

test("a filter with too many levels disconnects", async () => {
  const { tcpPort } = await start();
  const raw = await connectRaw(tcpPort, "api-1", "secret-of-api-1");
  const topic = Array(TOPIC_LEVELS_MAX + 1)
    .fill("x")
    .join("/");
  raw.send({ cmd: "subscribe", messageId: 1, subscriptions: [{ topic, qos: 0 }] });
  await raw.closed();
});

test("any bytes before and after CONNECT leave the broker standing", async () => {
  const { tcpPort, url } = await start({ connectTimeoutMs: 200 });
  const connect = mqttPacket.generate(connectPacket("bin-1", secret));
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.boolean(), async (bytes, isKnown) => {
      const socket = connectSocket(tcpPort, "127.0.0.1").on("error", () => undefined);
      const closed = once(socket, "close");
      socket.resume();
      socket.end(isKnown ? Buffer.concat([connect, bytes]) : bytes);
      await closed;
    }),
    { numRuns: 200 },
  );
  const client = await connectAs(url, "bin-1", { password: secret });
  await client.endAsync();
});
