/**
 * Topics:
 *
 *   jm/v1/{shard}/{node}/{channel}
 *
 * {shard} splits the nodes among ingest processes, {node} is the device's id and its MQTT client id, {channel} is one
 * of the list below. Nothing else is ever published.
 */
import { isName } from "./ids.ts";

/** First levels of every topic: the programme and the version of the wire format. */
export const TOPIC_ROOT = "jm/v1";

/** What a node publishes, and what is published to it. */
export const CHANNELS = ["readings", "records", "status", "senml", "ack", "config"] as const;

/** Last level of a topic. */
export type Channel = (typeof CHANNELS)[number];

/** Channels that a node publishes; the others are published to it. */
export const UPLINK_CHANNELS = ["readings", "records", "status", "senml"] as const satisfies Channel[];

/** Channels that a node subscribes to. */
export const DOWNLINK_CHANNELS = ["ack", "config"] as const satisfies Channel[];

/** The parts of a topic. */
export interface Topic {
  shard: string;
  node: string;
  channel: Channel;
}

/** Longest topic that can be built: two names of 64 characters, the root and the longest channel. */
export const TOPIC_LENGTH_MAX = TOPIC_ROOT.length + 2 * 65 + 1 + "readings".length;

/** Builds the topic of one node's channel. Throws RangeError when shard or node is not a name. */
export function topicOf({ shard, node, channel }: Topic): string {
  if (!isName(shard)) throw new RangeError(`shard "${shard}" is not a name of a-z, 0-9 and -, 1 to 64 long`);
  if (!isName(node)) throw new RangeError(`node "${node}" is not a name of a-z, 0-9 and -, 1 to 64 long`);
  return `${TOPIC_ROOT}/${shard}/${node}/${channel}`;
}

/** Builds the filter that matches one channel of every node of a shard. Throws RangeError when shard is not a name. */
export function channelFilter(shard: string, channel: Channel): string {
  if (!isName(shard)) throw new RangeError(`shard "${shard}" is not a name of a-z, 0-9 and -, 1 to 64 long`);
  return `${TOPIC_ROOT}/${shard}/+/${channel}`;
}

/** Takes a topic apart; null when it is none of ours. */
export function parseTopic(text: string): Topic | null {
  if (text.length > TOPIC_LENGTH_MAX) return null;
  const [programme, version, shard, node, channel, ...rest] = text.split("/");
  if (`${programme}/${version}` !== TOPIC_ROOT || rest.length > 0) return null;
  if (shard === undefined || node === undefined || !isName(shard) || !isName(node)) return null;
  const known = CHANNELS.find((one) => one === channel);
  return known === undefined ? null : { shard, node, channel: known };
}
