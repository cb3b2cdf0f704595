/**
 * Who may publish and subscribe what. Pure: identity and request in, refusal or null out.
 *
 *   who     publishes                                     subscribes
 *   node    its own readings, records, status, senml      its own ack, config: exact topics
 *   ingest  ack to nodes of its shard                     readings, records, status, senml of its shard: one filter each
 *   api     config, retained                              status of a shard: one filter each
 *
 * Everything else is refused: $SYS, shared subscriptions, wildcards wider than these. Only status and config are
 * retained, so there are at most two retained messages a node.
 */
import { STATUS_BYTES_MAX } from "@jumpa-madu/contracts/status";
import {
  channelFilter,
  DOWNLINK_CHANNELS,
  parseTopic,
  type Topic,
  topicOf,
  UPLINK_CHANNELS,
} from "@jumpa-madu/contracts/topics";
import type { ServiceRole } from "@jumpa-madu/store/service-accounts";
import { PUBLISH_QOS_MAX } from "./limits.ts";

/** Who a connection belongs to, as its credentials have shown. */
export type Identity =
  | { kind: "node"; id: string; shard: string }
  | { kind: "service"; id: string; role: ServiceRole };

/** What is asked of a publish; a will is one that is asked for in advance. */
export interface PublishRequest {
  topic: string;
  qos: number;
  retain: boolean;
  payloadBytes: number;
}

export type PublishRefusal =
  | "publish_topic"
  | "publish_foreign"
  | "publish_channel"
  | "publish_qos"
  | "publish_retain"
  | "publish_status_bytes";

export type SubscribeRefusal = "subscribe_shared" | "subscribe_filter";

/**
 * Tells whether an ingest account may serve a shard: its id is `ingest-{shard}` or begins with `ingest-{shard}-`.
 *
 * The account `ingest-a-b` may thus serve both `a` and `a-b`: choose shards without a hyphen when that matters.
 */
export function servesShard(accountId: string, shard: string): boolean {
  return accountId === `ingest-${shard}` || accountId.startsWith(`ingest-${shard}-`);
}

/** Why a publish is refused; null when it is allowed. MQTT 3.1.1 cannot say no to a publish: refusing disconnects. */
export function publishRefusal(identity: Identity, request: PublishRequest): PublishRefusal | null {
  // Allow-list: NUL, U+D800 and control characters, which Aedes lets pass, are in no name.
  const topic = parseTopic(request.topic);
  if (topic === null) return "publish_topic";
  if (request.qos > PUBLISH_QOS_MAX) return "publish_qos";
  // A record at QoS 0 could be lost on a healthy connection and would cost a resend timeout each time.
  if (topic.channel === "records" && request.qos === 0) return "publish_qos";
  if (topic.channel === "status" && request.payloadBytes > STATUS_BYTES_MAX) return "publish_status_bytes";
  return placeRefusal(identity, topic) ?? retainRefusal(topic, request.retain);
}

function placeRefusal(identity: Identity, topic: Topic): PublishRefusal | null {
  if (identity.kind === "node") {
    if (topic.node !== identity.id || topic.shard !== identity.shard) return "publish_foreign";
    return UPLINK_CHANNELS.some((channel) => channel === topic.channel) ? null : "publish_channel";
  }
  if (identity.role === "api") return topic.channel === "config" ? null : "publish_channel";
  if (!servesShard(identity.id, topic.shard)) return "publish_foreign";
  return topic.channel === "ack" ? null : "publish_channel";
}

function retainRefusal(topic: Topic, retain: boolean): PublishRefusal | null {
  if (topic.channel === "status") return null;
  // A configuration that is not retained would be missed by a node that is away, and nobody would notice.
  return retain === (topic.channel === "config") ? null : "publish_retain";
}

/** Why a subscription is refused; null when it is allowed. Refusing answers 0x80 and keeps the connection. */
export function subscribeRefusal(identity: Identity, filter: string): SubscribeRefusal | null {
  // Aedes would grant it as a literal topic that never matches, and readings would vanish in silence.
  if (filter.startsWith("$share/") || filter.startsWith("$queue/")) return "subscribe_shared";
  return isOwnFilter(identity, filter) ? null : "subscribe_filter";
}

function isOwnFilter(identity: Identity, filter: string): boolean {
  if (identity.kind === "node") {
    const { id: node, shard } = identity;
    return DOWNLINK_CHANNELS.some((channel) => filter === topicOf({ shard, node, channel }));
  }
  // A filter for all nodes of a shard has the form of a topic once a name stands in place of the +.
  const levels = filter.split("/");
  if (levels[3] !== "+") return false;
  const topic = parseTopic(levels.with(3, "any").join("/"));
  if (topic === null || filter !== channelFilter(topic.shard, topic.channel)) return false;
  if (identity.role === "api") return topic.channel === "status";
  return (
    servesShard(identity.id, topic.shard) && UPLINK_CHANNELS.some((channel) => channel === topic.channel)
  );
}

/**
 * Tells whether a will that another broker has left behind may be published: nobody but the node that it speaks of can
 * have left it, since wills are checked when their client connects.
 */
export function isOwnStatus(topicText: string, clientId: unknown): boolean {
  const topic = parseTopic(topicText);
  return topic !== null && topic.channel === "status" && topic.node === clientId;
}
