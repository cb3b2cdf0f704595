import { QUERY_ROWS_MAX } from "@jumpa-madu/store/telemetry-store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../testing/api-fixture.ts";

const START_MS = Date.UTC(2026, 10, 24, 0);
const MINUTE_MS = 60_000;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  for (const [index, bin] of ["bin-1", "bin-2"].entries()) {
    const levels = Array.from({ length: 60 }, (_, n) => ({
      kind: "bin_level" as const,
      bin,
      t: START_MS + n * MINUTE_MS,
      distance_mm: 500 - n,
      fill: (n + 1) / 100 + index / 4,
      quality: "accepted" as const,
    }));
    await api.write(...levels);
  }
  await api.write({
    kind: "scale_weight",
    scale: "scale-1",
    t: START_MS,
    weight_g: 1_500,
    stable: true,
    mode: "net",
  });
});
afterAll(() => api.close());

const span = `from=${START_MS}&to=2026-11-24T01:00:00Z`;
const ask = (query: string, who: Parameters<TestApi["call"]>[0] = "staff") =>
  api.call(who, "GET", `/v1/telemetry?${query}`);

test("raw readings of one bin, by time", async () => {
  const answer = await ask(`measurement=bin_level&bin=bin-1&${span}`);
  expect(answer.statusCode, answer.body).toBe(200);
  const body = answer.json();
  expect(body).toMatchObject({
    measurement: "bin_level",
    field: "fill",
    every: null,
    fn: "mean",
    next: null,
  });
  expect(body.items).toHaveLength(60);
  expect(body.items[0]).toEqual({ series: "bin-1", t: "2026-11-24T00:00:00.000Z", value: 0.01 });
});

test("windows of several bins, named twice or with commas", async () => {
  for (const bins of ["bin=bin-1,bin-2", "bin=bin-1&bin=bin-2"]) {
    const { items } = (
      await ask(`measurement=bin_level&${bins}&${span}&every=15m&fn=max&field=distance_mm`)
    ).json();
    expect(items).toHaveLength(8);
    expect(items[1]).toEqual({ series: "bin-1", t: "2026-11-24T00:15:00.000Z", value: 485 });
    expect(items[4].series).toBe("bin-2");
  }
});

test("the same as CSV", async () => {
  const answer = await ask(`measurement=bin_level&bin=bin-1&${span}&every=1h&fn=count&format=csv`);
  expect(answer.body).toBe("series,t,value\r\nbin-1,2026-11-24T00:00:00.000Z,60\r\n");
});

test.each([
  `measurement=bin_level&from=2026-11-24T01:00:00Z&to=2026-11-24T01:00:00Z`,
  `measurement=bin_level&field=weight_g&${span}`,
  `measurement=nothing&${span}`,
  `measurement=bin_level&every=0m&${span}`,
  `measurement=bin_level&every=15x&${span}`,
  `measurement=bin_level&fn=median&${span}`,
  `measurement=bin_level&bin=Bin!&${span}`,
  `measurement=bin_level&from=0&to=2`,
  `measurement=bin_level&from=yesterday`,
  `${span}`,
  `measurement=bin_level&fn=max&${span}`,
  `measurement=bin_level&scale=scale-1&${span}`,
  `measurement=bin_event&scale=scale-1&${span}`,
  `measurement=scale_weight&bin=bin-1&${span}`,
  `measurement=scale_weight&zone=zone-1&${span}`,
  `measurement=edge_health&scale=scale-1&${span}`,
  `measurement=edge_health&zone=zone-1&${span}`,
])("400 for %s", async (query) => {
  const answer = await ask(query);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().faults.length).toBeGreaterThan(0);
});

test("says in words why a function or a filter does not fit", async () => {
  const detailOf = async (query: string) => (await ask(`${query}&${span}`)).json().detail;
  expect(await detailOf("measurement=bin_level&fn=max")).toBe("fn needs every: it is taken over a window");
  expect(await detailOf("measurement=scale_weight&bin=bin-1")).toBe(
    "scale_weight cannot be narrowed by bin; it has scale, node",
  );
});

test("what is too long is refused with what to change", async () => {
  for (let first = 0; first <= QUERY_ROWS_MAX; first += 2_500) {
    const levels = Array.from({ length: 2_501 }, (_, n) => ({
      kind: "bin_level" as const,
      bin: "bin-long",
      t: START_MS + first + n,
      distance_mm: 1,
      fill: 0.5,
      quality: "accepted" as const,
    }));
    await api.write(...levels);
  }
  const answer = await ask(`measurement=bin_level&bin=bin-long&${span}`);
  expect(answer.statusCode).toBe(422);
  expect(answer.json()).toMatchObject({ code: "answer_too_long" });
  expect(answer.json().detail).toMatch(/less time|fewer|wider/);
  const names = Array.from({ length: 1_001 }, (_, n) => `b-${n}`).join(",");
  expect((await ask(`measurement=bin_level&bin=${names}&${span}`)).statusCode).toBe(422);
});

test("collectors see bins, operators also the scales of their own waste bank", async () => {
  expect((await ask(`measurement=bin_level&${span}&bin=bin-1`, "collector")).statusCode).toBe(200);
  expect((await ask(`measurement=edge_health&${span}`, "collector")).statusCode).toBe(403);
  const own = await ask(`measurement=scale_weight&scale=scale-1&${span}`, "operator");
  expect(own.json().items).toEqual([{ series: "scale-1", t: "2026-11-24T00:00:00.000Z", value: 1_500 }]);
  expect((await ask(`measurement=scale_weight&scale=scale-2&${span}`, "operator")).statusCode).toBe(403);
});
