/**
 * Publishes the configuration of every node, retained: the database is the truth, the broker only carries it.
 *
 * All are published at each connect, because a broker that keeps its sessions in memory has forgotten them when it was
 * restarted; one is published after each change. Nodes wait in a set, not in MQTT's own queue, so a broker that is away
 * for a week costs no more than one entry for each node.
 */
import { topicOf } from "@jumpa-madu/contracts/topics";
import { wantedConfig } from "@jumpa-madu/store/node-configuration";
import { listNodes } from "@jumpa-madu/store/node-list";
import { PAGE_ROWS_MAX } from "@jumpa-madu/store/page";
import type { Db } from "@jumpa-madu/store/relational-store";
import { StoreError } from "@jumpa-madu/store/store-error";
import type { FastifyBaseLogger } from "fastify";
import { connect, type MqttClient } from "mqtt";

/** Longest time that a request waits for its publication, in milliseconds; the publication itself goes on. */
export const PUBLISH_WAIT_MS_MAX = 2_000;

/** How long the publisher waits for what, in milliseconds. */
export interface PublisherTiming {
  /** For the broker to accept a connection. Beyond: it is tried again. */
  connectMsMax: number;
  /** Before the broker is tried again. */
  reconnectMs: number;
  /** For the broker to confirm one publication. Beyond: the connection is renewed. */
  pubackMsMax: number;
}

/** Timing of a service. Tests, which cannot wait as long, use another. */
export const PUBLISHER_TIMING: PublisherTiming = {
  connectMsMax: 10_000,
  reconnectMs: 2_000,
  pubackMsMax: 10_000,
};

export interface ConfigPublisher {
  /** Publishes what the database says now; resolves when it is done or after PUBLISH_WAIT_MS_MAX. Never rejects. */
  publish(node: string): Promise<void>;
  isConnected(): boolean;
  close(): Promise<void>;
}

/** Where and as whom to publish. */
export interface PublisherOptions {
  url: string;
  id: string;
  secret: string;
  db: Db;
  log: FastifyBaseLogger;
  timing?: PublisherTiming;
}

/** Connects in the background and keeps the configurations published. */
export function startConfigPublisher(options: PublisherOptions): ConfigPublisher {
  const { connectMsMax, reconnectMs } = options.timing ?? PUBLISHER_TIMING;
  const client = connect(options.url, {
    clientId: options.id,
    username: options.id,
    password: options.secret,
    protocolVersion: 4,
    clean: true,
    connectTimeout: connectMsMax,
    reconnectPeriod: reconnectMs,
    queueQoSZero: false,
  });
  return new MqttConfigPublisher(client, options);
}

class MqttConfigPublisher implements ConfigPublisher {
  readonly #client: MqttClient;
  readonly #db: Db;
  readonly #log: FastifyBaseLogger;
  readonly #pubackMsMax: number;
  /** Nodes whose configuration is to be published, each with who waits for it. */
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  #working: Promise<void> | null = null;
  readonly #closing = new AbortController();

  constructor(client: MqttClient, { db, log, timing = PUBLISHER_TIMING }: PublisherOptions) {
    this.#pubackMsMax = timing.pubackMsMax;
    this.#client = client;
    this.#db = db;
    this.#log = log;
    client.on("connect", () => {
      log.info("connected to the broker");
      void this.#publishAll();
    });
    client.on("close", () => log.debug("the connection to the broker is closed"));
    client.on("error", (err) => log.warn({ err }, "the broker refuses or is away"));
  }

  isConnected(): boolean {
    return this.#client.connected;
  }

  async publish(node: string): Promise<void> {
    const published = this.#enqueue(node);
    if (!this.isConnected()) return;
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, PUBLISH_WAIT_MS_MAX);
    await Promise.race([published, late.promise]);
    clearTimeout(timer);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client.endAsync(true);
    await this.#working;
  }

  #enqueue(node: string): Promise<void> {
    const entry = this.#waiting.get(node) ?? Promise.withResolvers<void>();
    this.#waiting.set(node, entry);
    // Also for one that waits already: the work may have ended at a connection that was lost.
    this.#wake();
    return entry.promise;
  }

  #wake(): void {
    if (this.#working !== null || this.#closing.signal.aborted || !this.isConnected()) return;
    this.#working = this.#work().finally(() => {
      this.#working = null;
    });
  }

  async #publishAll(): Promise<void> {
    try {
      let after: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof listNodes>> = await listNodes(
          this.#db,
          { wasteBank: null },
          { limit: PAGE_ROWS_MAX, after },
        );
        for (const { id } of page.items) void this.#enqueue(id);
        after = page.next;
      } while (after !== null && !this.#closing.signal.aborted);
    } catch (err) {
      if (this.#closing.signal.aborted) return;
      this.#log.error(
        { err },
        "cannot read the nodes; their configurations are published at the next connect",
      );
      this.#renew();
    }
  }

  async #work(): Promise<void> {
    while (this.isConnected() && !this.#closing.signal.aborted) {
      const next = this.#waiting.entries().next().value;
      if (next === undefined) return;
      const [node, entry] = next;
      this.#waiting.delete(node);
      try {
        await this.#publishOne(node);
        entry.resolve();
      } catch (err) {
        entry.resolve();
        if (this.#closing.signal.aborted) return;
        if (err instanceof StoreError && err.code === "bad_answer") {
          this.#log.error(
            { err, node },
            "a node's configuration is broken in the database; the others go on",
          );
          continue;
        }
        this.#log.warn(
          { err, node },
          "cannot publish a configuration; it is tried again after the next connect",
        );
        this.#renew();
        return;
      }
    }
  }

  /** Publishes until what was published is what the database says: another process may have published an older one. */
  async #publishOne(node: string): Promise<void> {
    for (let wanted = await wantedConfig(this.#db, node); wanted !== null; ) {
      const { shard, config } = wanted;
      const topic = topicOf({ shard, node, channel: "config" });
      await this.#confirmed(topic, JSON.stringify(config));
      wanted = await wantedConfig(this.#db, node);
      if (wanted?.config.version === config.version) return;
    }
  }

  /** Cuts the connection, so that MQTT.js makes another after `reconnectMs`. Its own way would wait for what is unconfirmed. */
  #renew(): void {
    if (this.isConnected()) this.#client.stream.destroy();
  }

  async #confirmed(topic: string, body: string): Promise<void> {
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error(`the broker did not confirm ${topic} within ${this.#pubackMsMax} ms`)),
      this.#pubackMsMax,
    );
    const stop = () => late.reject(new Error("the publisher is closed"));
    this.#closing.signal.addEventListener("abort", stop);
    const confirmed = this.#client.publishAsync(topic, body, { qos: 1, retain: true });
    const messageId = this.#client.getLastMessageId();
    try {
      await Promise.race([confirmed, late.promise]);
    } catch (error) {
      // Kept, it would be sent again at each connect, one more each time.
      this.#client.removeOutgoingMessage(messageId);
      throw error;
    } finally {
      clearTimeout(timer);
      this.#closing.signal.removeEventListener("abort", stop);
    }
  }
}
