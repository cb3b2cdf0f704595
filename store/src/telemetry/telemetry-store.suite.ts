/** What every telemetry store must do, whatever engine stands behind it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventPoint, HOUR_MS, levelPoint, pointOf, START_MS, weightPoint } from "./telemetry-points.ts";
import {
  type BinEventQuery,
  LATEST_AHEAD_MS_MAX,
  QUERY_ROWS_MAX,
  type TelemetryPoint,
  type TelemetryQuery,
  type TelemetryStore,
} from "./telemetry-store.ts";

/** An engine under test. */
export interface StoreUnderTest {
  name: string;
  /** An empty store that is prepared. */
  open(): Promise<OpenStore>;
  /** A store whose database is missing. */
  openMissing(): Promise<TelemetryStore>;
}

interface OpenStore {
  store: TelemetryStore;
  remove: () => Promise<void>;
  /** Answers a level of START_MS that the engine refuses from now on, though it takes others of that time. */
  refusedPoint: () => Promise<TelemetryPoint>;
}

const levelQuery = (change: Partial<TelemetryQuery> = {}): TelemetryQuery => ({
  measurement: "bin_level",
  field: "fill",
  where: {},
  fromMs: START_MS,
  toMs: START_MS + 24 * HOUR_MS,
  everyMs: null,
  fn: "mean",
  ...change,
});

const ALL_EVENTS: BinEventQuery = { bins: null, zone: null, events: null, fromMs: null, toMs: null };

const STORED = { kind: "stored", refused: [] };

