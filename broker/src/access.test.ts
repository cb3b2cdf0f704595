/** Who gets in and what they may do, against a broker that runs. */
import { rotateNodeSecret } from "@jumpa-madu/store/node-registry";
import type { MqttClient } from "mqtt";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  closedOf,
  connectAs,
  connectPacket,
  inboxOf,
  openRaw,
  openTestStore,
  startTestBroker,
  type TestBroker,
  type TestStore,
  until,
} from "./broker-fixture.ts";
import { SUBSCRIPTION_REFUSALS_MAX } from "./limits.ts";

let kept: TestStore;
let broker: TestBroker;
const secrets: Record<string, string> = {};
const clients: MqttClient[] = [];

beforeAll(async () => {
  kept = await openTestStore();
  for (const id of ["bin-1", "bin-2"]) secrets[id] = await kept.node(id);
  secrets["ingest-a-1"] = await kept.service("ingest-a-1", "ingest");
  secrets["api-1"] = await kept.service("api-1", "api");
  broker = await startTestBroker(kept.store);
});
afterEach(() => {
  for (const client of clients.splice(0)) client.end(true);
});
afterAll(async () => {
  await broker.close();
  await kept.close();
});

async function enter(id: string, more: object = {}): Promise<MqttClient> {
  const client = await connectAs(broker.url, id, { password: secrets[id] ?? "", ...more });
  clients.push(client);
  client.on("error", () => undefined);
  return client;
}

async function connackOf(packet: ReturnType<typeof connectPacket>): Promise<number | undefined> {
  const raw = await openRaw(broker.tcpPort);
  raw.send(packet);
  const connack = await raw.next("connack");
  if (connack.cmd === "connack" && connack.returnCode === 0) raw.socket.destroy();
  await raw.closed();
  return connack.cmd === "connack" ? connack.returnCode : undefined;
}

describe("CONNECT", () => {
  const secret = () => secrets["bin-1"] ?? "";
  const cases: {
    name: string;
    packet: () => ReturnType<typeof connectPacket>;
    code: number;
    reason: string | null;
  }[] = [
    { name: "the right secret", packet: () => connectPacket("bin-1", secret()), code: 0, reason: null },
    {
      name: "a service",
      packet: () => connectPacket("api-1", secrets["api-1"] ?? ""),
      code: 0,
      reason: null,
    },
    {
      name: "a wrong secret",
      packet: () => connectPacket("bin-1", "wrong"),
      code: 4,
      reason: "wrong_secret",
    },
    {
      name: "another node's secret",
      packet: () => connectPacket("bin-2", secret()),
      code: 4,
      reason: "wrong_secret",
    },
    { name: "an unknown id", packet: () => connectPacket("nobody", "wrong"), code: 4, reason: "unknown_id" },
    {
      name: "no password",
      packet: () => connectPacket("bin-1", "", { password: undefined }),
      code: 4,
      reason: "username",
    },
    {
      name: "no user name",
      packet: () => connectPacket("bin-1", "", { username: undefined, password: undefined }),
      code: 4,
      reason: "username",
    },
    {
      name: "a client id that is not the user name",
      packet: () => connectPacket("bin-1", secret(), { clientId: "bin-2" }),
      code: 4,
      reason: "username",
    },
    {
      name: "a prototype's name as id",
      packet: () => connectPacket("constructor", "x"),
      code: 4,
      reason: "unknown_id",
    },
    {
      name: "a client id outside the allow-list",
      packet: () => connectPacket("bin/1", "x"),
      code: 2,
      reason: "client_id",
    },
    {
      name: "a client id with NUL",
      packet: () => connectPacket("bin-1\0", "x"),
      code: 2,
      reason: "client_id",
    },
    {
      name: "a client id of 65 letters",
      packet: () => connectPacket("b".repeat(65), "x"),
      code: 2,
      reason: "client_id",
    },
    {
      name: "an empty client id",
      packet: () => connectPacket("", "x", { username: "x" }),
      code: 2,
      reason: "client_id",
    },
    {
      name: "no keep-alive",
      packet: () => connectPacket("bin-1", secret(), { keepalive: 0 }),
      code: 5,
      reason: "keepalive",
    },
    {
      name: "a keep-alive too long",
      packet: () => connectPacket("bin-1", secret(), { keepalive: 301 }),
      code: 5,
      reason: "keepalive",
    },
    {
      name: "MQTT 3.1",
      packet: () => connectPacket("bin-1", secret(), { protocolId: "MQIsdp", protocolVersion: 3 }),
      code: 1,
      reason: "protocol_version",
    },
    {
      name: "a will on its own status",
      packet: () =>
        connectPacket("bin-1", secret(), {
          will: { topic: "jm/v1/a/bin-1/status", payload: Buffer.from("{}"), qos: 1, retain: true },
        }),
      code: 0,
      reason: null,
    },
    {
      name: "a will on another's status",
      packet: () =>
        connectPacket("bin-1", secret(), {
          will: { topic: "jm/v1/a/bin-2/status", payload: Buffer.from("{}"), qos: 1, retain: true },
        }),
      code: 5,
      reason: "will",
    },
    {
      name: "a will on $SYS",
      packet: () =>
        connectPacket("bin-1", secret(), {
          will: { topic: "$SYS/x/heartbeat", payload: Buffer.from("{}"), qos: 0, retain: false },
        }),
      code: 5,
      reason: "will",
    },
  ];
  test.each(cases)("answers $code to $name", async ({ packet, code, reason }) => {
    const before = reason === null ? 0 : await broker.refused(reason);
    expect(await connackOf(packet())).toBe(code);
    if (reason === null) return;
    expect(await broker.refused(reason)).toBe(before + 1);
    expect(broker.logged.some((entry) => entry.reason === reason)).toBe(true);
  });

  test("tells an MQTT 5 client that its version is not spoken", async () => {
    await expect(connectAs(broker.url, "bin-1", { password: secret(), protocolVersion: 5 })).rejects.toThrow(
      /version/i,
    );
  });

  test("never logs a secret", () => {
    expect(broker.logged.length).toBeGreaterThan(0);
    expect(JSON.stringify(broker.logged)).not.toContain(secret());
  });

  test("refuses credentials that failed a moment ago without asking the store", async () => {
    await connackOf(connectPacket("bin-1", "wrong-again"));
    const before = await broker.refused("failed_before");
    expect(await connackOf(connectPacket("bin-1", "wrong-again"))).toBe(4);
    expect(await broker.refused("failed_before")).toBe(before + 1);
  });

  test("keeps no session, whatever the client asks for, so that nothing is queued for the absent", async () => {
    const first = await enter("ingest-a-1", { clean: false });
    await first.subscribeAsync("jm/v1/a/+/readings", { qos: 1 });
    await first.endAsync(true);
    const node = await enter("bin-1");
    await node.publishAsync("jm/v1/a/bin-1/readings", "while away", { qos: 1 });
    const raw = await openRaw(broker.tcpPort);
    raw.send(connectPacket("ingest-a-1", secrets["ingest-a-1"] ?? "", { clean: false }));
    expect(await raw.next("connack")).toMatchObject({ returnCode: 0, sessionPresent: false });
    raw.socket.destroy();
  });
});

