import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  NOTHING_SEEN,
  noveltyOf,
  REPEAT_APART_MS_MAX,
  SEEN_UPLINKS_MAX,
  type SeenUplinks,
  withUplink,
} from "./seen-uplinks.ts";

const mark = (index: number) => ({ key: `session/${index}`, atMs: 1_000 + index });

function seenUpTo(count: number): SeenUplinks {
  let seen = NOTHING_SEEN;
  for (let index = 0; index < count; index++) seen = withUplink(seen, mark(index));
  return seen;
}

describe("seen uplinks", () => {
  test("an uplink is new once", () => {
    expect(noveltyOf(NOTHING_SEEN, mark(1))).toBe("new");
    expect(noveltyOf(seenUpTo(2), mark(1))).toBe("duplicate");
    expect(noveltyOf(seenUpTo(2), mark(2))).toBe("new");
  });

  test("one of the same key is a repeat within minutes, earlier or later; after that the sensor counts anew", () => {
    const first = { key: "session/0", atMs: 10_000_000 };
    const seen = withUplink(NOTHING_SEEN, first);
    const after = (ms: number) => noveltyOf(seen, { ...first, atMs: first.atMs + ms });
    expect([-REPEAT_APART_MS_MAX, 0, REPEAT_APART_MS_MAX].map(after)).toEqual(Array(3).fill("duplicate"));
    expect([-REPEAT_APART_MS_MAX - 1, REPEAT_APART_MS_MAX + 1].map(after)).toEqual(["new", "new"]);
    const again = { ...first, atMs: first.atMs + REPEAT_APART_MS_MAX + 1 };
    expect([first, again].map((one) => noveltyOf(withUplink(seen, again), one))).toEqual([
      "duplicate",
      "duplicate",
    ]);
  });

  test("one that comes late is new as long as nothing later was forgotten", () => {
    const seen = withUplink(withUplink(NOTHING_SEEN, mark(5)), mark(9));
    expect(noveltyOf(seen, mark(7))).toBe("new");
    expect(withUplink(seen, mark(7)).uplinks.map(([, atMs]) => atMs)).toEqual([1_005, 1_007, 1_009]);
  });

  test(`${SEEN_UPLINKS_MAX} are remembered; what is forgotten is stale and never new again`, () => {
    const seen = seenUpTo(SEEN_UPLINKS_MAX + 3);
    expect(seen.uplinks).toHaveLength(SEEN_UPLINKS_MAX);
    expect(seen.floorMs).toBe(mark(2).atMs);
    expect([0, 1, 2].map((index) => noveltyOf(seen, mark(index)))).toEqual(["stale", "stale", "stale"]);
    expect(noveltyOf(seen, mark(3))).toBe("duplicate");
  });

  test("no order in which uplinks come makes one of them new twice", () => {
    const order = fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(order, (indexes) => {
        let seen = NOTHING_SEEN;
        const taken = new Set<number>();
        for (const index of indexes) {
          if (noveltyOf(seen, mark(index)) !== "new") continue;
          expect(taken.has(index)).toBe(false);
          taken.add(index);
          seen = withUplink(seen, mark(index));
          expect(seen.uplinks.length).toBeLessThanOrEqual(SEEN_UPLINKS_MAX);
        }
      }),
    );
  });
});
