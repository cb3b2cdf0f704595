import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi } from "../testing/api-fixture.ts";

const START_MS = Date.UTC(2026, 10, 24, 3);
const MINUTE_MS = 60_000;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
  const event = (bin: string, minute: number) => ({
    kind: "bin_event" as const,
    bin,
    t: START_MS + minute * MINUTE_MS,
  });
  await api.write(
    { ...event("bin-1", 0), event: "full" },
    { ...event("bin-1", 1), event: "emptied", fill_before: 0.9, fill_after: 0.05 },
    { ...event("bin-2", 2), event: "fire" },
    { ...event("bin-3", 2), event: "tipped" },
  );
});
afterAll(() => api.close());

const ask = (query: string, who: Parameters<TestApi["call"]>[0] = "staff") =>
  api.call(who, "GET", `/v1/bin-events?${query}`);
const namesOf = async (query: string) => {
  const answer = await ask(query);
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json().items.map(({ bin, event }: { bin: string; event: string }) => `${bin} ${event}`);
};

test("what happened to bins, newest first, by name", async () => {
  const { items, next } = (await ask("")).json();
  expect(next).toBeNull();
  expect(items.map(({ event }: { event: string }) => event)).toEqual(["tipped", "fire", "emptied", "full"]);
  expect(items[2]).toEqual({
    bin: "bin-1",
    zone: "zone-1",
    event: "emptied",
    fill_before: 0.9,
    fill_after: 0.05,
    occurred_at: "2026-11-24T03:01:00.000Z",
  });
});

test("bins, zone, names and time narrow the list, several of each with commas or named twice", async () => {
  expect(await namesOf("bin=bin-1")).toEqual(["bin-1 emptied", "bin-1 full"]);
  expect(await namesOf("bin=bin-2,bin-3&event=fire,fire_over")).toEqual(["bin-2 fire"]);
  expect(await namesOf("event=tipped&event=full")).toEqual(["bin-3 tipped", "bin-1 full"]);
  expect(await namesOf("zone=zone-2")).toEqual([]);
  expect(await namesOf("zone=zone-1&from=2026-11-24T03:01:00Z&to=2026-11-24T03:02:00Z")).toEqual([
    "bin-1 emptied",
  ]);
});

test("pages follow each other, and CSV holds all of them", async () => {
  const first = (await ask("limit=1")).json();
  expect(first.items).toHaveLength(1);
  expect(await namesOf(`limit=3&after=${encodeURIComponent(first.next)}`)).toEqual([
    "bin-2 fire",
    "bin-1 emptied",
    "bin-1 full",
  ]);
  const csv = await ask("format=csv");
  expect(csv.headers["content-type"]).toContain("text/csv");
  const lines = csv.body.trimEnd().split("\r\n");
  expect(lines).toHaveLength(5);
  expect(lines[0]).toBe("bin,zone,event,fill_before,fill_after,occurred_at");
  expect(lines[1]).toBe("bin-3,zone-1,tipped,,,2026-11-24T03:02:00.000Z");
});

test.each([
  "event=burning",
  "event=fire,",
  "bin=Bin!",
  "from=yesterday",
  "from=2026-02-30",
  "limit=501",
  "after=x",
  "after=1~a~b",
])("400 for %s", async (query) => {
  const answer = await ask(query);
  expect(answer.statusCode).toBe(400);
  expect(answer.json().faults.length).toBeGreaterThan(0);
});

test("more than 1,000 bins in one question are refused", async () => {
  const names = Array.from({ length: 1_001 }, (_, n) => `b-${n}`).join(",");
  expect((await ask(`bin=${names}`)).statusCode).toBe(422);
});

test("whoever may see bins may see what happens to them, and nobody else", async () => {
  for (const who of ["operator", "collector"] as const) expect((await ask("", who)).statusCode).toBe(200);
  expect((await ask("", "member")).statusCode).toBe(403);
});
