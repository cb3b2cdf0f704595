import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type FleetDevice, startFleet, stopFleet } from "./fleet.ts";
import { eventually, isLinkThere, tempLink } from "./host-port.ts";
import { obeyOrder } from "./orders.ts";

let fleet: Map<string, FleetDevice>;

beforeEach(() => {
  fleet = startFleet({
    devices: [
      { id: "b1", model: "a02yyuw", link: tempLink(), seed: 1, fill: 0.5, fill_per_day: 0 },
      { id: "s1", model: "st-gs", link: tempLink(), seed: 2 },
    ],
  });
  onTestFinished(() => stopFleet(fleet));
});

function deviceOf(id: string): FleetDevice {
  const device = fleet.get(id);
  if (!device) throw new Error(`no device ${id}`);
  return device;
}

const order = (value: unknown) => obeyOrder(JSON.stringify(value), fleet);

const panLoadG = () => {
  const { model } = deviceOf("s1");
  return "pan" in model ? model.pan.loadG : undefined;
};

const binFill = () => {
  const { model } = deviceOf("b1");
  return "bin" in model ? model.bin.fill : undefined;
};

test("faults are switched on and off and cleared", () => {
  expect(order({ device: "s1", fault: "silence", on: true })).toEqual({ ok: true, device: "s1" });
  expect(order({ device: "s1", fault: "garbage" })).toEqual({ ok: true, device: "s1" });
  expect(deviceOf("s1").faults).toEqual(["silence", "garbage"]);
  order({ device: "s1", fault: "silence", on: false });
  expect(deviceOf("s1").faults).toEqual(["garbage"]);
  order({ device: "s1", clear: true });
  expect(deviceOf("s1").faults).toEqual([]);
});

test("loads are placed and removed", () => {
  expect(order({ device: "s1", place_g: 1250 })).toEqual({ ok: true, device: "s1" });
  expect(panLoadG()).toBe(1250);
  order({ device: "s1", remove: true });
  expect(panLoadG()).toBe(0);
});

test("the keys of a scale are pressed, and what they refuse is told", async () => {
  const { model } = deviceOf("s1");
  if (!("cell" in model)) throw new Error("s1 is no scale");
  const { cell } = model;
  order({ device: "s1", place_g: 800 });
  await eventually(() => expect(cell.isStable && cell.grossG).toBe(800));
  expect(order({ device: "s1", tare: true })).toEqual({ ok: true, device: "s1" });
  expect([cell.tareG, cell.netG]).toEqual([800, 0]);
  expect(order({ device: "s1", clear_tare: true })).toEqual({ ok: true, device: "s1" });
  expect(cell.netG).toBe(800);
  expect(order({ device: "s1", zero: true })).toEqual({ ok: true, device: "s1" });
  expect(cell.grossG).toBe(0);
  order({ device: "s1", place_g: 5000 });
  await eventually(() => expect(cell.isStable && cell.grossG).toBe(5000));
  expect(order({ device: "s1", zero: true })).toEqual({
    ok: false,
    error: expect.stringMatching(/over .*zero/),
  });
  expect(cell.grossG).toBe(5000);
});

test("a bin is filled and emptied", () => {
  expect(order({ device: "b1", fill: 0.9 })).toEqual({ ok: true, device: "b1" });
  expect(binFill()).toBe(0.9);
  order({ device: "b1", empty: true });
  expect(binFill()).toBe(0);
});

test("a port is unplugged and replugged", () => {
  const { path } = deviceOf("b1");
  expect(order({ device: "b1", unplug: true })).toEqual({ ok: true, device: "b1" });
  expect(isLinkThere(path)).toBe(false);
  order({ device: "b1", replug: true });
  expect(isLinkThere(path)).toBe(true);
});

test.for([
  { name: "what is no JSON", text: "{" },
  { name: "an unknown device", text: '{"device":"x","empty":true}' },
  { name: "an unknown fault", text: '{"device":"s1","fault":"fire"}' },
  { name: "no action", text: '{"device":"s1"}' },
  { name: "two actions", text: '{"device":"s1","remove":true,"unplug":true}' },
  { name: "an unknown action", text: '{"device":"s1","explode":true}' },
  { name: "a load on a bin", text: '{"device":"b1","place_g":5}' },
  { name: "emptying a scale", text: '{"device":"s1","empty":true}' },
  { name: "a key of a bin", text: '{"device":"b1","zero":true}' },
])("$name is refused in words", ({ text }) => {
  expect(obeyOrder(text, fleet)).toEqual({ ok: false, error: expect.stringMatching(/./) });
  expect(deviceOf("s1").faults).toEqual([]);
});
