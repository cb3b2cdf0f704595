import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resolvePack, SENML_RECORDS_MAX } from "./senml-pack.ts";

const NOW_MS = 1_780_000_000_000;
const NOW_S = NOW_MS / 1_000;
const resolve = (value: unknown) => resolvePack(value, NOW_MS);
const distance = (more: object = {}) => ({ n: "bin7:distance", u: "m", v: 1.25, ...more });

describe("resolvePack", () => {
  test("resolves names, units, values and times by the base that came before", () => {
    expect(
      resolve([
        { bn: "bin7:", bt: NOW_S, bu: "mm", bv: 1_000, bver: 10, n: "distance", v: 250 },
        { n: "temperature", u: "Cel", bv: 0, v: 31.5 },
        { n: "battery", u: "%EL", v: 80 },
        { n: "tilt", u: "rad", v: Math.PI / 2 },
        { n: "tilted", vb: true },
        { n: "lat", u: "lat", v: 3.55 },
        { n: "lon", u: "lon", v: 98.87 },
        { n: "distance", t: -60, v: 900 },
        { bn: "bin8/", bt: 1_700_000_000, n: "distance", u: "m", v: 0.5 },
      ]),
    ).toEqual({
      fault: null,
      observations: [
        { name: "bin8", atMs: 1_700_000_000_000, observation: { distanceMm: 500 } },
        { name: "bin7", atMs: NOW_MS - 60_000, observation: { distanceMm: 900 } },
        {
          name: "bin7",
          atMs: NOW_MS,
          observation: {
            distanceMm: 1_250,
            tempC: 31.5,
            battery: 0.8,
            tiltDeg: 90,
            tilted: true,
            position: { lat: 3.55, lon: 98.87 },
          },
        },
      ],
    });
  });

  test.each([
    ["no time at all", {}, 0],
    ["a time that is zero", { t: 0 }, 0],
    ["a time that is negative", { t: -5 }, -5_000],
    ["a base time that is relative", { bt: -10, t: 2.5 }, -7_500],
  ])("counts from now with %s", (_name, more, offsetMs) => {
    expect(resolve([distance(more)]).observations).toMatchObject([{ atMs: NOW_MS + offsetMs }]);
  });

  test.each([
    ["m", 1.25, 1_250],
    ["cm", 125, 1_250],
    ["mm", 1_250.4, 1_250],
  ])("reads a distance in %s", (u, v, distanceMm) => {
    expect(resolve([distance({ u, v })]).observations).toMatchObject([{ observation: { distanceMm } }]);
  });

  test.each([
    ["%EL", 25],
    ["%", 25],
    ["/", 0.25],
  ])("reads a charge in %s", (u, v) => {
    const battery = { n: "bin7:battery", u, v };
    expect(resolve([distance(), battery]).observations).toMatchObject([{ observation: { battery: 0.25 } }]);
  });

  test("a temperature in kelvin, and one that no air has", () => {
    const at = (v: number) => resolve([distance(), { n: "bin7:temperature", u: "K", v }]).observations[0];
    expect(at(300)?.observation.tempC).toBeCloseTo(26.85);
    expect(at(3_000)?.observation).toEqual({ distanceMm: 1_250 });
  });

  test("a distance that no reading holds is no echo", () => {
    expect(resolve([distance({ v: 65.535 })]).observations).toMatchObject([
      { observation: { distanceMm: null } },
    ]);
  });

  test("a sensor's name may hold the separators itself", () => {
    expect(resolve([distance({ n: "urn:dev:mac:0024beff/distance" })]).observations).toMatchObject([
      { name: "urn:dev:mac:0024beff" },
    ]);
  });

  test("ignores members that it does not know, and a record of base values alone", () => {
    const { fault, observations } = resolve([
      { bn: "bin7:", bs: 3 },
      { n: "distance", u: "m", v: 1, x: "?" },
    ]);
    expect([fault, observations.length]).toEqual([null, 1]);
  });

  test(`takes ${SENML_RECORDS_MAX} records and not one more`, () => {
    const records = Array.from({ length: SENML_RECORDS_MAX }, (_, index) => distance({ t: -index }));
    expect(resolve(records).observations).toHaveLength(SENML_RECORDS_MAX);
    expect(resolve([...records, distance()])).toMatchObject({
      observations: [],
      fault: { code: "schema" },
    });
  });

  test("one bad record does not spoil its neighbours, and every fault is told", () => {
    const { observations, fault } = resolve([
      distance(),
      distance({ n: "bin8:distance", u: "furlong" }),
      distance({ n: "bin9:humidity" }),
    ]);
    expect(observations.map(({ name }) => name)).toEqual(["bin7"]);
    expect(fault?.reason).toContain('/1: the unit "furlong" of distance is not known; m, cm, mm are');
    expect(fault?.reason).toContain('/2: the quantity "humidity" is not known');
  });

  test("of many faults five are told, and how many more there are", () => {
    const { fault } = resolve(Array.from({ length: 9 }, () => distance({ u: "furlong" })));
    expect(fault?.reason.match(/\/\d+: /g)).toHaveLength(5);
    expect(fault?.reason).toMatch(/and 4 more$/);
  });

  test.each([
    ["an object", {}, "/"],
    ["nothing", [], "/"],
    ["numbers", [1], "/0"],
    ["a value in text", [distance({ v: "1" })], "/0/v"],
    ["a member that must be understood", [distance({ new_: 1 })], "/0/new_ must be understood"],
    ["a version to come", [distance({ bver: 11 })], "/0/bver 11 is not known"],
    ["a name without a quantity", [distance({ n: "distance" })], 'the name "distance" must be'],
    ["no name", [{ u: "m", v: 1 }], 'the name "" must be'],
    ["a name of other characters", [distance({ n: "bin 7:distance" })], "must be {sensor}:{quantity}"],
    ["no unit", [{ n: "bin7:distance", v: 1 }], "distance must have a unit"],
    ["a unit that every object has", [distance({ u: "constructor" })], 'the unit "constructor"'],
    ["a quantity that every object has", [distance({ n: "bin7:constructor" })], 'the quantity "constructor"'],
    ["no value", [{ n: "bin7:distance", u: "m" }], "distance must have v"],
    ["a number for tilted", [{ n: "bin7:tilted", v: 1 }], "tilted must have vb"],
    ["a battery above full", [{ n: "bin7:battery", u: "%EL", v: 101 }], "battery is out of its range"],
    ["a distance twice", [distance(), distance()], "distance comes twice for one time"],
    ["a time before this century", [distance({ t: 2 ** 28 })], "the time is none of this century"],
    ["a time beyond it", [distance({ t: 1e12 })], "the time is none of this century"],
  ])("refuses %s and says where", (_name, value, reason) => {
    const { observations, fault } = resolve(value);
    expect(observations.length).toBeLessThanOrEqual(1);
    expect(fault).toMatchObject({ code: "schema", reason: expect.stringContaining(reason) });
  });

  test("never throws, and never gives a value that a reading cannot hold", () => {
    const record = fc.record(
      {
        bn: fc.constantFrom("", "bin7:", "x/"),
        n: fc.constantFrom("distance", "temperature", "battery", "tilt", "lat", "lon", "tilted", "?"),
        u: fc.constantFrom("m", "mm", "Cel", "K", "%EL", "/", "deg", "lat", "lon"),
        v: fc.double({ noNaN: true }),
        vb: fc.boolean(),
        t: fc.oneof(fc.integer(), fc.double({ noNaN: true })),
        bt: fc.oneof(fc.constant(NOW_S), fc.double({ noNaN: true })),
        bv: fc.double({ noNaN: true }),
      },
      { requiredKeys: ["n"] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.array(record, { maxLength: 12 }), fc.jsonValue()), (value) => {
        for (const { atMs, observation } of resolve(value).observations) {
          expect(Number.isSafeInteger(atMs)).toBe(true);
          const { distanceMm, tempC = 0, battery = 0, tiltDeg = 0 } = observation;
          expect(distanceMm === null || (distanceMm >= 0 && distanceMm <= 20_000)).toBe(true);
          expect(
            Math.abs(tempC) <= 200 && battery >= 0 && battery <= 1 && tiltDeg >= 0 && tiltDeg <= 180,
          ).toBe(true);
        }
      }),
    );
  });
});
