import { writeFileSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { A02yyuw } from "./a02yyuw.ts";
import { DEVICE_KEYS } from "./device-catalogue.ts";
import { DEVICES_MAX, type FleetDevice, parseFleet, startFleet, stopFleet } from "./fleet.ts";
import { eventually, isLinkThere, openHost, tempLink } from "./host-port.ts";
import { MtSicsScale } from "./mt-sics-scale.ts";
import { StGsScale } from "./st-gs-scale.ts";

const sensor = (id: string, link: string) => ({ id, model: "a02yyuw", link, seed: 1 });

function startParsed(value: unknown): Map<string, FleetDevice> {
  const fleet = parseFleet(value);
  if (!fleet.ok) throw new Error(fleet.faults.join("\n"));
  const running = startFleet(fleet.value);
  onTestFinished(() => stopFleet(running));
  return running;
}

test("each entry becomes a device of its model with its parameters", async () => {
  const fleet = startParsed({
    devices: [
      { ...sensor("b1", tempLink()), empty_mm: 900, full_mm: 100, fill: 0.5, fill_per_day: 0, noise_mm: 0 },
      { id: "s1", model: "st-gs", link: tempLink(), seed: 2, max_g: 150_000, division_g: 50 },
      { id: "s2", model: "mt-sics", link: tempLink(), seed: 3, serial_number: "B-77" },
    ],
  });
  expect([...fleet.keys()]).toEqual(["b1", "s1", "s2"]);
  const models = [...fleet.values()].map(({ model }) => model.constructor);
  expect(models).toEqual([A02yyuw, StGsScale, MtSicsScale]);
  const bin = await openHost(fleet.get("b1")?.path ?? "");
  await eventually(() => expect(bin.received().toString("hex")).toContain("ff01f4f4"));
  const balance = await openHost(fleet.get("s2")?.path ?? "");
  balance.port.write("I4\r\n");
  await eventually(() => expect(balance.received().toString("latin1")).toBe('I4 A "B-77"\r\n'));
});

test("every device of the catalogue can be named by its key and be opened", () => {
  const devices = DEVICE_KEYS.map((model, index) => ({
    id: `d${index}`,
    model,
    link: tempLink(),
    seed: index,
  }));
  const fleet = startParsed({ devices });
  expect([...fleet.values()].map(({ path }) => isLinkThere(path))).toEqual(DEVICE_KEYS.map(() => true));
});

test("a scale has the parameters of its protocol besides those of every scale", async () => {
  const scale = { id: "s1", model: "plain", link: tempLink(), seed: 2, noise_g: 0 };
  const fleet = startParsed({
    devices: [{ ...scale, line: "checked", drift_g_per_h: 0, baud: 115_200, decimals: 2 }],
  });
  const host = await openHost(fleet.get("s1")?.path ?? "", 115_200);
  await eventually(() => expect(host.received().toString("latin1")).toMatch(/^W,-?0\.00,84\d{3},S\*/m));
});

test("people come to a scale that asks for them", async () => {
  const scale = { model: "st-gs", seed: 2, person_pause_s: 1 };
  const fleet = startParsed({
    devices: [
      { ...scale, id: "busy", link: tempLink(), person: true },
      { ...scale, id: "idle", link: tempLink() },
    ],
  });
  const loadOf = (id: string) => {
    const model = fleet.get(id)?.model;
    return model instanceof StGsScale ? model.pan.loadG : 0;
  };
  await eventually(() => expect(loadOf("busy")).toBeGreaterThan(0));
  expect(loadOf("idle")).toBe(0);
});

test.for([
  { name: "no object", value: 7, fault: /object/ },
  {
    name: "an unknown model",
    value: { devices: [{ ...sensor("b1", "x"), model: "hx711" }] },
    fault: /model/,
  },
  {
    name: "a parameter of another model",
    value: { devices: [{ ...sensor("b1", "x"), max_g: 5 }] },
    fault: /^\/devices\/0/,
  },
  {
    name: "a parameter of another scale",
    value: { devices: [{ ...sensor("s1", "x"), model: "st-gs", line: "checked" }] },
    fault: /^\/devices\/0/,
  },
  { name: "a bad id", value: { devices: [sensor("B 1", "x")] }, fault: /^\/devices\/0\/id/ },
  { name: "an id twice", value: { devices: [sensor("b1", "x"), sensor("b1", "y")] }, fault: /same id/ },
  { name: "a link twice", value: { devices: [sensor("b1", "x"), sensor("b2", "x")] }, fault: /same link/ },
  {
    name: "too many devices",
    value: {
      devices: Array.from({ length: DEVICES_MAX + 1 }, (_, index) => sensor(`b${index}`, `x${index}`)),
    },
    fault: /devices/,
  },
])("refuses $name and says where", ({ value, fault }) => {
  expect(parseFleet(value)).toEqual({
    ok: false,
    faults: expect.arrayContaining([expect.stringMatching(fault)]),
  });
});

test("all faults of a fleet are told at once", () => {
  const checked = parseFleet({ devices: [sensor("B1", "x"), sensor("B2", "y")] });
  expect(checked.ok ? [] : checked.faults).toHaveLength(2);
});

test("when one device cannot start, none is left running", () => {
  const good = tempLink();
  const taken = tempLink();
  writeFileSync(taken, "mine");
  expect(() => startParsed({ devices: [sensor("b1", good), sensor("b2", taken)] })).toThrow(
    expect.objectContaining({ code: "LINK_TAKEN" }),
  );
  expect(isLinkThere(good)).toBe(false);
});
