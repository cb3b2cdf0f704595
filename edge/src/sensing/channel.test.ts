import type { Port, ScalePort } from "@jumpa-madu/contracts/node-config";
import { type BinLevel, Reading } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import pino from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SocatPort, until } from "../serial/socat-port.ts";
import { type Channel, startChannel } from "./channel.ts";
import type { ChannelReading } from "./channel-options.ts";
import { systemClock } from "./clock.ts";
import type { ScaleChannel } from "./scale-channel.ts";
import { type LiveState, STALE_AFTER_MS } from "./stable-weight.ts";

let port: SocatPort;
let stop: AbortController;
let reported: ChannelReading[];
let channel: Channel | null;
let aheadMs: number;

beforeEach(async () => {
  port = new SocatPort();
  stop = new AbortController();
  reported = [];
  channel = null;
  aheadMs = 0;
  await port.plug();
});

afterEach(async () => {
  stop.abort();
  await channel?.device.done;
  await port[Symbol.asyncDispose]();
});

/** The real clock, which a test may move ahead. */
const clock = () => {
  const now = systemClock();
  return { ...now, monotonicMs: now.monotonicMs + aheadMs };
};

async function start(settings: Port): Promise<Channel> {
  const started = startChannel(settings, {
    log: pino({ level: "silent" }),
    signal: stop.signal,
    sink: (reading) => void reported.push(reading),
    clock,
  });
  channel = started;
  await until(() => started.device.isOpen);
  return started;
}

async function startScale(more: Partial<ScalePort> = {}): Promise<ScaleChannel> {
  const started = await start({
    path: port.path,
    protocol: "st-gs",
    scale: "scale-1",
    baud: 19_200,
    ...more,
  });
  if (started.kind !== "scale") throw new Error("not a scale");
  await port.send("\r\nUS,GS,+  0.900kg\r\nST,GS,+  1.250kg\r\nST,GS,+  1.250kg\r\n");
  await until(() => started.live.weight?.stable === true);
  return started;
}

it("reports the level of a bin from the bytes of its sensor", async () => {
  await start({
    path: port.path,
    protocol: "a02yyuw",
    bin: "bin-1",
    calibration: { empty_mm: 3806, full_mm: 100 },
    report_every_s: 0.1,
  });
  await port.send(Uint8Array.fromHex("07a1a7".concat("ff07a1a7".repeat(7))));
  await until(() => reported.length === 1);
  const [level] = reported.filter((one): one is BinLevel => one.kind === "bin_level");
  expect(level).toMatchObject({
    kind: "bin_level",
    bin: "bin-1",
    distance_mm: 1953,
    fill: 0.5,
    quality: "accepted",
  });
  expect(checkerOf(Reading).check(level)).toMatchObject({ ok: true });
});

it("gives the stable weight of a scale with its frame, and reports it", async () => {
  const scale = await startScale();
  const capture = scale.captureStable();
  expect(capture).toMatchObject({ ok: true, weight: { weightG: 1250, mode: "gross", weighing: 1 } });
  expect(capture.ok && Buffer.from(capture.weight.rawHex, "hex").toString()).toBe("ST,GS,+  1.250kg");
  expect(reported).toMatchObject([{ kind: "scale_weight", scale: "scale-1", weight_g: 1250, stable: true }]);
});

it("gives no weight above the capacity that is configured", async () => {
  expect((await startScale({ max_g: 1249 })).captureStable()).toEqual({ ok: false, reason: "overload" });
});

it("gives no weight once the port has vanished, and tells its listeners", async () => {
  const scale = await startScale();
  const shown: LiveState[] = [];
  scale.subscribe((state) => void shown.push(state));
  await port.unplug();
  await until(() => !scale.captureStable().ok);
  expect(scale.captureStable()).toEqual({ ok: false, reason: "disconnected" });
  await until(() => shown.at(-1)?.refusal === "disconnected");
  expect(scale.live).toEqual({ weight: null, refusal: "disconnected" });
});

it("counts a bag that lay on the scale while its cable was loose once", async () => {
  const scale = await startScale();
  await port.unplug();
  await until(() => scale.live.refusal === "disconnected");
  await port.plug();
  await until(() => scale.device.isOpen);
  await port.send("\r\nST,GS,+  1.250kg\r\nST,GS,+  1.250kg\r\n");
  await until(() => scale.captureStable().ok);
  expect(scale.live.weight).toMatchObject({ weightG: 1250, weighing: 1 });
  await port.send("US,GS,+  0.000kg\r\nST,GS,+  1.250kg\r\nST,GS,+  1.250kg\r\n");
  await until(() => scale.live.weight?.weighing === 2);
});

it("reads a scale in the unit and with the figures that its port names", async () => {
  const scale = await start({
    path: port.path,
    protocol: "plain",
    scale: "scale-1",
    unit: "lb",
    decimals: 2,
    silence_s: 60,
  });
  if (scale.kind !== "scale") throw new Error("not a scale");
  // Of an opened port the first line may be the tail of one.
  await port.send("\r\n100\r\n100\r\n100\r\n");
  await until(() => scale.live.weight !== null);
  expect(scale.live.weight).toMatchObject({ weightG: 453.5924, unit: "lb" });
  // A scale that sends at the press of a key: what it showed may be taken for longer.
  aheadMs = STALE_AFTER_MS + 1;
  expect(scale.live.refusal).toBe("moving");
});

it("leaves the weight of a scale alone that has a flag of its own, whatever its division", async () => {
  const scale = await startScale({ division_g: 20 });
  expect(scale.captureStable()).toMatchObject({ ok: true, weight: { weightG: 1250 } });
});

it("gives a weight of a scale whose last digit never rests, rounded to its division", async () => {
  const scale = await start({
    path: port.path,
    protocol: "plain",
    scale: "scale-1",
    unit: "g",
    division_g: 10,
  });
  if (scale.kind !== "scale") throw new Error("not a scale");
  const jitter = ["4996.5", "5003.6", "5001.8", "5000.1", "5002.2", "4999.3"];
  let sent = 0;
  const printing = setInterval(() => void port.send(`\r\n${jitter[sent++ % jitter.length]}\r\n`), 50);
  await until(() => scale.captureStable().ok).finally(() => clearInterval(printing));
  expect(scale.captureStable()).toMatchObject({ ok: true, weight: { weightG: 5000, weighing: 1 } });
});

it("gives no weight that is more than two seconds old, and tells its listeners", async () => {
  const scale = await startScale();
  const shown: LiveState[] = [];
  scale.subscribe((state) => void shown.push(state));
  aheadMs = STALE_AFTER_MS + 1;
  expect(scale.captureStable()).toEqual({ ok: false, reason: "stale" });
  await until(() => shown.at(-1)?.refusal === "stale");
  expect(shown.at(-1)?.weight).toMatchObject({ weightG: 1250 });
});

it("gives no weight after it has been stopped", async () => {
  const scale = await startScale();
  stop.abort();
  expect(scale.captureStable()).toEqual({ ok: false, reason: "disconnected" });
  await scale.device.done;
  expect(scale.live.weight).toBeNull();
});
