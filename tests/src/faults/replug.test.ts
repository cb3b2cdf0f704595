/** A plug that is pulled out and put in again twenty times: the device is read on by itself, and nothing is left of the lines before. */
import type { Port } from "@jumpa-madu/contracts/node-config";
import type { Reading } from "@jumpa-madu/contracts/readings";
import { type Channel, startChannel } from "@jumpa-madu/edge/channel";
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import type { DeviceModel } from "@jumpa-madu/firmware-sim/device-model";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import { StGsScale } from "@jumpa-madu/firmware-sim/st-gs-scale";
import pino from "pino";
import { expect, onTestFinished, test } from "vitest";
import { makeTempDir } from "../servers/temp-dir.ts";
import { heldBeyond, heldHandles, leftBeyond } from "../system/held-handles.ts";
import { until } from "../system/until.ts";

const TURNS = 20;

/** Time from plugging in to the first reading, in milliseconds. */
const RESUMED_MS_MAX = 5_000;

/** How often to look whether something has come about, in milliseconds. */
const pollMs = 5;

const CALIBRATION = { empty_mm: 1_200, full_mm: 200 };

/** A device, the channel that reads it, and what that has reported since the plug was last pulled. */
interface Plugged {
  device: SimulatedDevice<DeviceModel>;
  channel: Channel;
  readings: Reading[];
  /** Settles when the channel has ended. */
  end: () => Promise<void>;
}

/** Plugs a model in and reads it by a port's settings. */
function plugIn(model: DeviceModel, settings: (path: string) => Port): Plugged {
  const folder = makeTempDir("replug");
  const device = startDevice({ model, link: `${folder.path}/port`, seed: 1 });
  const stop = new AbortController();
  const readings: Reading[] = [];
  const channel = startChannel(settings(device.path), {
    log: pino({ level: "silent" }),
    signal: stop.signal,
    sink: (reading) => void readings.push(reading),
  });
  const end = async () => {
    stop.abort();
    await channel.device.done;
  };
  onTestFinished(async () => {
    await end();
    device.stop();
    folder.remove();
  });
  return { device, channel, readings, end };
}

/** A scale with 1,250 g on it. */
function plugInScale(): Plugged {
  const scale = new StGsScale({ seed: 1, noiseG: 0 });
  scale.pan.place(1_250);
  return plugIn(scale, (path) => ({ path, protocol: "st-gs", scale: "scale-1" }));
}

/** A sensor 700 mm above the waste of a bin. */
function plugInSensor(): Plugged {
  const { empty_mm: emptyMm, full_mm: fullMm } = CALIBRATION;
  const bin = new Bin({ seed: 1, emptyMm, fullMm, fill: 0.5, fillPerDay: 0, emptyEveryDays: 0 });
  const model = new A02yyuw({ seed: 1, bin, noiseMm: 0, output: "raw" });
  return plugIn(model, (path) => ({
    path,
    protocol: "a02yyuw",
    bin: "bin-1",
    calibration: CALIBRATION,
    report_every_s: 0.1,
  }));
}

/** What there is to show: grams, or millimetres. Null while there is nothing new. */
function shownBy({ channel, readings }: Plugged): number | null {
  if (channel.kind === "scale") {
    const capture = channel.captureStable();
    return capture.ok ? capture.weight.weightG : null;
  }
  const level = readings.findLast(({ kind }) => kind === "bin_level");
  return level?.kind === "bin_level" ? level.distance_mm : null;
}

test("pulled out and put in twenty times, a scale and a bin sensor are read on each time, and nothing is left of the lines before", {
  timeout: 60_000,
}, async () => {
  const before = heldHandles();
  const scale = plugInScale();
  const sensor = plugInSensor();
  const all = [scale, sensor];
  const truths = [1_250, 700];
  const weighings = new Set<number>();
  const isEveryOneRead = () => all.every((one) => shownBy(one) !== null);
  await until("first readings", isEveryOneRead, { pollMs });
  const resumedMs: number[] = [];
  for (let turn = 1; turn <= TURNS; turn += 1) {
    for (const { device } of all) device.unplug();
    await until("closed ports", () => all.every(({ channel }) => !channel.device.isOpen), { pollMs });
    expect(scale.channel.kind === "scale" && scale.channel.captureStable()).toEqual({
      ok: false,
      reason: "disconnected",
    });
    expect(sensor.readings.filter(({ kind }) => kind === "bin_event")).toEqual([]);
    for (const { device, readings } of all) {
      readings.length = 0;
      device.replug();
    }
    const fromMs = performance.now();
    await until("readings", isEveryOneRead, { deadlineMs: 2 * RESUMED_MS_MAX, pollMs });
    resumedMs.push(performance.now() - fromMs);
    expect(all.map(shownBy)).toEqual(truths);
    if (scale.channel.kind === "scale") weighings.add(scale.channel.live.weight?.weighing ?? 0);
    expect(heldBeyond(before).terminal, "lines that are open").toBe(all.length);
  }
  expect(resumedMs.filter((ms) => ms > RESUMED_MS_MAX)).toEqual([]);
  expect(all.map(({ channel }) => channel.device.stats.opened)).toEqual([TURNS + 1, TURNS + 1]);
  // The bag lay there all the while: it is one weighing, however often the cable was loose.
  expect([...weighings]).toEqual([1]);
  await Promise.all(all.map(({ end }) => end()));
  expect(await leftBeyond(before)).toEqual({});
});

test("while the plug is out a person is told, and no longer than that", async () => {
  const { device, channel } = plugInScale();
  await until("an open port", () => channel.device.isOpen, { pollMs });
  device.unplug();
  await until("the notice", () => channel.device.trouble !== null, { pollMs });
  expect(channel.device.trouble).toMatchObject({
    code: "port_missing",
    text: expect.stringMatching(/is not there: plug the device in/),
  });
  device.replug();
  await until("no notice any more", () => channel.device.trouble === null, { pollMs });
});
