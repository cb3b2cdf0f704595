import { describe, expect, test } from "vitest";
import { observationOf, reachOfModel, readPayload } from "./models.ts";

const read = (model: string, hex: string, port = 2) =>
  readPayload(model, { port, bytes: Buffer.from(hex.replaceAll(" ", ""), "hex") });

describe("readPayload", () => {
  test("makes an observation of all that an EM400 says", () => {
    expect(
      read("milesight-em400", "01755c 03670101 04824408 050001 0688c0e1e40040420f0012 880001", 85),
    ).toEqual({
      ok: true,
      observation: {
        distanceMm: 2116,
        tempC: 25.7,
        tilted: true,
        battery: 0.92,
        position: { lat: 15, lon: 1 },
        movedAlarm: true,
      },
    });
    expect(read("milesight-em400", "8367e80001 8482410601")).toEqual({
      ok: true,
      observation: { distanceMm: 1601, tempC: 23.2 },
    });
    expect(read("milesight-em400", "8367080201")).toEqual({
      ok: true,
      observation: { distanceMm: null, tempC: 52, fireAlarm: true },
    });
  });

  test("makes an observation of an LDDS45, whose volts are no share", () => {
    expect(read("dragino-ldds45", "0b45 0b05 00 0105 01")).toEqual({
      ok: true,
      observation: { distanceMm: 2821, tempC: 26.1 },
    });
    expect(read("dragino-ldds45", "0b49 0000 00 0000 00")).toEqual({
      ok: true,
      observation: { distanceMm: null },
    });
  });

  test("what a device says of itself alone is no observation", () => {
    expect(read("milesight-em400", "ff0bff ff0101 ff0f00")).toEqual({ ok: true, observation: null });
  });

  test.each([
    ["an LDDS45 on another port", "dragino-ldds45", "0b450b0500010501", "port 5 of a dragino-ldds45"],
    ["a payload of another model", "milesight-em400", "0b450b0500010501", "unknown channel 0b45"],
  ])("refuses %s", (_name, model, hex, reason) => {
    expect(read(model, hex, 5)).toMatchObject({
      ok: false,
      fault: { code: "undecodable", reason: expect.stringContaining(reason) },
    });
  });

  test.each(["senml", "constructor", "milesight-em999"])("refuses the model %s", (model) => {
    expect(read(model, "0b450b0500010501")).toMatchObject({ fault: { code: "unknown_model" } });
  });
});

test("what a reading cannot hold is left out of an observation", () => {
  expect(observationOf({ distanceMm: 20_001, tempC: -60.1 })).toEqual({ distanceMm: null });
  expect(observationOf({ distanceMm: 20_000, tempC: 200 })).toEqual({ distanceMm: 20_000, tempC: 200 });
});

test("each model has the reach of its data sheet, and any other what a reading can hold", () => {
  expect(reachOfModel("dragino-ldds45")).toEqual({ minMm: 30, maxMm: 4_500 });
  expect(reachOfModel("senml")).toEqual({ minMm: 0, maxMm: 20_000 });
});
