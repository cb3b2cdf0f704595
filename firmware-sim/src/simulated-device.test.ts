import { expect, onTestFinished, test } from "vitest";
import type { DeviceModel } from "./device-model.ts";
import { eventually, isLinkThere, openHost, tempLink, unplugUnderHost } from "./host-port.ts";
import { BITS_PER_BYTE, QUEUE_BYTES_MAX } from "./line.ts";
import { MtSicsScale } from "./mt-sics-scale.ts";
import { type Actor, type SimulatedDevice, startDevice, TICK_MS } from "./simulated-device.ts";
import { StGsScale } from "./st-gs-scale.ts";
import { newSteadySensor } from "./steady-sensor-fixture.ts";

function start<M extends DeviceModel>(model: M, actors: Actor[] = []): SimulatedDevice<M> {
  const device = startDevice({ model, link: tempLink(), seed: 1, actors });
  onTestFinished(() => device.stop());
  return device;
}

/** The lines after the first line end; what comes before may be the tail of a frame. */
const wholeLines = (bytes: Buffer) => bytes.toString("latin1").split("\r\n").slice(1, -1);

test("a host reads the sensor's frames through the real serialport", async () => {
  const host = await openHost(start(newSteadySensor()).path);
  await eventually(() => expect(host.received().toString("hex")).toContain("ff07a1a7ff07a1a7"));
});

test("a host sees a scale's weight move and come to rest", async () => {
  const device = start(new StGsScale({ seed: 1 }));
  const host = await openHost(device.path);
  await eventually(() => expect(wholeLines(host.received())).toContain("ST,GS,+  0.000kg"));
  device.model.pan.place(1235);
  await eventually(() =>
    expect(wholeLines(host.received()).some((line) => line.startsWith("US"))).toBe(true),
  );
  await eventually(() => expect(wholeLines(host.received())).toContain("ST,GS,+  1.235kg"));
});

test("a host asks a balance and is answered", async () => {
  const device = start(new MtSicsScale({ seed: 1 }));
  const host = await openHost(device.path);
  host.port.write("S\r\nI1\r\n");
  await eventually(() => {
    expect(host.received().toString("latin1")).toContain('I1 A "0123" "2.30" "2.22" "2.33" "2.20"\r\n');
    expect(host.received().toString("latin1")).toContain("S S       0.00 g\r\n");
  });
});

test("the port tells whether a host has it open", async () => {
  const device = start(newSteadySensor());
  expect(device.isOpen).toBe(false);
  await openHost(device.path);
  expect(device.isOpen).toBe(true);
});

test("silence stops the bytes and leaves the port; switched off, frames come again", async () => {
  let ticks = 0;
  const clock = { tick: () => (ticks += 1) };
  const pass = async (count: number) => {
    const end = ticks + count;
    await eventually(() => expect(ticks).toBeGreaterThanOrEqual(end));
  };
  const device = start(newSteadySensor(), [clock]);
  const host = await openHost(device.path);
  await eventually(() => expect(host.received().length).toBeGreaterThan(8));
  device.setFault("silence", true);
  expect(device.faults).toEqual(["silence"]);
  // What was on the line before leaves first; then several intervals of the sensor pass.
  await pass(200 / TICK_MS);
  const { sentBytes } = device.counts;
  await pass(400 / TICK_MS);
  expect(device.counts.sentBytes).toBe(sentBytes);
  expect(host.port.isOpen).toBe(true);
  device.clearFaults();
  await eventually(() => expect(device.counts.sentBytes).toBeGreaterThan(sentBytes));
});

test("a bad checksum breaks every frame", async () => {
  const device = start(newSteadySensor());
  device.setFault("bad-checksum", true);
  const host = await openHost(device.path);
  await eventually(() => expect(host.received().length).toBeGreaterThan(40));
  expect(host.received().toString("hex")).toContain("ff07a1");
  expect(host.received().toString("hex")).not.toContain("ff07a1a7");
});

test("garbage adds bytes, and whole frames are still among them", async () => {
  const device = start(newSteadySensor());
  device.setFault("garbage", true);
  const host = await openHost(device.path);
  await eventually(() => expect(host.received().length).toBeGreaterThan(60));
  const frames = host.received().toString("hex").split("ff07a1a7").length - 1;
  expect(frames).toBeGreaterThan(1);
  expect(host.received().length).toBeGreaterThan(6 * frames);
});

test("torn frames leave no frame whole", async () => {
  const device = start(newSteadySensor());
  device.setFault("torn-frame", true);
  const host = await openHost(device.path);
  await eventually(() => expect(host.received().length).toBeGreaterThan(16));
  expect(host.received().toString("hex")).not.toContain("ff07a1a7");
});

test("a flood fills the line up to its baud, and what it cannot carry is dropped", async () => {
  const device = start(newSteadySensor());
  device.setFault("flood", true);
  const startMs = performance.now();
  const host = await openHost(device.path);
  await eventually(() => expect(host.received().length).toBeGreaterThan(600));
  const elapsedMs = performance.now() - startMs;
  // The line may be a piece ahead of the moment at which the host opened it.
  expect(host.received().length).toBeLessThanOrEqual((elapsedMs * 9600) / (BITS_PER_BYTE * 1000) + 24);
  expect(device.counts.droppedFrames).toBeGreaterThan(0);
});

test("a burst comes faster than the baud", async () => {
  const device = start(newSteadySensor());
  device.setFault("burst", true);
  const host = await openHost(device.path);
  const startMs = performance.now();
  await eventually(() => expect(host.received().length).toBeGreaterThan(8 * QUEUE_BYTES_MAX));
  const bytesPerSecond = (host.received().length * 1000) / (performance.now() - startMs);
  expect(bytesPerSecond).toBeGreaterThan(2 * 960);
});

test("endless bytes never end a frame", async () => {
  const device = start(new StGsScale({ seed: 1 }));
  const host = await openHost(device.path);
  device.setFault("endless", true);
  await eventually(() => expect(host.received().toString("latin1")).toMatch(/0{300}$/));
});

test("a device that is unplugged loses its port, runs on, and speaks again when replugged", async () => {
  const device = start(new StGsScale({ seed: 1 }));
  expect(await unplugUnderHost(device, device.path)).toMatchObject({ disconnected: true });
  device.model.pan.place(2000);
  device.replug();
  const again = await openHost(device.path);
  await eventually(() => expect(wholeLines(again.received())).toContain("ST,GS,+  2.000kg"));
});

test("a host that does not read makes the queue overflow, by whole frames", async () => {
  const device = start(new StGsScale({ seed: 1 }));
  const host = await openHost(device.path);
  host.port.pause();
  device.setFault("burst", true);
  await eventually(() => expect(device.counts.droppedFrames).toBeGreaterThan(10));
  device.clearFaults();
  host.port.resume();
  await eventually(() => expect(wholeLines(host.received()).length).toBeGreaterThan(100));
  for (const line of wholeLines(host.received())) expect(line).toHaveLength(16);
});

test("a stopped device leaves no link and cannot be replugged", async () => {
  const device = start(newSteadySensor());
  await openHost(device.path);
  device.stop();
  expect(isLinkThere(device.path)).toBe(false);
  expect(() => device.replug()).toThrow(expect.objectContaining({ code: "STOPPED" }));
  device.stop();
});

test("an actor lives on the time of the device", async () => {
  const times: number[] = [];
  const actor = { tick: (nowMs: number) => times.push(nowMs) };
  start(newSteadySensor(), [actor]);
  await eventually(() => expect(times.length).toBeGreaterThan(3));
  expect(times).toEqual(times.toSorted((a, b) => a - b));
});