describe("what a node and ingest say to each other", () => {
  test("reaches the other: readings up, acknowledgement down, configuration retained", async () => {
    const ingest = await enter("ingest-a-1");
    const heard = inboxOf(ingest);
    await ingest.subscribeAsync(
      ["readings", "records", "senml", "status"].map((one) => `jm/v1/a/+/${one}`),
      { qos: 1 },
    );
    const api = await enter("api-1");
    await api.publishAsync("jm/v1/a/bin-1/config", "cfg", { qos: 1, retain: true });
    const node = await enter("bin-1");
    const told = inboxOf(node);
    await node.subscribeAsync(["jm/v1/a/bin-1/ack", "jm/v1/a/bin-1/config"], { qos: 1 });
    await node.publishAsync("jm/v1/a/bin-1/readings", "r", { qos: 1 });
    await node.publishAsync("jm/v1/a/bin-1/records", "d", { qos: 1 });
    await node.publishAsync("jm/v1/a/bin-1/senml", "s", { qos: 0 });
    const sent = () => heard.filter(({ topic }) => !topic.endsWith("/status"));
    await until("ingest has heard all", () => sent().length === 3);
    await ingest.publishAsync("jm/v1/a/bin-1/ack", "ok", { qos: 1 });
    await until("the node has been told all", () => told.length === 2);
    expect(
      sent()
        .map(({ text }) => text)
        .sort(),
    ).toEqual(["d", "r", "s"]);
    expect(told).toContainEqual({ topic: "jm/v1/a/bin-1/config", text: "cfg", retain: true });
    expect(told).toContainEqual({ topic: "jm/v1/a/bin-1/ack", text: "ok", retain: false });
  });

  const forbidden: [string, string, string, object][] = [
    ["bin-1", "another's readings", "jm/v1/a/bin-2/readings", { qos: 1 }],
    ["bin-1", "retained readings", "jm/v1/a/bin-1/readings", { qos: 1, retain: true }],
    ["bin-1", "readings at QoS 2", "jm/v1/a/bin-1/readings", { qos: 2 }],
    ["bin-1", "another's SenML", "jm/v1/a/bin-2/senml", { qos: 0 }],
    ["bin-1", "$SYS", "$SYS/any/new/clients", { qos: 0 }],
    ["bin-1", "NUL in a topic", "jm/v1/a/bin-1\0/readings", { qos: 1 }],
    ["ingest-a-1", "an acknowledgement in another shard", "jm/v1/b/bin-1/ack", { qos: 1 }],
    ["api-1", "an acknowledgement", "jm/v1/a/bin-1/ack", { qos: 1 }],
  ];
  test.each(forbidden)("disconnects %s that publishes %s", async (id, _name, topic, options) => {
    const client = await enter(id);
    client.publish(topic, "x", options, () => undefined);
    await closedOf(client);
    expect(broker.logged.some((entry) => entry.reason?.startsWith("publish_") && entry.clientId === id)).toBe(
      true,
    );
  });

  test("refuses a shared subscription, which Aedes would grant and then never match", async () => {
    const raw = await openRaw(broker.tcpPort);
    raw.send(connectPacket("ingest-a-1", secrets["ingest-a-1"] ?? ""));
    await raw.next("connack");
    const filters = ["$share/g/jm/v1/a/+/readings", "$queue/jm/v1/a/+/readings", "jm/v1/a/+/readings"];
    raw.send({ cmd: "subscribe", messageId: 7, subscriptions: filters.map((topic) => ({ topic, qos: 1 })) });
    expect(await raw.next("suback")).toMatchObject({ granted: [0x80, 0x80, 1] });
    expect(await broker.refused("subscribe_shared")).toBe(2);
    expect(raw.isClosed()).toBe(false);
    raw.socket.destroy();
  });

  test("disconnects a client that asks for one forbidden filter too many", async () => {
    const raw = await openRaw(broker.tcpPort);
    raw.send(connectPacket("bin-1", secrets["bin-1"] ?? ""));
    await raw.next("connack");
    const subscriptions = Array.from({ length: SUBSCRIPTION_REFUSALS_MAX }, (_, i) => ({
      topic: `x/${i}`,
      qos: 0 as const,
    }));
    raw.send({ cmd: "subscribe", messageId: 1, subscriptions });
    await raw.next("suback");
    raw.send({ cmd: "subscribe", messageId: 2, subscriptions: [{ topic: "#", qos: 0 }] });
    await raw.closed();
  });

  test("keeps one retained status a node", async () => {
    const node = await enter("bin-1");
    for (const text of ["1", "2", "3"])
      await node.publishAsync("jm/v1/a/bin-1/status", text, { qos: 1, retain: true });
    const api = await enter("api-1");
    const heard = inboxOf(api);
    await api.subscribeAsync("jm/v1/a/+/status", { qos: 1 });
    await until("the status arrives", () => heard.length > 0);
    await node.publishAsync("jm/v1/a/bin-1/status", "4", { qos: 1, retain: true });
    await until("the next arrives", () => heard.length > 1);
    expect(heard.map(({ text, retain }) => [text, retain])).toEqual([
      ["3", true],
      ["4", false],
    ]);
  });
});

