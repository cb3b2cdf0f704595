import { setTimeout as pause } from "node:timers/promises";
import type { Port } from "@jumpa-madu/contracts/node-config";
import { NOTICE_TEXT_LENGTH_MAX } from "@jumpa-madu/contracts/notice";
import type { Reading } from "@jumpa-madu/contracts/readings";
import pino from "pino";
import { expect, test } from "vitest";
import { channelsOf, type StartChannel } from "./channels.ts";
import { level } from "./outbox/outbox-fixture.ts";
import { startChannel } from "./sensing/channel.ts";

const SCALE: Port = { path: "/dev/ttyUSB0", protocol: "st-gs", scale: "scale-1" };
const BIN: Port = { path: "/dev/ttyUSB1", protocol: "a02yyuw", bin: "bin-1" };

function made() {
  const starts: ({ port: Port } & Parameters<StartChannel>[1])[] = [];
  const readings: Reading[] = [];
  const channels = channelsOf({
    start(port, options) {
      starts.push({ port, ...options });
      const device = { isOpen: true, done: Promise.resolve() };
      const refuse = () => ({ ok: false, reason: "disconnected" }) as const;
      return { device, ...("scale" in port ? { live: { weight: null }, captureStable: refuse } : {}) };
    },
    sink: (reading) => readings.push(reading),
    log: pino({ level: "silent" }),
  });
  return { channels, starts, readings };
}

test("only ports that have changed are closed and opened", async () => {
  const { channels, starts } = made();
  channels.apply({ ports: [SCALE, BIN] });
  channels.apply({ ports: [{ ...SCALE, baud: 4800 }, BIN] });
  expect(starts.map(({ port }) => port)).toEqual([SCALE, BIN, { ...SCALE, baud: 4800 }]);
  expect(starts.map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  channels.apply({ ports: [BIN] });
  expect(channels.scales()).toEqual([]);
  await channels.stop();
  expect(starts.every(({ signal }) => signal.aborted)).toBe(true);
  channels.apply({ ports: [BIN] });
  expect(channels.views()).toEqual([]);
});

test("a bin starts anew when its container has another shape, and no other channel does", async () => {
  const { channels, starts } = made();
  const drum: Port = { ...BIN, container: "drum" };
  const other: Port = { ...BIN, path: "/dev/ttyUSB2", bin: "bin-2", container: "box" };
  const ports = [SCALE, drum, other];
  const box = { shape: "upright" } as const;
  channels.apply({ ports, container_types: { drum: { shape: "upright" }, box } });
  channels.apply({ ports, container_types: { drum: { shape: "lying_drum" }, box, third: box } });
  expect(starts.map(({ port }) => port)).toEqual([...ports, drum]);
  expect(starts.map(({ signal }) => signal.aborted)).toEqual([false, true, false, false]);
  expect(starts[3]?.containerTypes.drum).toEqual({ shape: "lying_drum" });
  await channels.stop();
});

test("what is wrong with a device is told under its name, no longer than a status takes", () => {
  const trouble = { code: "silent", text: "x".repeat(NOTICE_TEXT_LENGTH_MAX + 1) } as const;
  const channels = channelsOf({
    start: (port) => ({
      device: { isOpen: false, done: Promise.resolve(), trouble: "scale" in port ? trouble : null },
    }),
    sink: () => undefined,
    log: pino({ level: "silent" }),
  });
  channels.apply({ ports: [BIN, SCALE] });
  expect(channels.notices()).toEqual([
    { device: "scale-1", code: "silent", text: "x".repeat(NOTICE_TEXT_LENGTH_MAX) },
  ]);
});

test("a command goes to an open scale that knows it; else it is said why not", () => {
  const sent: string[] = [];
  const device = {
    isOpen: true,
    isFree: true,
    done: Promise.resolve(),
    can: (command: string) => command !== "tare",
    send(command: string) {
      if (device.isFree) sent.push(command);
      return device.isFree;
    },
  };
  const channels = channelsOf({
    start: () => ({ device, captureStable: () => ({ ok: false, reason: "disconnected" }) }),
    sink: () => undefined,
    log: pino({ level: "silent" }),
  });
  channels.apply({ ports: [SCALE] });
  const [scale] = channels.scales();
  expect(scale?.order("zero")).toBeNull();
  expect(scale?.order("tare")).toBe("scale_cannot");
  device.isFree = false;
  expect(scale?.order("zero")).toBe("scale_busy");
  device.isOpen = false;
  expect(scale?.order("clear_tare")).toBe("disconnected");
  expect(sent).toEqual(["zero"]);
});

test("a line of the log names the path of its port once, and the device", async () => {
  const lines: string[] = [];
  const channels = channelsOf({
    start: startChannel,
    sink: () => undefined,
    log: pino({ level: "debug" }, { write: (line: string) => void lines.push(line) }),
  });
  channels.apply({ ports: [{ ...SCALE, path: "/dev/nowhere" }] });
  const end = performance.now() + 5000;
  while (lines.length === 0 && performance.now() < end) await pause(5);
  await channels.stop();
  expect(lines.map((line) => line.match(/"path":/g)?.length)).toEqual(lines.map(() => 1));
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ path: "/dev/nowhere", device: "scale-1" });
});

test("views tell the age of the last reading, and a closed port brings none", async () => {
  const { channels, starts, readings } = made();
  channels.apply({ ports: [BIN, SCALE] });
  expect(channels.scales().map(({ name }) => name)).toEqual(["scale-1"]);
  expect(channels.views()[0]).toMatchObject({ device: "bin-1", open: true, last_reading_age_ms: null });
  starts[0]?.sink(level(1));
  expect(channels.views()[0]?.last_reading_age_ms).toBeTypeOf("number");
  await channels.stop();
  starts[0]?.sink(level(2));
  expect(readings).toEqual([level(1)]);
});
