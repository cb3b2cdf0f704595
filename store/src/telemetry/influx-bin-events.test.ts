import { expect, test } from "vitest";
import { readBinEvents } from "./influx-bin-events.ts";

const ALL = { bins: null, zone: null, events: null, fromMs: null, toMs: null };
const DAY_MS = 86_400_000;

/** An InfluxDB that holds one event of each bin at one millisecond, and gives them in an order that nobody knows. */
function influxOf(t: number, bins: string[]) {
  const statements: string[] = [];
  const run = async (statement: string) => {
    statements.push(statement);
    const [fromMs = 0, toMs = 0] = [...statement.matchAll(/time [<>]= (\d+)ms/g)].map(([, at]) => Number(at));
    const limit = Number(/LIMIT (\d+)/.exec(statement)?.[1] ?? bins.length);
    if (t < fromMs || t > toMs) return [];
    const values = bins.slice(0, limit).map((bin) => [t, "full", null, null, bin, "zone-1"]);
    return [{ columns: ["time", "event", "fill_before", "fill_after", "bin", "zone"], values }];
  };
  return { statements, run };
}

test("events of one millisecond are cut by their bins, in whatever order the engine gives them", async () => {
  const { run } = influxOf(Date.now() - 1_000, ["b", "e", "a", "d", "c"]);
  const seen: string[] = [];
  let after: string | null = null;
  do {
    const page = await readBinEvents(run, ALL, { limit: 2, after });
    seen.push(page.items.map(({ bin }) => bin).join(""));
    after = page.next;
  } while (after !== null);
  expect(seen).toEqual(["ed", "cb", "a"]);
});

test("a page is looked for in the last day, and further back only as long as it is not full", async () => {
  const spansOf = async (agoMs: number) => {
    const { run, statements } = influxOf(Date.now() - agoMs, ["a", "b"]);
    expect((await readBinEvents(run, ALL, { limit: 1, after: null })).items).toHaveLength(1);
    return statements.filter((statement) => statement.includes("LIMIT")).length;
  };
  expect(await spansOf(1_000)).toBe(1);
  expect(await spansOf(2 * DAY_MS)).toBe(2);
  expect(await spansOf(20 * DAY_MS)).toBe(3);
});

test("no statement is sent for a time in which nothing can be", async () => {
  const { run, statements } = influxOf(Date.now(), ["a"]);
  expect(await readBinEvents(run, { ...ALL, fromMs: 5, toMs: 5 }, { limit: 1, after: null })).toEqual({
    items: [],
    next: null,
  });
  const fromMs = Date.now() - 1_000;
  await readBinEvents(run, { ...ALL, fromMs }, { limit: 1, after: `${fromMs - 1}~a` });
  expect(statements).toEqual([]);
});
