/** Uplink: joins the outbox to the broker. Two publishers, the status, and what comes down: acknowledgements and configuration. */
import { Ack } from "@jumpa-madu/contracts/ack";
import { STREAMS } from "@jumpa-madu/contracts/envelope";
import { NOTICES_MAX, type Notice } from "@jumpa-madu/contracts/notice";
import { STATUS_BYTES_MAX, type Status } from "@jumpa-madu/contracts/status";
import { type Channel, parseTopic, topicOf } from "@jumpa-madu/contracts/topics";
import { EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { Logger } from "pino";
import type { Outbox } from "../outbox/outbox.ts";
import { keepConnected, type Link } from "./connection.ts";
import type { NodeConfigReceiver } from "./node-config-receiver.ts";
import { type PublisherParts, publisherOf } from "./publisher.ts";
import { statusReporterOf } from "./status-reporter.ts";
import { ACK_BYTES_MAX, type UplinkLimits } from "./uplink-limits.ts";

const ackChecker = checkerOf(Ack);

export interface UplinkParts {
  node: string;
  shard: string;
  /** Where the broker is and what this node proves itself with. */
  broker: { url: string; ca?: string | undefined };
  secret: string;
  /** Version of the agent. */
  version: string;
  outbox: Outbox;
  nodeConfig: NodeConfigReceiver;
  /** What a person can mend about the devices now. */
  notices: () => Notice[];
  limits: UplinkLimits;
  log: Logger;
}

export interface Uplink {
  /** True while the node is connected and its subscriptions are granted. */
  isConnected: () => boolean;
  /** Leaves the broker in order. */
  stop: () => Promise<void>;
}

/** Starts the uplink. */
export function startUplink(parts: UplinkParts): Uplink {
  const { node, shard, outbox, nodeConfig, limits, log } = parts;
  const topic = (channel: Channel): string => topicOf({ shard, node, channel });
  const abort = new AbortController();
  let link: Link | null = null;

  const status = (online: boolean): Status => statusOf(parts, online);
  const retained = (online: boolean) => ({ topic: topic("status"), payload: JSON.stringify(status(online)) });
  const reporter = statusReporterOf({
    publish: (now) => void link?.publish(topic("status"), JSON.stringify(now), { retain: true }),
    current: () => status(true),
    pauseMs: limits.statusPauseMs,
    everyMs: limits.statusEveryMs,
  });
  // A device tells nobody when something goes wrong with it: it is looked for as often as a status may be sent.
  let noticed = kindsOf(parts.notices());
  const looking = setInterval(() => {
    const before = noticed;
    noticed = kindsOf(parts.notices());
    if (noticed !== before) reporter.changed();
  }, limits.statusPauseMs);
  const publisher = (stream: PublisherParts["stream"], window: number) =>
    publisherOf({
      stream,
      outbox,
      window,
      resend: limits.resend,
      send: (envelope) => link?.publish(topic(stream), envelope) ?? false,
      log,
    });
  const publishers = {
    readings: publisher("readings", limits.readingsWindow),
    records: publisher("records", 1),
  };
  const unsubscribe = outbox.subscribe((stream) => publishers[stream].wake());

  const onMessage = (name: string, payload: Buffer): void => {
    const channel = parseTopic(name)?.channel;
    if (channel === "config") {
      if (nodeConfig.receive(payload)) reporter.changed();
    } else if (channel === "ack") {
      const ack = parseAck(payload);
      if (ack === null) log.warn({ bytes: payload.length }, "acknowledgement cannot be read");
      else publishers[ack.stream].acknowledged(ack);
    }
  };

  const connection = keepConnected(
    {
      ...parts.broker,
      node,
      secret: parts.secret,
      subscriptions: [topic("ack"), topic("config")],
      will: () => retained(false),
      farewell: () => retained(false),
      onUp(opened) {
        link = opened;
        reporter.connected();
        for (const stream of STREAMS) publishers[stream].connected();
      },
      onDown() {
        link = null;
        reporter.disconnected();
        for (const stream of STREAMS) publishers[stream].disconnected();
      },
      onMessage,
      limits,
      log,
    },
    abort.signal,
  );

  return {
    isConnected: () => link !== null,
    async stop() {
      clearInterval(looking);
      unsubscribe();
      abort.abort();
      await connection;
    },
  };
}

function parseAck(payload: Buffer): Ack | null {
  if (payload.length > ACK_BYTES_MAX) return null;
  try {
    const value: unknown = JSON.parse(payload.toString());
    return ackChecker.fits(value) ? value : null;
  } catch {
    return null;
  }
}

function statusOf({ version, outbox, nodeConfig, notices }: UplinkParts, online: boolean): Status {
  const fault = nodeConfig.fault();
  const status: Status = {
    online,
    version,
    outbox: outbox.backlog(),
    // A clock that was never set is reported as the earliest time that the schema knows.
    clock_ms: Math.max(EPOCH_MS_MIN, Date.now()),
    config_version: nodeConfig.current().version,
    config_wanted_version: nodeConfig.wantedVersion(),
    ...(fault === null ? {} : { config_fault: fault }),
  };
  // A will is part of the first packet, for which the broker has little room; and devices of a node that is away are unknown.
  return online ? withNotices(status, notices().slice(0, NOTICES_MAX)) : status;
}

/** What is wrong with which device. How it is put may change all the time, as with the count of damaged frames. */
function kindsOf(notices: Notice[]): string {
  return JSON.stringify(notices.map(({ device, code }) => [device, code]));
}

/** The status with as many notices as it may carry; the first ones win. */
function withNotices(status: Status, notices: Notice[]): Status {
  if (notices.length === 0) return status;
  const whole = { ...status, notices };
  if (Buffer.byteLength(JSON.stringify(whole)) <= STATUS_BYTES_MAX) return whole;
  return withNotices(status, notices.slice(0, -1));
}
