/** A node without an agent: a plain MQTT client that sends whatever a test wants sent. */
import { newOutboxEpoch } from "@jumpa-madu/contracts/ids";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { System } from "../system/system.ts";
import { until } from "../system/until.ts";

type Stream = "readings" | "records";

/** How one attempt to connect ended: the code of the CONNACK, 0 when it was let in. */
export interface Attempt {
  code: number;
  client: MqttClient;
}

/** Connects once, and tells how that ended. The caller ends the client. */
export function connectOnce(brokerUrl: string, options: IClientOptions): Promise<Attempt> {
  const client = mqtt.connect(brokerUrl, {
    protocolVersion: 4,
    clean: true,
    reconnectPeriod: 0,
    keepalive: 30,
    ...options,
  });
  return new Promise((resolve, reject) => {
    client.once("connect", () => resolve({ code: 0, client }));
    client.once("error", (error) => {
      if ("code" in error && typeof error.code === "number") resolve({ code: error.code, client });
      else reject(error);
    });
  });
}

/** A node that is connected and numbers what it sends as an outbox would. */
export class RawNode {
  readonly id: string;
  readonly epoch = newOutboxEpoch();
  readonly #client: MqttClient;
  readonly #next: Record<Stream, number> = { readings: 1, records: 1 };
  readonly #acked: Record<Stream, number> = { readings: 0, records: 0 };

  private constructor(id: string, client: MqttClient) {
    this.id = id;
    this.#client = client;
    client.on("error", () => undefined);
    client.on("message", (_topic, payload) => {
      const { stream, upto }: { stream: Stream; upto: number } = JSON.parse(payload.toString());
      this.#acked[stream] = Math.max(this.#acked[stream], upto);
    });
  }

  static async connect(
    { brokerUrl }: System,
    { id, secret }: { id: string; secret: string },
  ): Promise<RawNode> {
    const { code, client } = await connectOnce(brokerUrl, { clientId: id, username: id, password: secret });
    if (code !== 0) throw new Error(`${id} is refused with code ${code}`);
    const node = new RawNode(id, client);
    await client.subscribeAsync(node.topic("ack"), { qos: 1 });
    return node;
  }

  topic(channel: Stream | "status" | "ack"): string {
    return `jm/v1/s1/${this.id}/${channel}`;
  }

  /** Sends items under the next numbers; answers the number of the first. */
  async send(stream: Stream, items: unknown[]): Promise<number> {
    const first = this.#next[stream];
    this.#next[stream] += items.length;
    await this.raw(
      this.topic(stream),
      JSON.stringify({ epoch: this.epoch, first, floor: this.#acked[stream] + 1, items }),
    );
    return first;
  }

  /** Publishes any bytes to any topic with QoS 1. Rejects when the broker closes the connection over it. */
  async raw(topic: string, payload: string | Buffer): Promise<void> {
    await this.#client.publishAsync(topic, payload, { qos: 1 });
  }

  /** Waits until all that was sent is acknowledged. */
  async acknowledged(stream: Stream): Promise<void> {
    await until(
      `acknowledgement of ${stream} of ${this.id}`,
      () => this.#acked[stream] >= this.#next[stream] - 1,
    );
  }

  /** Waits until the broker has closed the connection. */
  async thrownOut(): Promise<void> {
    await until(`${this.id} is disconnected`, () => !this.#client.connected);
  }

  async end(): Promise<void> {
    await this.#client.endAsync(true);
  }
}
