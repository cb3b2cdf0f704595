import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SPANS_MAX, StreamTrack } from "./stream-track.ts";

const KEY = { node: "node-1", stream: "readings", epoch: "0123456789abcdef0123456789abcdef" } as const;

const fresh = (upto = 0) => new StreamTrack(KEY, { upto, thinned: 0 });

/** Arrives and settles at once, as a store does that never waits. */
function take(track: StreamTrack, first: number, last: number, floor = 1) {
  const arrival = track.arrive({ first, last, floor });
  if (arrival.kind === "claimed") track.settle(arrival.from, last, 0);
  return arrival;
}

describe("StreamTrack", () => {
  test("moves over envelopes that come in order", () => {
    const track = fresh();
    take(track, 1, 10);
    take(track, 11, 20);
    expect(track.upto).toBe(20);
  });

  test("waits for an envelope that was overtaken", () => {
    const track = fresh();
    take(track, 11, 20);
    expect(track.upto).toBe(0);
    take(track, 1, 10);
    expect(track.upto).toBe(20);
    expect(track.snapshot().gaps).toEqual([]);
  });

  test("does not move before the claimed numbers are settled", () => {
    const track = fresh();
    track.arrive({ first: 1, last: 10, floor: 1 });
    expect(track.upto).toBe(0);
    expect(track.isIdle).toBe(false);
    track.settle(1, 10, 0);
    expect(track.upto).toBe(10);
  });

  test("knows an envelope that lies wholly below", () => {
    expect(take(fresh(20), 11, 20).kind).toBe("known");
  });

  test("claims only the new part of an envelope that overlaps", () => {
    expect(take(fresh(15), 11, 20)).toEqual({ kind: "claimed", from: 16 });
  });

  test("takes numbers below the floor for a gap, and makes it durable with the position that passes it", () => {
    const track = fresh(10);
    track.arrive({ first: 31, last: 40, floor: 31 });
    expect(track.snapshot()).toEqual({ upto: 30, thinned: 0, gaps: [{ from: 11, last: 30 }] });
    track.confirm(track.snapshot());
    expect(track.durableUpto).toBe(30);
    expect(track.snapshot().gaps).toEqual([]);
  });

  test("does not take for a gap what is claimed or settled below the floor", () => {
    const track = fresh();
    track.arrive({ first: 1, last: 10, floor: 1 });
    take(track, 21, 30);
    track.arrive({ first: 41, last: 50, floor: 41 });
    track.settle(1, 10, 0);
    expect(track.upto).toBe(40);
    expect(track.snapshot().gaps).toEqual([
      { from: 11, last: 20 },
      { from: 31, last: 40 },
    ]);
  });

  test("counts what was thinned out when the position passes it", () => {
    const track = fresh();
    track.arrive({ first: 11, last: 20, floor: 1 });
    track.settle(11, 20, 4);
    expect(track.snapshot().thinned).toBe(0);
    take(track, 1, 10);
    expect(track.snapshot().thinned).toBe(4);
  });

  test(`refuses what is ahead once ${SPANS_MAX} spans wait, and still takes what follows on`, () => {
    const track = fresh();
    for (let span = 1; span <= SPANS_MAX; span++) take(track, span * 10, span * 10 + 1);
    expect(track.arrive({ first: 9_000, last: 9_001, floor: 1 }).kind).toBe("refused");
    expect(take(track, 1, 9).kind).toBe("claimed");
    expect(track.upto).toBe(11);
    expect(track.arrive({ first: 9_000, last: 9_001, floor: 1 }).kind).toBe("claimed");
  });

  test("is not stuck at the limit when the floor says that what is missing will not come", () => {
    const track = fresh();
    for (let span = 1; span <= SPANS_MAX; span++) take(track, span * 10, span * 10 + 1);
    expect(take(track, 9_000, 9_001, 9_000).kind).toBe("claimed");
    expect(track.upto).toBe(9_001);
  });

  test("an idle track is one that loses nothing when it is forgotten", () => {
    const track = fresh();
    take(track, 1, 10);
    expect(track.isIdle).toBe(false);
    track.confirm(track.snapshot());
    expect(track.isIdle).toBe(true);
  });

  test("agrees with a set of numbers, in any order, with duplicates, overlaps, floors and late settling", () => {
    const step = fc.record({
      first: fc.integer({ min: 1, max: 60 }),
      length: fc.integer({ min: 1, max: 12 }),
      floor: fc.integer({ min: 1, max: 60 }),
      isLate: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const track = fresh();
        const model = new Model();
        const late: { from: number; last: number }[] = [];
        for (const { first, length, floor, isLate } of steps) {
          const last = first + length - 1;
          const envelope = { first, last, floor: Math.min(floor, first) };
          const claimed = model.arrive(envelope);
          const arrival = track.arrive(envelope);
          expect(arrival.kind === "claimed" ? arrival.from : null).toBe(claimed);
          if (arrival.kind !== "claimed") continue;
          if (isLate) late.push({ from: arrival.from, last });
          else {
            track.settle(arrival.from, last, 0);
            model.settle(arrival.from, last);
          }
          expect(track.upto).toBe(model.upto);
        }
        for (const { from, last } of late) {
          track.settle(from, last, 0);
          model.settle(from, last);
          expect(track.upto).toBe(model.upto);
        }
        const gaps = track.snapshot().gaps.flatMap((gap) => numbers(gap.from, gap.last));
        expect(gaps.sort((a, b) => a - b)).toEqual(model.gapsBelow());
        track.confirm(track.snapshot());
        expect(track.isIdle).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

const numbers = (from: number, last: number) =>
  Array.from({ length: last - from + 1 }, (_, index) => from + index);

/** The same rules, number by number, with nothing clever. */
class Model {
  upto = 0;
  readonly #settled = new Set<number>();
  readonly #gaps = new Set<number>();
  readonly #claims: { from: number; last: number }[] = [];

  /** First number that is claimed; null when all of it is settled. */
  arrive({ first, last, floor }: { first: number; last: number; floor: number }): number | null {
    if (last <= this.upto) return null;
    for (let seq = this.upto + 1; seq < floor; seq++) {
      const isClaimed = this.#claims.some((claim) => claim.from <= seq && seq <= claim.last);
      if (this.#settled.has(seq) || isClaimed) continue;
      this.#gaps.add(seq);
      this.#settled.add(seq);
    }
    this.#advance();
    if (last <= this.upto || numbers(first, last).every((seq) => seq > this.upto && this.#settled.has(seq)))
      return null;
    const from = Math.max(first, this.upto + 1);
    this.#claims.push({ from, last });
    return from;
  }

  settle(from: number, last: number): void {
    this.#claims.splice(
      this.#claims.findIndex((claim) => claim.from === from && claim.last === last),
      1,
    );
    for (const seq of numbers(from, last)) this.#settled.add(seq);
    this.#advance();
  }

  gapsBelow(): number[] {
    return [...this.#gaps].filter((seq) => seq <= this.upto).sort((a, b) => a - b);
  }

  #advance(): void {
    while (this.#settled.has(this.upto + 1)) this.upto++;
  }
}
