import { BIN_EVENTS, QUALITIES, type Reading, WEIGHT_MODES } from "@jumpa-madu/contracts/readings";
import fc from "fast-check";
import { expect, inject, onTestFinished, test } from "vitest";
import { newInfluxDatabase, runInfluxQl, writeRawLines } from "./influx-fixture.ts";
import { openInfluxTelemetry } from "./influx-telemetry.ts";
import { lineFault, SERIES_KEPT_MAX, toLines } from "./line-protocol.ts";
import { fieldsOf, MEASUREMENTS, seriesOf } from "./measurement-schema.ts";
import { levelPoint, pointOf, START_MS, weightPoint } from "./telemetry-points.ts";
import type { TelemetryPoint } from "./telemetry-store.ts";

const toLine = (point: TelemetryPoint): string => toLines([point]).trimEnd();

test("a level is written with its tags, integers with i, floats without", () => {
  expect(toLine(levelPoint({ fill: 1, temp_c: 31.5 }))).toBe(
    `bin_level,bin=bin-1,node=edge-1,site=wb-1,zone=lubuk-pakam distance_mm=500i,fill=1,quality="accepted",temp_c=31.5,seq=1i,recv_ms=${START_MS + 1_000}i ${START_MS}`,
  );
});

test("what is empty or unknown is left out", () => {
  expect(toLine(levelPoint({ fill: null }, { site: "", zone: "" }))).toBe(
    `bin_level,bin=bin-1,node=edge-1 distance_mm=500i,quality="accepted",seq=1i,recv_ms=${START_MS + 1_000}i ${START_MS}`,
  );
  expect(toLine(weightPoint({ stable: null }))).not.toContain("stable");
  expect(toLine(weightPoint({ stable: false }))).toContain("stable=false,");
});

test("the node is the series of edge_health and stands once", () => {
  const health = { outbox_readings: 1, outbox_records: 2, memory_mb: 3, ports_open: 4, ports_total: 5 };
  expect(toLine(pointOf({ kind: "edge_health", t: START_MS, ...health }, { site: "" }))).toMatch(
    /^edge_health,node=edge-1,zone=lubuk-pakam outbox_readings=1i,/,
  );
});

test("a series that moves is written with the tags that it has now", () => {
  const lines = toLines([
    levelPoint({}, { zone: "zone-1" }),
    levelPoint({}, { zone: "zone-2", site: "" }),
    levelPoint({}, { node: "edge-2", zone: "zone-2", site: "" }),
    levelPoint({}, { zone: "zone-1" }),
  ]).split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual([
    "bin_level,bin=bin-1,node=edge-1,site=wb-1,zone=zone-1",
    "bin_level,bin=bin-1,node=edge-1,zone=zone-2",
    "bin_level,bin=bin-1,node=edge-2,zone=zone-2",
    "bin_level,bin=bin-1,node=edge-1,site=wb-1,zone=zone-1",
    "",
  ]);
});

test("a tag that is no name is a fault, also beside one that was written before", () => {
  toLines([levelPoint({}, { zone: "zone-1" })]);
  expect(lineFault(levelPoint({}, { zone: "zone-1" }))).toBeNull();
  expect(lineFault(levelPoint({}, { zone: "zone 1,x=y" }))).toContain("zone");
  expect(lineFault(levelPoint({ bin: "bin 1" }))).toContain("series");
});

test("more series than are kept are all written right", () => {
  const points = Array.from({ length: SERIES_KEPT_MAX + 10 }, (_, at) => levelPoint({ bin: `many-${at}` }));
  const lines = toLines([...points, ...points]).split("\n");
  expect(lines.length).toBe(2 * points.length + 1);
  expect(
    lines.every((line, at) => line === "" || line.startsWith(`bin_level,bin=many-${at % points.length},`)),
  ).toBe(true);
});