/** Declares the tests for one engine. */
export function describeTelemetryStore(engine: StoreUnderTest): void {
  describe(engine.name, () => {
    let store: TelemetryStore;
    let refusedPoint: OpenStore["refusedPoint"];

    beforeEach(async () => {
      const open = await engine.open();
      ({ store, refusedPoint } = open);
      return async () => {
        await store.close();
        await open.remove();
      };
    });

    test("a batch that is written again changes nothing", async () => {
      const points = [levelPoint(), levelPoint({ bin: "bin-2" }), weightPoint()];
      expect(await store.write(points)).toEqual(STORED);
      expect(await store.write(points)).toEqual(STORED);
      expect(await store.count("bin_level")).toBe(2);
      expect(await store.count("scale_weight")).toBe(1);
      expect(await store.query(levelQuery())).toEqual([
        { series: "bin-1", t: START_MS, value: 0.5 },
        { series: "bin-2", t: START_MS, value: 0.5 },
      ]);
    });

    test("an empty batch is stored, and a store without points answers nothing", async () => {
      expect(await store.write([])).toEqual(STORED);
      expect(await store.query(levelQuery())).toEqual([]);
      expect(await store.latestLevels(null)).toEqual([]);
      expect(await store.latestWeights(null)).toEqual([]);
      expect(await store.count("edge_health")).toBe(0);
    });

    test("every kind of reading is stored with each of its numbers", async () => {
      await store.write([
        levelPoint({ temp_c: 31.25 }),
        pointOf({
          kind: "bin_event",
          bin: "bin-1",
          t: START_MS,
          event: "emptied",
          fill_before: 0.9,
          fill_after: 0.1,
        }),
        weightPoint({ weight_g: 12.5 }),
        pointOf(
          {
            kind: "edge_health",
            t: START_MS,
            outbox_readings: 7,
            outbox_records: 0,
            memory_mb: 64,
            ports_open: 2,
            ports_total: 3,
          },
          { zone: "", site: "" },
        ),
      ]);
      const numbersOf = async (measurement: TelemetryQuery["measurement"], field: string) =>
        (await store.query(levelQuery({ measurement, field }))).map(({ series, value }) => [series, value]);
      expect(await numbersOf("bin_level", "temp_c")).toEqual([["bin-1", 31.25]]);
      expect(await numbersOf("bin_level", "distance_mm")).toEqual([["bin-1", 500]]);
      expect(await numbersOf("bin_event", "fill_before")).toEqual([["bin-1", 0.9]]);
      expect(await numbersOf("scale_weight", "weight_g")).toEqual([["scale-1", 12.5]]);
      expect(await numbersOf("edge_health", "outbox_readings")).toEqual([["edge-1", 7]]);
      expect(await numbersOf("edge_health", "memory_mb")).toEqual([["edge-1", 64]]);
    });

    test("windows are aligned to 1970, functions sum them up, and empty windows are absent", async () => {
      const at = (minute: number, fill: number) => levelPoint({ t: START_MS + minute * 60_000, fill });
      await store.write([at(10, 0.25), at(20, 0.75), at(30, 0.5), at(190, 0.125)]);
      // Begins and ends within a window: points before and after the asked time must not count.
      const ask = async (fn: TelemetryQuery["fn"]) =>
        await store.query(
          levelQuery({
            fn,
            everyMs: HOUR_MS,
            fromMs: START_MS + 20 * 60_000,
            toMs: START_MS + 190 * 60_000 + 1,
          }),
        );
      const last = { series: "bin-1", t: START_MS + 3 * HOUR_MS, value: 0.125 };
      expect(await ask("mean")).toEqual([{ series: "bin-1", t: START_MS, value: 0.625 }, last]);
      expect(await ask("min")).toEqual([{ series: "bin-1", t: START_MS, value: 0.5 }, last]);
      expect(await ask("max")).toEqual([{ series: "bin-1", t: START_MS, value: 0.75 }, last]);
      expect(await ask("last")).toEqual([{ series: "bin-1", t: START_MS, value: 0.5 }, last]);
      expect(await ask("count")).toEqual([
        { series: "bin-1", t: START_MS, value: 2 },
        { ...last, value: 1 },
      ]);
    });

    test("the end of the asked time is exclusive and its start inclusive", async () => {
      await store.write([levelPoint(), levelPoint({ t: START_MS + 1 }), levelPoint({ t: START_MS + 2 })]);
      const rows = await store.query(levelQuery({ fromMs: START_MS, toMs: START_MS + 2 }));
      expect(rows.map(({ t }) => t)).toEqual([START_MS, START_MS + 1]);
      expect(await store.query(levelQuery({ toMs: START_MS }))).toEqual([]);
    });

    test("zone, bins and node narrow the answer together", async () => {
      await store.write([
        levelPoint({ bin: "bin-a" }, { zone: "percut", node: "edge-1" }),
        levelPoint({ bin: "bin-b" }, { zone: "percut", node: "edge-2" }),
        levelPoint({ bin: "bin-c" }, { zone: "galang", node: "edge-2" }),
      ]);
      const bins = async (where: TelemetryQuery["where"]) =>
        (await store.query(levelQuery({ where }))).map(({ series }) => series);
      expect(await bins({ zone: "percut" })).toEqual(["bin-a", "bin-b"]);
      expect(await bins({ bin: ["bin-c", "bin-a"] })).toEqual(["bin-a", "bin-c"]);
      expect(await bins({ bin: ["bin-c", "bin-a"], zone: "galang" })).toEqual(["bin-c"]);
      expect(await bins({ node: ["edge-2"] })).toEqual(["bin-b", "bin-c"]);
      expect(await bins({ bin: [] })).toEqual([]);
      expect(await bins({ scale: ["bin-a"] })).toEqual([]);
      expect(await bins({ bin: ["bin-a' OR 'a'='a", "x) OR (1=1", '"', "\\"], zone: "percut" })).toEqual([]);
    });

    test("rejected levels count neither as fill nor as distance, other fields keep them", async () => {
      await store.write([
        levelPoint({ fill: 0.5, temp_c: 30 }),
        levelPoint({ t: START_MS + 1, fill: 1, distance_mm: 20_000, quality: "rejected", temp_c: 40 }),
      ]);
      const mean = async (field: string) =>
        (await store.query(levelQuery({ field, everyMs: HOUR_MS }))).map(({ value }) => value);
      expect(await mean("fill")).toEqual([0.5]);
      expect(await mean("distance_mm")).toEqual([500]);
      expect(await mean("temp_c")).toEqual([35]);
    });

    test("the latest level of a bin passes over rejected ones, however old it is", async () => {
      await store.write([
        levelPoint({ bin: "bin-1", distance_mm: 900 }),
        levelPoint({ bin: "bin-1", t: START_MS + 5, distance_mm: 400, fill: null, quality: "unchecked" }),
        levelPoint({ bin: "bin-1", t: START_MS + 9, distance_mm: 1, quality: "rejected" }),
        levelPoint({ bin: "bin-2", t: Date.now() - 1_000, distance_mm: 100, fill: 0.75 }),
        levelPoint({ bin: "bin-3", t: START_MS - 30 * 24 * HOUR_MS, distance_mm: 7, fill: 1 }),
        levelPoint({ bin: "bin-4", quality: "rejected" }),
      ]);
      const all = await store.latestLevels(null);
      expect(all.map(({ bin, distanceMm, fill, quality }) => [bin, distanceMm, fill, quality])).toEqual([
        ["bin-1", 400, null, "unchecked"],
        ["bin-2", 100, 0.75, "accepted"],
        ["bin-3", 7, 1, "accepted"],
      ]);
      expect(all[0]?.t).toBe(START_MS + 5);
      expect(await store.latestLevels(["bin-3", "bin-4", "nowhere", "'"])).toEqual(all.slice(2));
      expect(await store.latestLevels([])).toEqual([]);
    });

    test("the latest of a series is never what a clock that is ahead has dated", async () => {
      const nowMs = Date.now();
      const aheadMs = nowMs + LATEST_AHEAD_MS_MAX + 60_000;
      const littleAheadMs = nowMs + LATEST_AHEAD_MS_MAX - 60_000;
      await store.write([
        levelPoint({ bin: "bin-1", t: nowMs - 1_000, distance_mm: 100 }),
        levelPoint({ bin: "bin-1", t: aheadMs, distance_mm: 900 }),
        levelPoint({ bin: "bin-2", distance_mm: 200 }),
        levelPoint({ bin: "bin-2", t: aheadMs, distance_mm: 900 }),
        levelPoint({ bin: "bin-3", t: littleAheadMs, distance_mm: 300 }),
        levelPoint({ bin: "bin-4", t: aheadMs, distance_mm: 900 }),
        weightPoint({ scale: "scale-1", t: nowMs - 1_000, weight_g: 5 }),
        weightPoint({ scale: "scale-1", t: aheadMs, weight_g: 9 }),
      ]);
      const levels = [
        ["bin-1", 100],
        ["bin-2", 200],
        ["bin-3", 300],
      ];
      const distances = (of: Awaited<ReturnType<TelemetryStore["latestLevels"]>>) =>
        of.map(({ bin, distanceMm }) => [bin, distanceMm]);
      expect(distances(await store.latestLevels(null))).toEqual(levels);
      expect(distances(await store.latestLevels(["bin-1", "bin-2", "bin-3", "bin-4"]))).toEqual(levels);
      expect((await store.latestWeights(null)).map(({ weightG }) => weightG)).toEqual([5]);
      expect((await store.latestWeights(["scale-1"])).map(({ weightG }) => weightG)).toEqual([5]);
    });

    test("the latest weight of a scale keeps whether it was stable, not, or unknown", async () => {
      await store.write([
        weightPoint({ scale: "scale-1", weight_g: 5 }),
        weightPoint({ scale: "scale-1", t: START_MS + 1, weight_g: -12.5, stable: null }),
        weightPoint({ scale: "scale-2", stable: false }),
        weightPoint({ scale: "scale-3", stable: true }),
      ]);
      expect(await store.latestWeights(null)).toEqual([
        { scale: "scale-1", t: START_MS + 1, weightG: -12.5, stable: null },
        { scale: "scale-2", t: START_MS, weightG: 1500, stable: false },
        { scale: "scale-3", t: START_MS, weightG: 1500, stable: true },
      ]);
      expect((await store.latestWeights(["scale-2"])).map(({ scale }) => scale)).toEqual(["scale-2"]);
    });

    test("events of bins come newest first with their names, and an emptying with what it emptied", async () => {
      const emptied = { bin: "bin-2", t: START_MS + 1, event: "emptied" } as const;
      await store.write([
        eventPoint({}, { zone: "" }),
        eventPoint({ ...emptied, fill_before: 0.75, fill_after: 0 }, { zone: "galang" }),
        eventPoint({ bin: "bin-3", t: START_MS - 30 * 24 * HOUR_MS, event: "tipped" }),
        levelPoint(),
      ]);
      const unknown = { fillBefore: null, fillAfter: null };
      const { items, next } = await store.binEvents(ALL_EVENTS, { limit: 3, after: null });
      expect(next).toBeNull();
      expect(items).toEqual([
        { ...emptied, zone: "galang", fillBefore: 0.75, fillAfter: 0 },
        { bin: "bin-1", t: START_MS, zone: null, event: "fire", ...unknown },
        {
          bin: "bin-3",
          t: START_MS - 30 * 24 * HOUR_MS,
          zone: "lubuk-pakam",
          event: "tipped",
          ...unknown,
        },
      ]);
    });

    test("bins, zone, names and time narrow the events together", async () => {
      await store.write([
        eventPoint({ bin: "bin-a", t: START_MS, event: "full" }, { zone: "percut" }),
        eventPoint({ bin: "bin-b", t: START_MS + 1, event: "fire" }, { zone: "percut" }),
        eventPoint({ bin: "bin-c", t: START_MS + 2, event: "fire_over" }, { zone: "galang" }),
      ]);
      const bins = async (change: Partial<BinEventQuery>) =>
        (await store.binEvents({ ...ALL_EVENTS, ...change }, { limit: 10, after: null })).items.map(
          ({ bin }) => bin,
        );
      expect(await bins({})).toEqual(["bin-c", "bin-b", "bin-a"]);
      expect(await bins({ zone: "percut" })).toEqual(["bin-b", "bin-a"]);
      expect(await bins({ bins: ["bin-a", "bin-c", "bin-a"] })).toEqual(["bin-c", "bin-a"]);
      expect(await bins({ events: ["fire"] })).toEqual(["bin-b"]);
      expect(await bins({ events: ["full", "fire"], zone: "percut", bins: ["bin-a"] })).toEqual(["bin-a"]);
      expect(await bins({ fromMs: START_MS + 1 })).toEqual(["bin-c", "bin-b"]);
      expect(await bins({ toMs: START_MS + 2 })).toEqual(["bin-b", "bin-a"]);
      expect(await bins({ fromMs: START_MS + 2, toMs: START_MS + 2 })).toEqual([]);
      expect(await bins({ fromMs: 0, toMs: Number.MAX_SAFE_INTEGER })).toHaveLength(3);
      expect(await bins({ bins: [] })).toEqual([]);
      expect(await bins({ events: [] })).toEqual([]);
      expect(await bins({ bins: ["' OR '1'='1", "x) OR (1=1"] })).toEqual([]);
    });

    test("events are paged without a repeat or a hole, also those of one millisecond and those that arrive meanwhile", async () => {
      const days = [0, 0, 1, 5, 30].map((day) => START_MS - day * 24 * HOUR_MS);
      const written = days.flatMap((t, round) =>
        Array.from({ length: 20 }, (_, at) => eventPoint({ bin: `bin-${at}`, t: t + Math.min(round, 1) })),
      );
      const ahead = eventPoint({ bin: "bin-9", t: Date.now() + HOUR_MS });
      await store.write([...written, ahead]);
      const seen: string[] = [];
      let after: string | null = null;
      let pages = 0;
      do {
        const page = await store.binEvents(ALL_EVENTS, { limit: 9, after });
        seen.push(...page.items.map(({ t, bin }) => `${t} ${bin}`));
        expect(page.items.length).toBe(page.next === null ? 2 : 9);
        after = page.next;
        // Newer than the page, and in the very millisecond at which it ends.
        const end = page.items.at(-1)?.t ?? 0;
        await store.write([
          eventPoint({ bin: `a-${pages}`, t: Date.now() }),
          eventPoint({ bin: "z", t: end }),
        ]);
        pages += 1;
      } while (after !== null);
      const wanted = [ahead, ...written]
        .map(({ reading }) => ({ t: reading.t, bin: "bin" in reading ? reading.bin : "" }))
        .sort((a, b) => b.t - a.t || (a.bin < b.bin ? 1 : -1));
      expect(seen).toEqual(wanted.map(({ t, bin }) => `${t} ${bin}`));
    });

    test("a page of events that is too long, or begins at a cursor of another list, is refused", async () => {
      for (const page of [
        { limit: 0, after: null },
        { limit: 501, after: null },
        { limit: 1, after: "bin-1" },
        { limit: 1, after: `${START_MS}~bin-1~x` },
        { limit: 1, after: `${START_MS}~' OR '` },
      ]) {
        await expect(store.binEvents(ALL_EVENTS, page)).rejects.toThrow(RangeError);
      }
    });

    test("one bad point among 5,000 is refused with a reason and the others are stored", async () => {
      const bad = await refusedPoint();
      const points = Array.from({ length: 5_000 }, (_, at) =>
        at === 3_210 ? bad : levelPoint({ bin: `bin-${at}`, distance_mm: at }),
      );
      const outcome = await store.write(points);
      if (outcome.kind !== "stored") throw new Error(JSON.stringify(outcome));
      expect(outcome.refused.map(({ point }) => point)).toEqual([bad]);
      expect(outcome.refused[0]?.reason).not.toBe("");
      expect(await store.count("bin_level")).toBe(4_999);
      await expect(store.write([...points, bad])).rejects.toThrow(RangeError);
    });

    test("a point older than what is kept, and one whose tag is no name, are refused", async () => {
      const old = levelPoint({ t: START_MS - 91 * 24 * HOUR_MS });
      const unnamed = levelPoint({}, { zone: "no, name=1" });
      const outcome = await store.write([old, unnamed, levelPoint()]);
      if (outcome.kind !== "stored") throw new Error(JSON.stringify(outcome));
      expect(new Set(outcome.refused.map(({ point }) => point))).toEqual(new Set([old, unnamed]));
      expect(await store.count("bin_level")).toBe(1);
    });

    test("more writes under way at once than there are connections are all stored", async () => {
      const batches = Array.from({ length: 40 }, (_, batch) =>
        Array.from({ length: 50 }, (__, at) => levelPoint({ bin: `bin-${batch}`, t: START_MS + at })),
      );
      expect(await Promise.all(batches.map((batch) => store.write(batch)))).toEqual(
        batches.map(() => STORED),
      );
      expect(await store.count("bin_level")).toBe(2_000);
    });

    test("a question that makes no sense is refused before it comes to the engine", async () => {
      await expect(store.query(levelQuery({ field: "quality" }))).rejects.toThrow(RangeError);
      await expect(store.query(levelQuery({ everyMs: 0 }))).rejects.toThrow(RangeError);
      await expect(store.query(levelQuery({ fromMs: Number.NaN }))).rejects.toThrow(RangeError);
    });

    test("a missing database halts writes and fails questions", async () => {
      const missing = await engine.openMissing();
      expect(await missing.write([levelPoint()])).toMatchObject({ kind: "halted" });
      await expect(missing.ping()).rejects.toMatchObject({ code: "no_database" });
      await expect(missing.query(levelQuery())).rejects.toMatchObject({ code: "no_database" });
      await expect(missing.latestLevels(null)).rejects.toMatchObject({ code: "no_database" });
      const events = missing.binEvents(ALL_EVENTS, { limit: 1, after: null });
      await expect(events).rejects.toMatchObject({ code: "no_database" });
      await missing.close();
    });

    test("preparing twice is harmless, and a prepared store answers a ping", async () => {
      await store.write([levelPoint()]);
      await store.prepare();
      await store.ping();
      expect(await store.count("bin_level")).toBe(1);
    });
  });
}