describe("wills and takeover", () => {
  const will = {
    topic: "jm/v1/a/bin-1/status",
    payload: Buffer.from("offline"),
    qos: 1 as const,
    retain: true,
  };

  test("publishes a node's will when it is lost", async () => {
    const ingest = await enter("ingest-a-1");
    const heard = inboxOf(ingest);
    await ingest.subscribeAsync("jm/v1/a/+/status", { qos: 1 });
    const node = await enter("bin-1", { will });
    await node.publishAsync(will.topic, "online", { qos: 1, retain: true });
    node.stream.destroy();
    await until("the will arrives", () => heard.some(({ text, retain }) => text === "offline" && !retain));
  });

  test("replaces the first connection of an id by a second with the right secret alone", async () => {
    const first = await enter("bin-2");
    await expect(connectAs(broker.url, "bin-2", { password: "not it" })).rejects.toMatchObject({ code: 4 });
    await first.publishAsync("jm/v1/a/bin-2/readings", "still here", { qos: 1 });
    const second = await enter("bin-2");
    await closedOf(first);
    await second.publishAsync("jm/v1/a/bin-2/readings", "here now", { qos: 1 });
  });

  test("lets a node in again with its new secret", async () => {
    secrets["bin-2"] = (await rotateNodeSecret(kept.store.db, "bin-2", Date.now())) ?? "";
    const node = await enter("bin-2");
    expect(node.connected).toBe(true);
  });
});
