/**
 * Connection to the broker, made again for as long as the agent lives.
 *
 * Every attempt uses a new client of mqtt.js: its own reconnecting would replay from its own store in memory, which
 * must never stand in for the outbox. Handlers are attached in the tick in which the client is made, since the first
 * message can arrive with the answer to CONNECT.
 */
import { setTimeout as pause } from "node:timers/promises";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import type { Logger } from "pino";
import { backoffMs } from "../backoff.ts";
import { KEEPALIVE_S, type UplinkLimits } from "./uplink-limits.ts";

/** A message that the broker keeps for whoever subscribes later. */
export interface Retained {
  topic: string;
  payload: string;
}

/** An open connection. */
export interface Link {
  /** Publishes with QoS 1; false when the connection is gone or stuck. */
  publish(topic: string, payload: string, options?: { retain: boolean }): boolean;
}

export interface ConnectionParts {
  /** `mqtt:`, `mqtts:`, `ws:` or `wss:`. */
  url: string;
  /** Client id and user name. */
  node: string;
  secret: string;
  /** Certificate authority to trust beside the system's, PEM. */
  ca?: string | undefined;
  /** Topics to subscribe to, QoS 1. */
  subscriptions: string[];
  /** What the broker says when the node is lost; asked before every attempt. */
  will: () => Retained;
  /** What is said on leaving in order. */
  farewell: () => Retained;
  onUp: (link: Link) => void;
  onDown: () => void;
  /** Must not throw. */
  onMessage: (topic: string, payload: Buffer) => void;
  limits: UplinkLimits;
  log: Logger;
}

/** Connects, and connects again after every loss, until `signal` is aborted; then says farewell and resolves. */
export async function keepConnected(parts: ConnectionParts, signal: AbortSignal): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const upMs = await runOnce(parts, signal);
    if (signal.aborted) return;
    // A broker that drops us again and again must not be sent the whole window every second.
    if (upMs >= parts.limits.steadyMs) failures = 0;
    const waitMs = backoffMs(parts.limits.reconnect, failures);
    failures += 1;
    parts.log.debug({ waitMs: Math.round(waitMs), failures }, "next attempt to connect");
    // An abort ends the wait early; the loop then sees it.
    await pause(waitMs, undefined, { signal }).catch(() => undefined);
  }
}

/** One connection from the attempt to its end; tells how long it was up, in milliseconds. */
function runOnce(parts: ConnectionParts, signal: AbortSignal): Promise<number> {
  const { limits, log } = parts;
  return new Promise((resolve) => {
    const client = mqtt.connect(parts.url, clientOptions(parts));
    let upSinceMs: number | null = null;
    let ended = false;

    const end = (reason: string): void => {
      if (ended) return;
      ended = true;
      clearTimeout(deadline);
      signal.removeEventListener("abort", leave);
      client.end(true);
      if (upSinceMs !== null) parts.onDown();
      log[upSinceMs === null ? "debug" : "info"]({ reason }, "broker connection ended");
      resolve(upSinceMs === null ? 0 : performance.now() - upSinceMs);
    };
    const leave = (): void => {
      if (upSinceMs === null) end("stopped");
      else sayFarewell(client, parts, () => end("stopped"));
    };
    const deadline = setTimeout(() => end("no answer in time"), limits.connectTimeoutMs);

    client.on("connect", () => {
      client.subscribe(parts.subscriptions, { qos: 1 }, (error, granted) => {
        if (ended) return;
        const refused = granted?.find(({ qos }) => qos > 2);
        if (error !== null || refused !== undefined) {
          log.error({ err: error, topic: refused?.topic }, "subscription refused");
          return end("subscription refused");
        }
        clearTimeout(deadline);
        upSinceMs = performance.now();
        log.info("connected to the broker");
        parts.onUp(linkOf(client, limits.unconfirmedMax, end));
      });
    });
    client.on("message", (topic, payload) => parts.onMessage(topic, payload));
    client.on("error", (error) => {
      log.debug({ err: error }, "broker connection error");
      end(error.message);
    });
    client.on("close", () => end("closed"));
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
  });
}

function clientOptions({ node, secret, ca, will, limits }: ConnectionParts): IClientOptions {
  return {
    protocolVersion: 4,
    clientId: node,
    username: node,
    password: secret,
    clean: true,
    keepalive: KEEPALIVE_S,
    connectTimeout: limits.connectTimeoutMs,
    reconnectPeriod: 0,
    queueQoSZero: false,
    will: { ...will(), payload: Buffer.from(will().payload), qos: 1, retain: true },
    ...(ca === undefined ? {} : { ca }),
  };
}

function linkOf(client: MqttClient, unconfirmedMax: number, end: (reason: string) => void): Link {
  let unconfirmed = 0;
  return {
    publish(topic, payload, { retain } = { retain: false }) {
      if (!client.connected) return false;
      if (unconfirmed >= unconfirmedMax) {
        // Not from inside the caller's own loop.
        setImmediate(end, "the broker confirms nothing");
        return false;
      }
      unconfirmed += 1;
      client.publish(topic, payload, { qos: 1, retain }, () => {
        unconfirmed -= 1;
      });
      return true;
    },
  };
}

/** Says farewell and waits until it is on its way, but not for long. */
function sayFarewell(client: MqttClient, { farewell, limits }: ConnectionParts, done: () => void): void {
  const patience = setTimeout(done, limits.farewellMs);
  const finish = (): void => {
    clearTimeout(patience);
    done();
  };
  const { topic, payload } = farewell();
  client.publish(topic, payload, { qos: 1, retain: true }, () => {
    // DISCONNECT keeps the broker from publishing the will.
    client.end(false, finish);
  });
}
