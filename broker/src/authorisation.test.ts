import { STATUS_BYTES_MAX } from "@jumpa-madu/contracts/status";
import { CHANNELS } from "@jumpa-madu/contracts/topics";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Identity,
  isOwnStatus,
  publishRefusal,
  servesShard,
  subscribeRefusal,
} from "./authorisation.ts";

const NODE: Identity = { kind: "node", id: "bin-1", shard: "a" };
const INGEST: Identity = { kind: "service", id: "ingest-a-1", role: "ingest" };
const API: Identity = { kind: "service", id: "api-1", role: "api" };

const publish = (
  identity: Identity,
  topic: string,
  more: { qos?: number; retain?: boolean; payloadBytes?: number } = {},
) => publishRefusal(identity, { topic, qos: 1, retain: false, payloadBytes: 10, ...more });

describe("publish", () => {
  const cases: { name: string; got: string | null; expected: string | null }[] = [
    { name: "node: its readings", got: publish(NODE, "jm/v1/a/bin-1/readings"), expected: null },
    {
      name: "node: its readings at QoS 0",
      got: publish(NODE, "jm/v1/a/bin-1/readings", { qos: 0 }),
      expected: null,
    },
    { name: "node: its records", got: publish(NODE, "jm/v1/a/bin-1/records"), expected: null },
    {
      name: "node: its SenML, from a simple device at QoS 0",
      got: publish(NODE, "jm/v1/a/bin-1/senml", { qos: 0 }),
      expected: null,
    },
    {
      name: "node: another's SenML",
      got: publish(NODE, "jm/v1/a/bin-2/senml"),
      expected: "publish_foreign",
    },
    {
      name: "node: retained SenML",
      got: publish(NODE, "jm/v1/a/bin-1/senml", { retain: true }),
      expected: "publish_retain",
    },
    {
      name: "node: its status, retained",
      got: publish(NODE, "jm/v1/a/bin-1/status", { retain: true }),
      expected: null,
    },
    {
      name: "node: records at QoS 0",
      got: publish(NODE, "jm/v1/a/bin-1/records", { qos: 0 }),
      expected: "publish_qos",
    },
    {
      name: "node: readings at QoS 2",
      got: publish(NODE, "jm/v1/a/bin-1/readings", { qos: 2 }),
      expected: "publish_qos",
    },
    {
      name: "node: retained readings",
      got: publish(NODE, "jm/v1/a/bin-1/readings", { retain: true }),
      expected: "publish_retain",
    },
    {
      name: "node: the largest status",
      got: publish(NODE, "jm/v1/a/bin-1/status", { payloadBytes: STATUS_BYTES_MAX }),
      expected: null,
    },
    {
      name: "node: a status too large",
      got: publish(NODE, "jm/v1/a/bin-1/status", { payloadBytes: STATUS_BYTES_MAX + 1 }),
      expected: "publish_status_bytes",
    },
    {
      name: "node: another's readings",
      got: publish(NODE, "jm/v1/a/bin-2/readings"),
      expected: "publish_foreign",
    },
    {
      name: "node: a node whose name begins like its own",
      got: publish(NODE, "jm/v1/a/bin-11/readings"),
      expected: "publish_foreign",
    },
    {
      name: "node: its readings in another shard",
      got: publish(NODE, "jm/v1/b/bin-1/readings"),
      expected: "publish_foreign",
    },
    { name: "node: its own ack", got: publish(NODE, "jm/v1/a/bin-1/ack"), expected: "publish_channel" },
    {
      name: "node: its own config",
      got: publish(NODE, "jm/v1/a/bin-1/config", { retain: true }),
      expected: "publish_channel",
    },
    { name: "node: another root", got: publish(NODE, "bin-1/readings"), expected: "publish_topic" },
    { name: "node: a level more", got: publish(NODE, "jm/v1/a/bin-1/readings/x"), expected: "publish_topic" },
    { name: "node: $SYS", got: publish(NODE, "$SYS/x/new/clients"), expected: "publish_topic" },
    {
      name: "node: a NUL in the topic",
      got: publish(NODE, "jm/v1/a/bin-1\0/readings"),
      expected: "publish_topic",
    },
    {
      name: "node: a lone surrogate in the topic",
      got: publish(NODE, "jm/v1/a/bin-1\ud800/readings"),
      expected: "publish_topic",
    },
    {
      name: "node: a line break at the end",
      got: publish(NODE, "jm/v1/a/bin-1/readings\n"),
      expected: "publish_topic",
    },
    { name: "ingest: ack to a node of its shard", got: publish(INGEST, "jm/v1/a/bin-1/ack"), expected: null },
    {
      name: "ingest: a retained ack",
      got: publish(INGEST, "jm/v1/a/bin-1/ack", { retain: true }),
      expected: "publish_retain",
    },
    {
      name: "ingest: ack in another shard",
      got: publish(INGEST, "jm/v1/b/bin-1/ack"),
      expected: "publish_foreign",
    },
    { name: "ingest: readings", got: publish(INGEST, "jm/v1/a/bin-1/readings"), expected: "publish_channel" },
    {
      name: "ingest: config",
      got: publish(INGEST, "jm/v1/a/bin-1/config", { retain: true }),
      expected: "publish_channel",
    },
    {
      name: "api: config, retained",
      got: publish(API, "jm/v1/b/bin-1/config", { retain: true }),
      expected: null,
    },
    {
      name: "api: config, not retained",
      got: publish(API, "jm/v1/b/bin-1/config"),
      expected: "publish_retain",
    },
    { name: "api: ack", got: publish(API, "jm/v1/b/bin-1/ack"), expected: "publish_channel" },
    { name: "api: $SYS", got: publish(API, "$SYS/x/heartbeat"), expected: "publish_topic" },
  ];
  test.each(cases)("$name -> $expected", ({ got, expected }) => expect(got).toBe(expected));
});

