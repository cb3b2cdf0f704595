import type { TelemetryPoint } from "@jumpa-madu/store/telemetry-store";
import { describe, expect, test } from "vitest";
import { received } from "../testing/test-envelope.ts";
import { level } from "../testing/test-stores.ts";
import { CLOCK_AHEAD_MS_MAX } from "./item-check.ts";
import { screenReadings } from "./reading-screen.ts";

const places = {
  node: "node-1",
  site: "bank-1",
  zoneOfBin: new Map([["bin-1", "zone-1"]]),
  scales: new Set(["scale-1"]),
};
const weight = {
  kind: "scale_weight",
  scale: "scale-1",
  t: Date.now(),
  weight_g: 1.5,
  stable: null,
  mode: "gross",
};
const health = {
  kind: "edge_health",
  t: Date.now(),
  outbox_readings: 0,
  outbox_records: 0,
  memory_mb: 80,
  ports_open: 1,
  ports_total: 1,
};

function screen(items: unknown[], from = 11) {
  const points: TelemetryPoint[] = [];
  const screened = screenReadings(received({ first: 11, items }), { places, from }, points);
  return { ...screened, points };
}

describe("screenReadings", () => {
  test("makes points with their number and their place", () => {
    const { points, faults } = screen([level(1), weight, health]);
    expect(faults).toEqual([]);
    expect(points.map(({ seq, site, zone }) => [seq, site, zone])).toEqual([
      [11, "bank-1", "zone-1"],
      [12, "bank-1", ""],
      [13, "bank-1", ""],
    ]);
  });

  test("leaves out what is below the number asked for", () => {
    expect(screen([level(1), level(2), null, level(3)], 13)).toMatchObject({
      thinned: 1,
      points: [{ seq: 14 }],
    });
  });

  test("one bad item does not spoil its neighbours", () => {
    const { points, faults } = screen([level(1), { ...level(2), distance_mm: -1 }, level(3)]);
    expect(points.map(({ seq }) => seq)).toEqual([11, 13]);
    expect(faults).toMatchObject([
      { seq: 12, code: "schema", reason: expect.stringContaining("/distance_mm") },
    ]);
  });

  test.each([
    ["a number", 7, "schema"],
    ["a list", [], "schema"],
    ["no kind", {}, "schema"],
    ["an unknown kind", { kind: "weather" }, "schema"],
    ["a kind that every object has", { kind: "constructor" }, "schema"],
    ["a key too many", { ...level(1), more: 1 }, "schema"],
    ["__proto__ as a key", JSON.parse('{"kind":"bin_level","__proto__":{}}'), "schema"],
    ["a record", { kind: "deposit" }, "schema"],
    ["a bin of another node", level(1, { bin: "bin-2" }), "unknown_device"],
    ["a scale of another node", { ...weight, scale: "scale-2" }, "unknown_device"],
  ])("refuses %s", (_name, item, code) => {
    expect(screen([item])).toMatchObject({ points: [], faults: [{ seq: 11, code }] });
  });

  test("believes a clock that is a day ahead, and not a millisecond more", () => {
    const envelope = received({ items: [level(1)] });
    const at = (t: number) => {
      const points: TelemetryPoint[] = [];
      const items = [level(1, { t })];
      return screenReadings({ ...envelope, items }, { places, from: 1 }, points).faults[0]?.code ?? "ok";
    };
    expect(at(envelope.receivedMs + CLOCK_AHEAD_MS_MAX)).toBe("ok");
    expect(at(envelope.receivedMs + CLOCK_AHEAD_MS_MAX + 1)).toBe("clock");
  });
});
