import { createRequire } from "node:module";
import mqtt, { type MqttClient } from "mqtt";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestBroker, type TestBroker } from "../testing/test-broker.ts";
import { until } from "../testing/until.ts";
import { type Delivery, deferPubacks, MQTT_VERSION_PINNED } from "./deferred-puback.ts";

let broker: TestBroker;
let client: MqttClient;
let deliveries: Delivery[];
/** Packet ids that the broker got a PUBACK for. */
let pubacks: number[];

/** Connects as a service does, with a session that the broker keeps. */
function connect(): MqttClient {
  const connected = mqtt.connect(broker.url, {
    clean: false,
    clientId: "ingest-s1",
    reconnectPeriod: 20,
    keepalive: 30,
  });
  deferPubacks(connected, (delivery) => deliveries.push(delivery));
  connected.on("packetsend", (packet) => {
    if (packet.cmd === "puback" && packet.messageId !== undefined) pubacks.push(packet.messageId);
  });
  connected.on("error", () => undefined);
  return connected;
}

function publish(payload: string): void {
  broker.aedes.publish(
    { cmd: "publish", topic: "t", payload, qos: 1, retain: false, dup: false },
    () => undefined,
  );
}

beforeEach(async () => {
  deliveries = [];
  pubacks = [];
  broker = await startTestBroker();
  client = connect();
  await client.subscribeAsync("t", { qos: 1 });
});

afterEach(async () => {
  await client.endAsync(true);
  await broker.close();
});

describe("deferPubacks", () => {
  test("MQTT.js is of the version whose private parts are used", () => {
    const { version } = createRequire(import.meta.url)("mqtt/package.json");
    expect(version).toMatch(new RegExp(`^${MQTT_VERSION_PINNED.replace(".", "\\.")}\\.`));
  });

  test("hands over many messages without a PUBACK, and sends each when it is asked for", async () => {
    for (let index = 0; index < 50; index++) publish(`${index}`);
    await until("50 deliveries", () => deliveries.length === 50);
    expect(pubacks).toEqual([]);
    for (const { puback } of deliveries) puback();
    await until("50 PUBACKs", () => pubacks.length === 50);
    expect(new Set(pubacks).size).toBe(50);
  });

  test("the broker sends again what had no PUBACK, and only that", async () => {
    publish("kept");
    publish("done");
    await until("two deliveries", () => deliveries.length === 2);
    deliveries[1]?.puback();
    await until("PUBACK on its way", () => pubacks.length === 1);
    await until("PUBACK handled", async () => (await broker.held("ingest-s1")) === 1);
    broker.cut();
    await until("redelivery", () => deliveries.length === 3);
    expect(deliveries[2]?.payload.toString()).toBe("kept");
  });

  test("a PUBACK that comes after a reconnect is not sent: its packet id may mean another message by now", async () => {
    publish("late");
    await until("delivery", () => deliveries.length === 1);
    broker.cut();
    await until("connection lost", () => !client.connected);
    deliveries[0]?.puback();
    await until("redelivery", () => deliveries.length === 2);
    deliveries[0]?.puback();
    expect(pubacks).toEqual([]);
    deliveries[1]?.puback();
    await until("PUBACK of the redelivery", () => pubacks.length === 1);
  });

  test("messages that the broker kept for a session are not lost between connecting and listening", async () => {
    await client.endAsync(true);
    for (let index = 0; index < 5; index++) publish(`${index}`);
    client = connect();
    await until("5 deliveries", () => deliveries.length === 5);
    expect(pubacks).toEqual([]);
  });

  test("a ping is answered while PUBACKs are deferred", async () => {
    publish("held");
    await until("delivery", () => deliveries.length === 1);
    let isAnswered = false;
    client.on("packetreceive", ({ cmd }) => {
      if (cmd === "pingresp") isAnswered = true;
    });
    client.sendPing();
    await until("PINGRESP", () => isAnswered);
  });
});
