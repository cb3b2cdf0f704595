/** Inbox: the session with the broker that collects what the nodes of a shard publish, and sends them their acks. */
import { channelFilter, UPLINK_CHANNELS } from "@jumpa-madu/contracts/topics";
import { pause, Wake } from "@jumpa-madu/contracts/wake";
import mqtt from "mqtt";
import type { Logger } from "pino";
import { type Delivery, deferPubacks } from "./deferred-puback.ts";

/** Seconds between pings when nothing else is sent. */
const KEEPALIVE_S = 30;

/** How long the inbox waits for what, in milliseconds. */
export interface InboxTiming {
  /** Longest wait for CONNACK. */
  connectMsMax: number;
  /** Wait before the next try to connect, to which up to as much again is added at random. */
  reconnectMsMin: number;
  /** Wait before a refused subscription is asked for again. */
  resubscribeMs: number;
  /** Longest that `end` waits until the broker has taken what was published. */
  endMsMax: number;
}

/** Timing of a service. Tests, which cannot wait as long, use another. */
export const INBOX_TIMING: InboxTiming = {
  connectMsMax: 10_000,
  reconnectMsMin: 1_000,
  resubscribeMs: 5_000,
  endMsMax: 500,
};

export interface InboxOptions {
  url: string;
  /** Client id and user name; fixed, because the broker keeps the session under it. */
  clientId: string;
  secret: string;
  shard: string;
  log: Logger;
  onDelivery: (delivery: Delivery) => void;
  /** Called when the connection is lost: acks that wait are void, the nodes will send again. */
  onLost: () => void;
  timing: InboxTiming;
}

export interface Inbox {
  /** True when connected and every subscription is granted. */
  isReady(): boolean;
  /** Publishes with QoS 1, not retained. `done` is called once: after PUBACK, or with the error. False when offline: nothing is sent. */
  publish(topic: string, payload: string, done: (error?: Error) => void): boolean;
  /** Leaves; the broker keeps the session and what is not acknowledged. */
  end(): Promise<void>;
}

/** Connects, and goes on connecting until `end`. Never throws for a broker that is not there. */
export function openInbox(options: InboxOptions): Inbox {
  const { log, shard, timing } = options;
  const ending = new AbortController();
  const flushed = new Wake();
  let publishing = 0;
  let isSubscribed = false;
  const client = mqtt.connect(options.url, {
    protocolVersion: 4,
    clean: false,
    clientId: options.clientId,
    username: options.clientId,
    password: options.secret,
    keepalive: KEEPALIVE_S,
    connectTimeout: timing.connectMsMax,
    reconnectPeriod: timing.reconnectMsMin,
    reconnectOnConnackError: true,
    // MQTT.js asks again only when the broker lost the session; `subscribe` below does so always.
    resubscribe: false,
    queueQoSZero: false,
  });
  // All of these stand before the socket opens: a broker that kept the session sends at once.
  deferPubacks(client, options.onDelivery);
  const filters = UPLINK_CHANNELS.map((channel) => channelFilter(shard, channel));
  const subscribe = async () => {
    const granted = await client.subscribeAsync(filters, { qos: 1 }).catch((error: unknown) => {
      log.warn({ err: error }, "subscription failed");
      return [];
    });
    isSubscribed = granted.length === filters.length && granted.every(({ qos }) => qos === 1);
    if (isSubscribed) return log.info({ filters }, "subscribed");
    if (!client.connected) return;
    log.error({ filters, granted }, "broker refused a subscription");
    await pause(timing.resubscribeMs, ending.signal);
    if (client.connected && !ending.signal.aborted) await subscribe();
  };
  client.on("connect", ({ sessionPresent }) => {
    log.info({ sessionPresent }, "connected to the broker");
    void subscribe();
  });
  client.on("reconnect", () => {
    client.options.reconnectPeriod = timing.reconnectMsMin * (1 + Math.random());
  });
  client.on("close", () => {
    isSubscribed = false;
    options.onLost();
  });
  client.on("error", (error) => log.warn({ err: error }, "trouble with the broker"));

  return {
    isReady: () => client.connected && isSubscribed,
    publish(topic, payload, done) {
      if (!client.connected) return false;
      publishing++;
      client.publish(topic, payload, { qos: 1, retain: false }, (error) => {
        publishing--;
        if (publishing === 0) flushed.ring();
        done(error ?? undefined);
      });
      return true;
    },
    async end() {
      ending.abort();
      const deadline = AbortSignal.timeout(timing.endMsMax);
      while (client.connected && publishing > 0 && !deadline.aborted) {
        await flushed.wait(timing.endMsMax, deadline);
      }
      // MQTT.js's own polite end would wait for ever for a broker that hangs.
      await client.endAsync(true);
    },
  };
}
