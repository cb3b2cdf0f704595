import { expect, test } from "vitest";
import { KEY_CACHED_MS_MAX, KeyCache } from "./key-cache.ts";

const key = (byte: number) => Uint8Array.of(byte);

test("a key is kept for a while, however often it is asked for", () => {
  let nowMs = 0;
  const cache = new KeyCache(() => nowMs);
  cache.set("a", key(1));
  nowMs = KEY_CACHED_MS_MAX - 1;
  expect(cache.get("a")).toEqual(key(1));
  nowMs = KEY_CACHED_MS_MAX;
  expect(cache.get("a")).toBeUndefined();
});

test("beyond the most keys the one longest unused goes", () => {
  const cache = new KeyCache(() => 0, 2);
  cache.set("a", key(1));
  cache.set("b", key(2));
  cache.get("a");
  cache.set("c", key(3));
  expect(["a", "b", "c"].map((member) => cache.get(member)?.[0])).toEqual([1, undefined, 3]);
});

test("a key that is destroyed here is forgotten at once", () => {
  const cache = new KeyCache(() => 0);
  cache.set("a", key(1));
  cache.delete("a");
  expect(cache.get("a")).toBeUndefined();
});
