import type { NodePlaces } from "@jumpa-madu/store/node-places";
import { describe, expect, test } from "vitest";
import {
  PLACES_AGE_MS_MAX,
  PLACES_NODES_MAX,
  PLACES_REFRESH_MS_MIN,
  PLACES_REFRESHES_MAX,
  PlacesCache,
} from "./places-cache.ts";

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

  test("reads again at once for as many unknown devices as a node has ports, and then not more often than allowed", async () => {
    const { cache, clock, reads } = cacheWith(placesOf);
    const ask = async () => {
      reads.length = 0;
      for (let time = 0; time < 100; time++) await cache.refreshed("node-1");
      return reads.length;
    };
    await cache.get("node-1");
    expect(await ask()).toBe(PLACES_REFRESHES_MAX);
    clock.nowMs = PLACES_REFRESH_MS_MIN;
    expect(await ask()).toBe(1);
    clock.nowMs += 3 * PLACES_REFRESH_MS_MIN;
    expect(await ask()).toBe(3);
    clock.nowMs += 100 * PLACES_REFRESH_MS_MIN;
    expect(await ask()).toBe(PLACES_REFRESHES_MAX);
  });

  test("old places that are read again give no more reads for unknown devices", async () => {
    const { cache, clock, reads } = cacheWith(placesOf);
    await cache.get("node-1");
    for (let time = 0; time < 100; time++) await cache.refreshed("node-1");
    clock.nowMs = PLACES_AGE_MS_MAX;
    await cache.get("node-1");
    reads.length = 0;
    for (let time = 0; time < 100; time++) await cache.refreshed("node-1");
    expect(reads).toHaveLength(PLACES_AGE_MS_MAX / PLACES_REFRESH_MS_MIN);
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
