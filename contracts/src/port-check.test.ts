import Type from "typebox";
import { describe, expect, test } from "vitest";
import { NodeConfig, type Port } from "./node-config.ts";
import { checkPort, checkWithPorts } from "./port-check.ts";
import { checkerOf, VALUES_TOLD_MAX } from "./validate.ts";

const scale = { path: "/dev/ttyUSB0", protocol: "st-gs", scale: "scale-1" };
const bin = { path: "/dev/ttyUSB1", protocol: "a02yyuw", bin: "bin-1" };
const board = { path: "/dev/ttyACM0", protocol: "firmata", bin: "bin-2" };
const curve = [
  { reading: 1, distance_mm: 100 },
  { reading: 2, distance_mm: 200 },
];

describe("a port", () => {
  test.each<[string, unknown, RegExp[]]>([
    [
      "of a scale with a wrong protocol",
      { ...scale, protocol: "morse" },
      [/^\/protocol .* scale: st-gs, .*plain$/],
    ],
    [
      "of a bin with a wrong protocol",
      { ...bin, protocol: "st-gs" },
      [/^\/protocol .* sensor: a02yyuw, .*firmata$/],
    ],
    ["of a scale with a wrong unit", { ...scale, unit: "pon" }, [/^\/unit .*: g, kg, t, lb, oz$/]],
    [
      "with a member that is none",
      { ...scale, bauds: 9600 },
      [/^\/ must not have additional properties bauds$/],
    ],
    ["of a scale with a wrong name", { ...scale, scale: "Scale 1" }, [/^\/scale must match/]],
    [
      "with its scale misspelt",
      { path: "/dev/a", protocol: "st-gs", scael: "scale-1" },
      [/required properties scale$/, /additional properties scael$/],
    ],
    ["of both", { ...scale, bin: "bin-1" }, [/both scale and bin/]],
    ["of nothing", { path: "/dev/a", protocol: "morse" }, [/must have scale.* st-gs, .*; or bin.* firmata$/]],
    ["of a board without a sensor", board, [/^\/ must have required properties sensor$/]],
    [
      "of a board with a kind that is none",
      { ...board, sensor: { kind: "hc-sr4", pin: 7 } },
      [/^\/sensor\/kind .* hc-sr04, jsn-sr04t, analog$/],
    ],
    [
      "of a board with a pin in words",
      { ...board, sensor: { kind: "hc-sr04", pin: "7" } },
      [/^\/sensor\/pin must be integer$/],
    ],
    [
      "of an analog sensor with a wrong pin",
      { ...board, sensor: { kind: "analog", pin: 16, curve } },
      [/^\/sensor\/pin must be <= 15$/],
    ],
    ["that is no object", "st-gs", [/^\/ must be an object$/]],
  ])("%s: what is wrong with the kind that is meant is told, and no more", (_name, value, words) => {
    const checked = checkPort(value);
    const faults = checked.ok ? [] : checked.faults;
    expect(faults).toHaveLength(words.length);
    for (const one of words) expect(faults).toContainEqual(expect.stringMatching(one));
  });

  test.each([
    scale,
    bin,
    { ...board, sensor: { kind: "hc-sr04", pin: 7 } },
    { ...board, sensor: { kind: "analog", pin: 0, curve } },
  ])("that is right is taken: $protocol", (port) =>
    expect(checkPort(port)).toEqual({ ok: true, value: port }),
  );
});

test("what a schema refuses is named on one line, and never refused without a word", () => {
  expect(checkPort({ ...scale, "a\n\u0000é": 1 })).toMatchObject({
    faults: [expect.stringMatching(/properties a\?\?\?$/)],
  });
  const tooMany = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`x${index}`, 1]));
  const checked = checkPort({ ...scale, ...tooMany });
  expect(checked.ok ? [] : checked.faults).toContain("/x7 must not be there");
  const values = (count: number) => Array.from({ length: count }, (_, index) => String(index));
  const faultOf = (count: number) => checkerOf(Type.Enum(values(count))).check("none");
  expect(faultOf(VALUES_TOLD_MAX)).toMatchObject({ faults: [expect.stringMatching(/: 0, 1, .*, 11$/)] });
  expect(faultOf(VALUES_TOLD_MAX + 1)).toMatchObject({ faults: [expect.stringMatching(/values$/)] });
});

test("of a configuration the faults of every port are told with their places, and all else beside them", () => {
  const ports = Array(9).fill({ ...scale, unit: "pon" });
  const checked = checkWithPorts(checkerOf(NodeConfig), { version: -1, ports });
  const faults = checked.ok ? [] : checked.faults;
  expect(faults).toHaveLength(10);
  expect(faults).toContainEqual(expect.stringMatching(/^\/version /));
  expect(faults).toContainEqual(expect.stringMatching(/^\/ports\/8\/unit .*kg/));
  const good = { version: 1, ports: [scale as Port] };
  expect(checkWithPorts(checkerOf(NodeConfig), good)).toEqual({ ok: true, value: good });
  expect(checkWithPorts(checkerOf(NodeConfig), { version: 1, ports: "none" })).toMatchObject({ ok: false });
});
