import { expect, test } from "vitest";
import { Bin } from "./bin.ts";
import { JsnSr04t } from "./jsn-sr04t.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const request = Uint8Array.of(0x55);

function newSensor(mode: "push" | "polled", distanceMm = 1953): JsnSr04t {
  const bin = new Bin({ seed: 1, emptyMm: distanceMm, fullMm: 0, fillPerDay: 0 });
  return new JsnSr04t({ seed: 1, bin, noiseMm: 0 }, mode);
}

/** Frames from one time to another, in steps of the simulator. */
function listen(sensor: JsnSr04t, fromMs: number, toMs: number): string[] {
  const frames: string[] = [];
  for (let ms = fromMs; ms < toMs; ms += 10) frames.push(...sensor.tick(ms).map(hex));
  return frames;
}

test("with 47 kOhm a frame comes every 100 ms, whatever is asked", () => {
  const sensor = newSensor("push");
  sensor.receive(request, 0);
  expect(listen(sensor, 0, 1010)).toEqual(Array.from({ length: 10 }, () => "ff07a1a7"));
});

test("with 120 kOhm one frame comes for each request, when the echo is back", () => {
  const sensor = newSensor("polled");
  expect(listen(sensor, 0, 1000)).toEqual([]);
  expect(sensor.receive(request, 1000)).toEqual([]);
  expect(listen(sensor, 1000, 1030)).toEqual([]);
  expect(listen(sensor, 1030, 1070)).toEqual(["ff07a1a7"]);
  expect(listen(sensor, 1070, 2000)).toEqual([]);
});

test("a request during a measurement and other bytes are not heard", () => {
  const sensor = newSensor("polled");
  sensor.receive(Uint8Array.of(0x54, 0xff), 0);
  expect(listen(sensor, 0, 500)).toEqual([]);
  sensor.receive(Uint8Array.of(0x55, 0x55), 500);
  sensor.receive(request, 510);
  expect(listen(sensor, 510, 1500)).toHaveLength(1);
});

test("a host that asks without a pause does not put the frame off", () => {
  const sensor = newSensor("polled");
  let count = 0;
  for (let ms = 0; ms < 1000; ms += 10) {
    sensor.receive(request, ms);
    count += sensor.tick(ms).length;
  }
  expect(count).toBeGreaterThan(12);
});

test("in the blind zone it says 200 to 250 mm or 0, out of reach 0", () => {
  const distances = listen(newSensor("push", 90), 0, 10_000).map((frame) =>
    Number.parseInt(frame.slice(2, 6), 16),
  );
  expect(distances.filter((mm) => mm !== 0).every((mm) => mm >= 200 && mm <= 250)).toBe(true);
  expect(distances).toContain(0);
  expect(new Set(distances).size).toBeGreaterThan(20);
  expect(listen(newSensor("push", 6500), 0, 110)).toEqual(["ff0000ff"]);
});