describe("subscribe", () => {
  const cases: { who: Identity; filter: string; expected: string | null }[] = [
    { who: NODE, filter: "jm/v1/a/bin-1/ack", expected: null },
    { who: NODE, filter: "jm/v1/a/bin-1/config", expected: null },
    { who: NODE, filter: "jm/v1/a/bin-1/status", expected: "subscribe_filter" },
    { who: NODE, filter: "jm/v1/a/bin-2/ack", expected: "subscribe_filter" },
    { who: NODE, filter: "jm/v1/b/bin-1/ack", expected: "subscribe_filter" },
    { who: NODE, filter: "jm/v1/a/+/ack", expected: "subscribe_filter" },
    { who: NODE, filter: "jm/v1/a/bin-1/#", expected: "subscribe_filter" },
    { who: NODE, filter: "#", expected: "subscribe_filter" },
    { who: NODE, filter: "$SYS/#", expected: "subscribe_filter" },
    { who: INGEST, filter: "jm/v1/a/+/readings", expected: null },
    { who: INGEST, filter: "jm/v1/a/+/records", expected: null },
    { who: INGEST, filter: "jm/v1/a/+/senml", expected: null },
    { who: INGEST, filter: "jm/v1/a/+/status", expected: null },
    { who: INGEST, filter: "jm/v1/a/+/ack", expected: "subscribe_filter" },
    { who: INGEST, filter: "jm/v1/b/+/readings", expected: "subscribe_filter" },
    { who: INGEST, filter: "jm/v1/+/+/readings", expected: "subscribe_filter" },
    { who: INGEST, filter: "jm/v1/a/bin-1/readings", expected: "subscribe_filter" },
    { who: INGEST, filter: "jm/v1/a/any/readings", expected: "subscribe_filter" },
    { who: INGEST, filter: "$share/g/jm/v1/a/+/readings", expected: "subscribe_shared" },
    { who: INGEST, filter: "$queue/jm/v1/a/+/readings", expected: "subscribe_shared" },
    { who: INGEST, filter: "#", expected: "subscribe_filter" },
    { who: API, filter: "jm/v1/b/+/status", expected: null },
    { who: API, filter: "jm/v1/b/+/readings", expected: "subscribe_filter" },
    { who: API, filter: "$SYS/#", expected: "subscribe_filter" },
  ];
  test.each(cases)("$who.id $filter -> $expected", ({ who, filter, expected }) => {
    expect(subscribeRefusal(who, filter)).toBe(expected);
  });
});

test("no topic at all lets a node speak for another", () => {
  const level = fc.oneof(
    fc.constantFrom("jm", "v1", "a", "b", "bin-1", "bin-2", "+", "#", "", ...CHANNELS),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(level, { maxLength: 7 }), fc.boolean(), (levels, retain) => {
      const topic = levels.join("/");
      const allowed = publish(NODE, topic, { retain }) === null;
      if (allowed) expect(topic.startsWith("jm/v1/a/bin-1/")).toBe(true);
      if (subscribeRefusal(NODE, topic) === null) expect(["ack", "config"]).toContain(levels.at(-1));
    }),
  );
});

test("an ingest account serves the shard that its id names", () => {
  expect(servesShard("ingest-a", "a")).toBe(true);
  expect(servesShard("ingest-a-2", "a")).toBe(true);
  expect(servesShard("ingest-ab", "a")).toBe(false);
  expect(servesShard("ingest", "")).toBe(false);
});

test("a will left by another broker counts only as its own client's status", () => {
  expect(isOwnStatus("jm/v1/a/bin-1/status", "bin-1")).toBe(true);
  expect(isOwnStatus("jm/v1/a/bin-1/status", "bin-2")).toBe(false);
  expect(isOwnStatus("jm/v1/a/bin-1/readings", "bin-1")).toBe(false);
  expect(isOwnStatus("jm/v1/a/bin-1/status", undefined)).toBe(false);
});