/** Declares tests with 60,000 points, for each engine that answers questions in another way. */
export function describeManyPoints(engine: StoreUnderTest): void {
  describe(`${engine.name}, with many points`, { timeout: 60_000 }, () => {
    let store: TelemetryStore;
    let remove: () => Promise<void>;
    const BINS = 10_000;

    beforeAll(async () => {
      ({ store, remove } = await engine.open());
      // Six rounds of 10,000 bins: more rows than one answer may have.
      for (let round = 0; round < 6; round++) {
        const levels = Array.from({ length: BINS }, (_, at) =>
          levelPoint({ bin: `bin-${at}`, t: Date.now() - 60_000 + round, distance_mm: at, fill: at / BINS }),
        );
        await store.write(levels.slice(0, 5_000));
        await store.write(levels.slice(5_000));
      }
    });

    afterAll(async () => {
      await store.close();
      await remove();
    });

    test("latest levels of 10,000 bins come back whole", async () => {
      const levels = await store.latestLevels(null);
      expect(levels.length).toBe(BINS);
      expect(levels.every(({ bin, distanceMm }) => bin === `bin-${distanceMm}`)).toBe(true);
      const names = levels.map(({ bin }) => bin);
      expect(await store.latestLevels(names)).toEqual(levels);
      expect(await store.latestLevels(names.slice(0, 400))).toEqual(levels.slice(0, 400));
    });

    test("latest levels of 1,200 bins that have long been silent come back whole, beside those that speak", async () => {
      const silent = Array.from({ length: 1_200 }, (_, at) =>
        levelPoint({ bin: `silent-${at}`, t: START_MS + at }),
      );
      await store.write(silent);
      expect((await store.latestLevels(null)).length).toBe(BINS + silent.length);
      const names = silent.map((_, at) => `silent-${at}`);
      const latest = await store.latestLevels(names);
      expect(latest.every(({ bin, t }) => bin === `silent-${t - START_MS}`)).toBe(true);
      expect(latest.length).toBe(silent.length);
    });

    test("an answer above the limit of rows is refused, raw and in windows, and one at the limit is not", async () => {
      const day = { fromMs: Date.now() - 24 * HOUR_MS, toMs: Date.now() };
      const names = Array.from({ length: BINS }, (_, at) => `bin-${at}`);
      await expect(store.query(levelQuery(day))).rejects.toThrow(RangeError);
      const minutes = { fromMs: Date.now() - 10 * 60_000, toMs: Date.now() };
      await expect(store.query(levelQuery({ ...minutes, everyMs: 1 }))).rejects.toThrow(RangeError);
      const oneRound = await store.query(
        levelQuery({ ...day, everyMs: 24 * HOUR_MS, where: { bin: names } }),
      );
      expect(oneRound.length).toBeGreaterThanOrEqual(BINS);
      expect(oneRound.length).toBeLessThanOrEqual(QUERY_ROWS_MAX);
      const five = await store.query(
        levelQuery({ ...day, where: { bin: names.slice(0, QUERY_ROWS_MAX / 6) } }),
      );
      expect(five.length).toBe(Math.floor(QUERY_ROWS_MAX / 6) * 6);
      const sorted = [...five].sort((a, b) =>
        a.series === b.series ? a.t - b.t : a.series < b.series ? -1 : 1,
      );
      expect(five).toEqual(sorted);
    });
  });
}
