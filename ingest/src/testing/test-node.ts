/** A node for tests: publishes envelopes as it is told, and notes every acknowledgement. It has no outbox. */
import type { Ack } from "@jumpa-madu/contracts/ack";
import type { Stream } from "@jumpa-madu/contracts/envelope";
import { topicOf } from "@jumpa-madu/contracts/topics";
import mqtt, { type MqttClient } from "mqtt";
import { until } from "./until.ts";

/** Shard of all test nodes. */
export const SHARD = "s1";

export interface TestNode {
  readonly acks: Ack[];
  readonly client: MqttClient;
  /** Publishes a body with QoS 1 and waits for the broker's PUBACK. */
  publish(channel: Stream | "status", body: unknown): Promise<void>;
  /** Resolves with the first ack, present or to come, that reaches `upto`. */
  acked(stream: Stream, upto: number, epoch?: string): Promise<Ack>;
  close(): Promise<void>;
}

/** Outbox epoch that tests use where it does not matter. */
export const EPOCH = "0123456789abcdef0123456789abcdef";

export async function connectNode(url: string, id: string): Promise<TestNode> {
  const acks: Ack[] = [];
  const client = mqtt.connect(url, { clientId: id, reconnectPeriod: 50, clean: true });
  client.on("message", (_topic, payload) => {
    acks.push(JSON.parse(payload.toString()));
  });
  await until("node connected", () => client.connected);
  await client.subscribeAsync(topicOf({ shard: SHARD, node: id, channel: "ack" }), { qos: 1 });
  return {
    acks,
    client,
    async publish(channel, body) {
      const payload = Buffer.isBuffer(body) || typeof body === "string" ? body : JSON.stringify(body);
      await client.publishAsync(topicOf({ shard: SHARD, node: id, channel }), payload, {
        qos: 1,
        retain: channel === "status",
      });
    },
    acked: (stream, upto, epoch = EPOCH) =>
      until(`ack of ${stream} up to ${upto}`, () =>
        acks.find((ack) => ack.stream === stream && ack.epoch === epoch && ack.upto >= upto),
      ),
    async close() {
      await client.endAsync(true);
    },
  };
}
