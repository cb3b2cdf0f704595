import { describe, expect, test } from "vitest";
import { TABLE_POINTS_MAX } from "./container-shape.ts";
import {
  type BinSensorPort,
  CURVE_POINTS_MAX,
  type FirmataPort,
  NodeConfig,
  nodeConfigFault,
  type Port,
  portFault,
  portsFault,
  type ScalePort,
} from "./node-config.ts";
import { checkerOf } from "./validate.ts";

const bin: BinSensorPort = { path: "/dev/ttyUSB0", protocol: "a02yyuw", bin: "bin-1" };
const scale: ScalePort = { path: "/dev/ttyUSB1", protocol: "st-gs", scale: "scale-1", max_g: 30_000 };
const board = (name: string, pin: number, more: Partial<FirmataPort> = {}): FirmataPort => ({
  path: "/dev/ttyACM0",
  protocol: "firmata",
  bin: name,
  sensor: { kind: "hc-sr04", pin },
  ...more,
});
const analog = (name: string, ...readings: number[]): FirmataPort => ({
  ...board(name, 7),
  sensor: {
    kind: "analog",
    pin: 7,
    curve: readings.map((reading) => ({ reading, distance_mm: 900 - reading })),
  },
});

describe("a port", () => {
  test.each<[string, Port, RegExp | null]>([
    ["of a bin without a calibration", bin, null],
    [
      "of a full bin nearer than an empty one",
      { ...bin, calibration: { empty_mm: 900, full_mm: 150 } },
      null,
    ],
    [
      "of a full bin farther than an empty one",
      { ...bin, calibration: { empty_mm: 150, full_mm: 900 } },
      /full_mm \(900\).*empty_mm \(150\)/,
    ],
    [
      "of distances that differ too little",
      { ...bin, calibration: { empty_mm: 500, full_mm: 451 } },
      /at least 50/,
    ],
    ["of the same distance twice", { ...bin, calibration: { empty_mm: 500, full_mm: 500 } }, /less than/],
    ["of a scale", scale, null],
    ["behind a serial server", { ...scale, path: "tcp://10.0.0.7:4001" }, null],
    ["of an address without a port", { ...scale, path: "tcp://10.0.0.7" }, /tcp:\/\/host:port/],
    ["of thresholds the wrong way round", { ...bin, full_at: 0.7, full_until: 0.8 }, /full_until \(0.8\)/],
    ["of one threshold above the default of the other", { ...bin, full_at: 0.6 }, /full_until \(0.75\)/],
    ["of a rising curve", analog("bin-1", 100, 200, 300), null],
    ["of a curve that falls back", analog("bin-1", 100, 300, 200), /greater than the one before/],
  ])("%s", (_name, port, words) => {
    const fault = portFault(port);
    if (words === null) expect(fault).toBeNull();
    else expect(fault).toMatch(words);
  });
});

describe("the ports of a node", () => {
  test.each<[string, Port[], RegExp | null]>([
    ["of their own", [bin, scale], null],
    ["with one bin twice", [bin, { ...bin, path: "/dev/ttyUSB7" }], /bin bin-1 is used by two ports/],
    ["with one scale twice", [scale, { ...scale, path: "/dev/ttyUSB7" }], /scale scale-1 is used by two/],
    ["with two devices on one path", [bin, { ...scale, path: bin.path }], /one serial port takes one device/],
    ["with two sensors on one board", [board("bin-1", 4), board("bin-2", 5)], null],
    ["with two sensors on one pin", [board("bin-1", 4), board("bin-2", 4)], /pin 4 is used by bin-1/],
    ["with an analog and a digital pin of one number", [board("bin-1", 7), analog("bin-2", 1, 2)], null],
    [
      "with one board at two bauds",
      [board("bin-1", 4), board("bin-2", 5, { baud: 115_200 })],
      /baud differs/,
    ],
    [
      "with a board and a sensor on one path",
      [board("bin-1", 4), { ...bin, path: "/dev/ttyACM0", bin: "b" }],
      /one device/,
    ],
  ])("%s", (_name, ports, words) => {
    const fault = portsFault(ports);
    if (words === null) expect(fault).toBeNull();
    else expect(fault).toMatch(words);
  });
});

describe("a whole configuration", () => {
  const wheeled = { shape: "tapered", bottom_length: 0.8, bottom_width: 0.7 } as const;
  const printer = { path: "/dev/usb/lp0", paper_mm: 58 } as const;
  test.each<[string, Omit<NodeConfig, "version">, RegExp | null]>([
    ["of ports alone", { ports: [bin, scale] }, null],
    [
      "of a container that it knows",
      { ports: [{ ...bin, container: "w240" }], container_types: { w240: wheeled } },
      null,
    ],
    ["of a container that it does not know", { ports: [{ ...bin, container: "w240" }] }, /w240 is not among/],
    [
      "of a container named like a method",
      { ports: [{ ...bin, container: "constructor" }] },
      /constructor is not/,
    ],
    [
      "of a printer and a reader",
      { ports: [bin], printer, readers: [{ path: "/dev/ttyUSB5", protocol: "gm65" }] },
      null,
    ],
    [
      "of a printer on a scale's path",
      { ports: [scale], printer: { ...printer, path: scale.path } },
      /ttyUSB1 is used by two/,
    ],
    [
      "of two readers on a path",
      {
        ports: [],
        readers: [
          { path: "/a", protocol: "gm65" },
          { path: "/a", protocol: "rdm6300" },
        ],
      },
      /\/a is used/,
    ],
    ["of two sensors on one board", { ports: [board("bin-1", 4), board("bin-2", 5)], printer }, null],
  ])("%s", (_name, config, words) => {
    const whole = { version: 1, ...config };
    expect(checkerOf(NodeConfig).check(whole)).toMatchObject({ ok: true });
    const fault = nodeConfigFault(whole);
    if (words === null) expect(fault).toBeNull();
    else expect(fault).toMatch(words);
  });

  test("is refused with more points of a table or a curve than the limit", () => {
    const check = (config: object) => checkerOf(NodeConfig).check({ version: 1, ports: [], ...config }).ok;
    const readings = (count: number) => Array.from({ length: count }, (_, index) => index);
    const points = (count: number) =>
      readings(count).map((one) => ({ height: one / count, volume: one / count }));
    const types = (count: number) => ({ container_types: { t: { shape: "table", points: points(count) } } });
    expect([check(types(TABLE_POINTS_MAX)), check(types(TABLE_POINTS_MAX + 1))]).toEqual([true, false]);
    const curve = (count: number) => ({ ports: [analog("bin-1", ...readings(count))] });
    expect([check(curve(CURVE_POINTS_MAX)), check(curve(CURVE_POINTS_MAX + 1))]).toEqual([true, false]);
  });

  test("is refused with a member that nobody reads", () => {
    expect(checkerOf(NodeConfig).check({ version: 1, ports: [], printers: [] })).toMatchObject({ ok: false });
  });
});
