import type { NodePlaces } from "@jumpa-madu/store/node-places";
import { describe, expect, test } from "vitest";
import { PLACES_AGE_MS_MAX, PLACES_NODES_MAX, PLACES_REFRESH_MS_MIN, PlacesCache } from "./places-cache.ts";

const placesOf = (node: string): NodePlaces => ({ node, site: "", zoneOfBin: new Map(), scales: new Set() });

function cacheWith(read: (node: string) => NodePlaces | null) {
  const clock = { nowMs: 0 };
  const reads: string[] = [];
  const cache = new PlacesCache(
    async (node) => {
      reads.push(node);
      return read(node);
    },
    { now: () => clock.nowMs },
  );
  return { cache, clock, reads };
}

describe("PlacesCache", () => {
  test("reads once, and again when the places are old", async () => {
    const { cache, clock, reads } = cacheWith(placesOf);
    await cache.get("node-1");
    clock.nowMs = PLACES_AGE_MS_MAX - 1;
    await cache.get("node-1");
    expect(reads).toHaveLength(1);
    clock.nowMs = PLACES_AGE_MS_MAX;
    await cache.get("node-1");
    expect(reads).toHaveLength(2);
  });

  test("reads again for an unknown device, but not more often than allowed", async () => {
    const { cache, clock, reads } = cacheWith(placesOf);
    await cache.get("node-1");
    for (let time = 0; time < 100; time++) await cache.refreshed("node-1");
    expect(reads).toHaveLength(1);
    clock.nowMs = PLACES_REFRESH_MS_MIN;
    for (let time = 0; time < 100; time++) await cache.refreshed("node-1");
    expect(reads).toHaveLength(2);
  });

  test("remembers for a short while that a node does not exist", async () => {
    const { cache, clock, reads } = cacheWith(() => null);
    expect(await cache.get("nobody")).toBeNull();
    expect(await cache.get("nobody")).toBeNull();
    expect(reads).toHaveLength(1);
    clock.nowMs = PLACES_REFRESH_MS_MIN;
    await cache.get("nobody");
    expect(reads).toHaveLength(2);
  });

  test(`keeps ${PLACES_NODES_MAX} nodes, the one longest unused goes`, async () => {
    const { cache, reads } = cacheWith(placesOf);
    for (let index = 0; index < PLACES_NODES_MAX; index++) await cache.get(`node-${index}`);
    await cache.get("node-0");
    await cache.get("one-more");
    expect(cache.size).toBe(PLACES_NODES_MAX);
    reads.length = 0;
    await cache.get("node-0");
    await cache.get("node-1");
    expect(reads).toEqual(["node-1"]);
  });
});
