import type { ScaleProtocol } from "@jumpa-madu/contracts/protocols";
import { Random } from "@jumpa-madu/contracts/random";
import { describe, expect, test } from "vitest";
import { createDevice, DEVICE_CATALOGUE, DEVICE_KEYS, type DeviceKey } from "./device-catalogue.ts";
import { latin1 } from "./device-model.ts";
import type { ScaleModel } from "./scale-model.ts";
import { Talk } from "./talk-fixture.ts";

const REQUESTS = ["R\r\n", "P\r\n", "98000001\r\n", "\u001bP"].map(latin1);

function newScale(key: DeviceKey, seed: number): ScaleModel {
  const device = createDevice(key, { seed });
  if (!("cell" in device)) throw new Error(`${key} is no scale`);
  return device;
}

/** What a scale says of a load that comes and goes, unasked or asked. */
function sayings(scale: ScaleModel): Uint8Array[] {
  const said: Uint8Array[] = [];
  for (let ms = 0; ms < 6000; ms += 10) {
    if (ms === 1000) scale.pan.place(1235);
    if (ms === 4000) scale.pan.remove();
    said.push(...scale.tick(ms));
    if (ms % 500 === 0) said.push(...REQUESTS.flatMap((request) => scale.receive(request, ms)));
  }
  return said;
}

const TEXT_SCALES = [
  "st-gs",
  "st-gs-colon",
  "and-standard",
  "baxtran-uf",
  "tenzo-eq",
  "mt-sics",
  "ti400-p08",
  "ohaus",
  "sartorius-sbi",
  "adam-cpw",
  "dibal-g310",
  "plain",
] as const satisfies readonly ScaleProtocol[];

describe.each(TEXT_SCALES)("the scale %s", (key) => {
  test("says the same for the same seed, and something else for another", () => {
    const said = sayings(newScale(key, 7));
    expect(said.length).toBeGreaterThan(5);
    expect(sayings(newScale(key, 7))).toEqual(said);
  });

  test("spoils every line in one character, and never in its end", () => {
    const random = new Random(1);
    const scale = newScale(key, 7);
    for (const line of sayings(scale)) {
      const spoilt = scale.spoil(line, random);
      expect(spoilt.filter((byte, at) => byte !== line[at])).toHaveLength(1);
      expect(spoilt.slice(-2)).toEqual(latin1("\r\n"));
    }
  });

  test("bears any bytes from the host", () => {
    const random = new Random(3);
    const talk = new Talk(newScale(key, 7));
    for (let turn = 0; turn < 200; turn += 1) {
      talk.scale.receive(random.bytes(random.integer(1, 40)), talk.nowMs);
      talk.wait(20);
    }
    expect(talk.nowMs).toBe(4000);
  });
});

test("a bin sensor looks into a bin of its own unless it is given one", () => {
  const sensor = createDevice("a02yyuw", { seed: 1 });
  expect("bin" in sensor && sensor.bin.fill).toBe(0);
});

test("every device has a kind, and no parameter is written otherwise than in snake_case", () => {
  for (const key of DEVICE_KEYS) {
    const { kind, parameters } = DEVICE_CATALOGUE[key];
    expect(["scale", "bin-sensor"]).toContain(kind);
    for (const name of Object.keys(parameters)) expect(name).toMatch(/^[a-z0-9]+(_[a-z0-9]+)*$/);
  }
});
