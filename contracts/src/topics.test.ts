import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHANNELS, channelFilter, parseTopic, TOPIC_LENGTH_MAX, topicOf } from "./topics.ts";

const name = fc.stringMatching(/^[a-z0-9-]{1,64}$/);

describe("topics", () => {
  it("are built as the wire has them", () => {
    expect(topicOf({ shard: "s1", node: "halte-3", channel: "readings" })).toBe("jm/v1/s1/halte-3/readings");
    expect(channelFilter("s1", "records")).toBe("jm/v1/s1/+/records");
  });

  it("come back from being built and taken apart", () => {
    fc.assert(
      fc.property(name, name, fc.constantFrom(...CHANNELS), (shard, node, channel) => {
        const topic = topicOf({ shard, node, channel });
        expect(topic.length).toBeLessThanOrEqual(TOPIC_LENGTH_MAX);
        expect(parseTopic(topic)).toEqual({ shard, node, channel });
      }),
    );
  });

  it.each([
    "",
    "jm/v1/s1/n1",
    "jm/v1/s1/n1/readings/x",
    "jm/v2/s1/n1/readings",
    "jm/v1//n1/readings",
    "jm/v1/s1/N1/readings",
    "jm/v1/s1/n1/secrets",
    "jm/v1/+/n1/readings",
    "$share/g/jm/v1/s1/n1/readings",
    `jm/v1/${"s".repeat(65)}/n1/readings`,
    `jm/v1/s1/n1/readings${" ".repeat(200)}`,
  ])("refuse %j", (text) => {
    expect(parseTopic(text)).toBeNull();
  });

  it("never take apart what they would not build", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const topic = parseTopic(text);
        if (topic !== null) expect(topicOf(topic)).toBe(text);
      }),
    );
  });

  it("refuse to be built of anything but names", () => {
    expect(() => topicOf({ shard: "s/1", node: "n", channel: "ack" })).toThrow(RangeError);
    expect(() => topicOf({ shard: "s", node: "#", channel: "ack" })).toThrow(RangeError);
    expect(() => channelFilter("+", "ack")).toThrow(RangeError);
  });
});
