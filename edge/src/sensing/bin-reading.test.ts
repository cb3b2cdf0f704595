import type { BinSensorPort } from "@jumpa-madu/contracts/node-config";
import type { BinHistory } from "@jumpa-madu/sensing/bin-history";
import { pino } from "pino";
import { expect, it } from "vitest";
import { type SensorKind, startBinReading } from "./bin-reading.ts";
import type { ChannelOptions, ChannelReading } from "./channel-options.ts";

const NOON = 1_795_521_600_000;

const port: BinSensorPort = {
  path: "/dev/ttyUSB0",
  protocol: "jsn-sr04t",
  bin: "bin-1",
  report_every_s: 1,
  calibration: { empty_mm: 1300, full_mm: 300 },
};
const sensor: SensorKind = { reach: { minMm: 200, maxMm: 6000 } };

/** Lets a sensor say one distance every 100 ms; gives all that was reported. */
function read(distanceMm: number, forMs: number, more: Partial<Bench> = {}): ChannelReading[] {
  const { fromMs = 0, options = {}, of = port, kind = sensor } = more;
  const reported: ChannelReading[] = [];
  let nowMs = fromMs;
  const clock = () => ({ monotonicMs: nowMs, epochMs: NOON + nowMs });
  const { signal } = new AbortController();
  const sink = (reading: ChannelReading) => reported.push(reading);
  const bin = startBinReading(of, kind, { log: pino({ level: "silent" }), signal, sink, clock, ...options });
  for (; nowMs < fromMs + forMs; nowMs += 100) {
    bin.take({ distanceMm }, clock());
    bin.tick();
  }
  return reported;
}

interface Bench {
  readonly fromMs: number;
  readonly options: Partial<ChannelOptions>;
  readonly of: BinSensorPort;
  readonly kind: SensorKind;
}

it("fills by the shape of the container that the port names", () => {
  const w240 = { shape: "tapered", bottom_length: 0.5, bottom_width: 0.5 } as const;
  const of = { ...port, container: "w240" };
  expect(read(800, 1000, { of, options: { containerTypes: { w240 } } })).toMatchObject([
    { fill: expect.closeTo(0.339, 3) },
  ]);
  expect(read(800, 1000)).toMatchObject([{ fill: 0.5 }]);
});

it("corrects by the usual temperature of the place a sensor that lacks one", () => {
  const of = { ...port, air_temp_c: 35 };
  expect(read(800, 1000, { of, kind: { ...sensor, lacksTemperature: true } })).toMatchObject([
    { distance_mm: 821 },
  ]);
  expect(read(800, 1000, { of })).toMatchObject([{ distance_mm: 800 }]);
});

it("is full at the port's threshold, and goes on from what another channel of the bin has left", () => {
  const options = { histories: new Map<string, BinHistory>() };
  const of = { ...port, full_at: 0.6, full_until: 0.5 };
  const events = (reported: ChannelReading[]) =>
    reported.flatMap((one) => (one.kind === "bin_event" ? [one.event] : []));
  expect(events(read(650, 5000, { of, options }))).toEqual(["full"]);
  expect(events(read(650, 5000, { of, options, fromMs: 60_000 }))).toEqual([]);
  expect(events(read(1290, 5000, { of, options, fromMs: 120_000 }))).toEqual(["emptied", "full_over"]);
  expect(events(read(650, 5000, { of, fromMs: 180_000 }))).toEqual(["full"]);
});
