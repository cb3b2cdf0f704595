import { setTimeout as pause } from "node:timers/promises";
import type { Port } from "@jumpa-madu/contracts/node-config";
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
  channels.apply([SCALE, BIN]);
  channels.apply([{ ...SCALE, baud: 4800 }, BIN]);
  expect(starts.map(({ port }) => port)).toEqual([SCALE, BIN, { ...SCALE, baud: 4800 }]);
  expect(starts.map(({ signal }) => signal.aborted)).toEqual([true, false, false]);
  channels.apply([BIN]);
  expect(channels.scales()).toEqual([]);
  await channels.stop();
  expect(starts.every(({ signal }) => signal.aborted)).toBe(true);
  channels.apply([BIN]);
  expect(channels.views()).toEqual([]);
});

test("a line of the log names the path of its port once, and the device", async () => {
  const lines: string[] = [];
  const channels = channelsOf({
    start: startChannel,
    sink: () => undefined,
    log: pino({ level: "debug" }, { write: (line: string) => void lines.push(line) }),
  });
  channels.apply([{ ...SCALE, path: "/dev/nowhere" }]);
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
  channels.apply([BIN, SCALE]);
  expect(channels.scales().map(({ name }) => name)).toEqual(["scale-1"]);
  expect(channels.views()[0]).toMatchObject({ device: "bin-1", open: true, last_reading_age_ms: null });
  starts[0]?.sink(level(1));
  expect(channels.views()[0]?.last_reading_age_ms).toBeTypeOf("number");
  await channels.stop();
  starts[0]?.sink(level(2));
  expect(readings).toEqual([level(1)]);
});
