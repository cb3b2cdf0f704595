import { describe, expect, test } from "vitest";
import { RetainedMessages } from "./retained.ts";

function filled(): RetainedMessages {
  const retained = new RetainedMessages();
  for (const topic of ["jm/v1/a/n1/status", "jm/v1/a/n2/status", "jm/v1/b/n3/status", "jm/v1/a/n1/config"]) {
    retained.store({ topic, payload: `of ${topic}` });
  }
  return retained;
}
const topics = (retained: RetainedMessages, filter: string) =>
  [...retained.matching(filter)].map(({ topic }) => topic);

describe("retained messages", () => {
  test("are found by their topic and by a filter for all nodes of a shard", () => {
    expect(topics(filled(), "jm/v1/a/n1/config")).toEqual(["jm/v1/a/n1/config"]);
    expect(topics(filled(), "jm/v1/a/+/status")).toEqual(["jm/v1/a/n1/status", "jm/v1/a/n2/status"]);
    expect(topics(filled(), "jm/v1/a/n9/config")).toEqual([]);
    expect(topics(filled(), "+/status")).toEqual([]);
  });

  test("are replaced by a later one and removed by an empty one", () => {
    const retained = filled();
    retained.store({ topic: "jm/v1/a/n1/status", payload: "later" });
    expect([...retained.matching("jm/v1/a/n1/status")]).toEqual([
      { topic: "jm/v1/a/n1/status", payload: "later" },
    ]);
    expect(retained.size).toBe(4);
    retained.store({ topic: "jm/v1/a/n1/status", payload: Buffer.alloc(0) });
    expect(retained.size).toBe(3);
  });

  test("beyond the limit of bytes one is not kept, nor the one before it, until another makes room", () => {
    const retained = new RetainedMessages(2_000);
    const config = (node: string, bytes: number) => ({
      topic: `jm/v1/a/${node}/config`,
      payload: Buffer.alloc(bytes, 1),
    });
    expect(retained.store(config("n1", 500))).toBe(true);
    expect(retained.store(config("n2", 500))).toBe(true);
    expect(retained.store(config("n3", 500))).toBe(false);
    expect(retained.store(config("n1", 1_500))).toBe(false);
    expect(topics(retained, "jm/v1/a/+/config")).toEqual(["jm/v1/a/n2/config"]);
    expect(retained.store(config("n3", 500))).toBe(true);
    // Replaced and removed ones give their bytes back.
    for (let version = 0; version < 100; version++)
      expect(retained.store(config("n3", 500 + version))).toBe(true);
    for (const node of ["n2", "n3"]) retained.store(config(node, 0));
    expect(retained.store(config("n1", 1_500))).toBe(true);
  });

  test("ten thousand nodes that ask for their configuration are answered without a search", () => {
    const retained = new RetainedMessages();
    for (let i = 0; i < 10_000; i++) retained.store({ topic: `jm/v1/a/n${i}/status`, payload: "{}" });
    const startMs = performance.now();
    for (let i = 0; i < 10_000; i++) expect([...retained.matching(`jm/v1/a/n${i}/config`)]).toHaveLength(0);
    // A search would compare 10^8 times, which takes minutes.
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });
});
