import { describe, expect, test } from "vitest";
import { TRACKS_MAX, TrackCache } from "./track-cache.ts";

const key = (node: string) =>
  ({ node, stream: "readings", epoch: "0123456789abcdef0123456789abcdef" }) as const;

describe("TrackCache", () => {
  test("begins where the store says", async () => {
    const cache = new TrackCache(async (of) => ({ ...of, upto: 42, thinned: 7 }));
    const track = await cache.get(key("node-1"));
    expect([track.upto, track.thinned]).toEqual([42, 7]);
  });

  test(`keeps ${TRACKS_MAX} tracks, and reads the one longest unused again`, async () => {
    const reads: string[] = [];
    const cache = new TrackCache(async ({ node }) => {
      reads.push(node);
      return null;
    });
    for (let index = 0; index < TRACKS_MAX; index++) await cache.get(key(`node-${index}`));
    await cache.get(key("node-0"));
    await cache.get(key("one-more"));
    expect(cache.size).toBe(TRACKS_MAX);
    reads.length = 0;
    await cache.get(key("node-0"));
    expect(reads).toEqual([]);
    await cache.get(key("node-1"));
    expect(reads).toEqual(["node-1"]);
  });

  test("does not forget a track that is busy, whatever the limit", async () => {
    const cache = new TrackCache(async () => null, 2);
    const busy = await cache.get(key("busy"));
    busy.arrive({ first: 1, last: 5, floor: 1 });
    for (const node of ["a", "b", "c"]) await cache.get(key(node));
    expect(await cache.get(key("busy"))).toBe(busy);
    expect(cache.size).toBe(2);
  });
});