const name = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
const emptyOrName = fc.oneof(fc.constant(""), name);
const count = fc.nat();
const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const fill = fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1, noNaN: true }));
const t = fc.integer({ min: 0, max: 86_400_000 }).map((afterMs) => START_MS - afterMs);
const reading: fc.Arbitrary<Reading> = fc.oneof(
  fc.record(
    {
      kind: fc.constant("bin_level" as const),
      bin: name,
      t,
      distance_mm: fc.nat(20_000),
      fill,
      quality: fc.constantFrom(...QUALITIES),
      temp_c: number,
      tilt_deg: number,
      battery: number,
    },
    { requiredKeys: ["kind", "bin", "t", "distance_mm", "fill", "quality"] },
  ),
  fc.record(
    {
      kind: fc.constant("bin_event" as const),
      bin: name,
      t,
      event: fc.constantFrom(...BIN_EVENTS),
      fill_before: number,
    },
    { requiredKeys: ["kind", "bin", "t", "event"] },
  ),
  fc.record({
    kind: fc.constant("scale_weight" as const),
    scale: name,
    t,
    weight_g: number,
    stable: fc.constantFrom(true, false, null),
    mode: fc.constantFrom(...WEIGHT_MODES),
  }),
  fc.record({
    kind: fc.constant("edge_health" as const),
    t,
    outbox_readings: count,
    outbox_records: count,
    memory_mb: number,
    ports_open: count,
    ports_total: count,
  }),
);
const point: fc.Arbitrary<TelemetryPoint> = fc.record({
  node: name,
  site: emptyOrName,
  zone: emptyOrName,
  seq: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  receivedMs: t,
  reading,
});

test("any point is read back from InfluxDB as it was written", async () => {
  const server = inject("influxUrl");
  const database = newInfluxDatabase(server);
  const store = openInfluxTelemetry(`influx://${new URL(server).host}/${database.name}`);
  onTestFinished(async () => {
    await store.close();
    await database.drop();
  });
  await store.prepare();
  // Points of one sample share a database, so each gets a series of its own by its place in the sample.
  const sampled = fc.sample(point, 2_000).map(withOwnSeries);
  await writeRawLines(server, database.name, toLines(sampled));
  const stored = await readBack(server, database.name);
  for (const written of sampled) expect(stored.get(keyOf(written))).toEqual(columnsOf(written));
});

function withOwnSeries(of: TelemetryPoint, at: number): TelemetryPoint {
  const own = `${at}-${seriesOf(of)}`.slice(0, 64);
  if (of.reading.kind === "edge_health") return { ...of, node: own };
  const { seriesTag } = MEASUREMENTS[of.reading.kind];
  return { ...of, reading: { ...of.reading, [seriesTag]: own } as Reading };
}

const keyOf = (of: TelemetryPoint) => `${of.reading.kind} ${seriesOf(of)}`;

/** What InfluxDB is to show of a point: every tag and field that is known. -0 is no other number than 0. */
function columnsOf(of: TelemetryPoint): Record<string, unknown> {
  const { kind, t: time } = of.reading;
  const columns: Record<string, unknown> = { time, seq: of.seq, recv_ms: of.receivedMs, node: of.node };
  columns[MEASUREMENTS[kind].seriesTag] = seriesOf(of);
  if (of.site !== "") columns.site = of.site;
  if (of.zone !== "") columns.zone = of.zone;
  for (const { name: field } of MEASUREMENTS[kind].fields) {
    const value = fieldsOf(of)[field];
    if (value !== null && value !== undefined) columns[field] = value === 0 ? 0 : value;
  }
  return columns;
}

async function readBack(server: string, database: string): Promise<Map<string, Record<string, unknown>>> {
  const stored = new Map<string, Record<string, unknown>>();
  for (const kind of Object.keys(MEASUREMENTS) as (keyof typeof MEASUREMENTS)[]) {
    const answer = JSON.parse(await runInfluxQl(server, `SELECT * FROM "${kind}"`, database));
    const [series] = answer.results[0].series;
    for (const row of series.values) {
      const known = series.columns.map((column: string, at: number) => [column, row[at]] as const);
      const columns = Object.fromEntries(known.filter(([, value]: [string, unknown]) => value !== null));
      stored.set(`${kind} ${columns[MEASUREMENTS[kind].seriesTag]}`, columns);
    }
  }
  return stored;
}
