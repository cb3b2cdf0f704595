/** Real johnny-five on real firmata-io and serialport, against a simulated board on a pseudo-terminal. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FirmataPort } from "@jumpa-madu/contracts/node-config";
import { type BinLevel, Reading } from "@jumpa-madu/contracts/readings";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { startBoardSensor } from "@jumpa-madu/edge/board-channel";
import { startChannel } from "@jumpa-madu/edge/channel";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import { FirmataBoard, type FirmataBoardOptions } from "@jumpa-madu/firmware-sim/firmata-board";
import { openPty } from "@jumpa-madu/firmware-sim/pty";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import pino from "pino";
import { expect, onTestFinished, test, vi } from "vitest";
import { heldBeyond, heldHandles, leftBeyond } from "../system/held-handles.ts";

/** Waits that a pseudo-terminal, which needs no two seconds to start, does not need. */
const TIMING = {
  openMsMax: 2_000,
  closeMsMax: 1_000,
  askAfterMs: 300,
  readyMsMax: 1_500,
  replyMsMax: 400,
  silenceMsMax: 1_200,
};

const CALIBRATION = { empty_mm: 1200, full_mm: 200 };

const binAt = (distanceMm: number) => new Bin({ seed: 1, emptyMm: distanceMm, fullMm: 1, fillPerDay: 0 });

function tempLink(): string {
  const folder = mkdtempSync(join(tmpdir(), "board-channel-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "tty-board");
}

function plugIn(options: Partial<FirmataBoardOptions> = {}): SimulatedDevice<FirmataBoard> {
  const pings = [{ pin: 7, kind: "hc-sr04", bin: binAt(700) }] as const;
  const model = new FirmataBoard({ seed: 1, bootMs: 50, pings, ...options });
  const device = startDevice({ model, link: tempLink(), seed: 1 });
  onTestFinished(() => device.stop());
  return device;
}

type Log = { msg: string; level: number; trouble?: { text: string } };

/** A sensor on the board of a path, all that it reports, and what is logged of it. */
function read(path: string, port: Partial<FirmataPort> = {}) {
  const stop = new AbortController();
  const levels: BinLevel[] = [];
  const logs: Log[] = [];
  const settings: FirmataPort = {
    path,
    protocol: "firmata",
    bin: "bin-1",
    sensor: { kind: "hc-sr04", pin: 7 },
    calibration: CALIBRATION,
    report_every_s: 0.1,
    ...port,
  };
  const { device } = startBoardSensor(settings, {
    timing: TIMING,
    signal: stop.signal,
    log: pino({ level: "debug" }, { write: (line) => logs.push(JSON.parse(line)) }),
    sink: (reading) => {
      expect(checkerOf(Reading).check(reading)).toMatchObject({ ok: true });
      if (reading.kind === "bin_level") levels.push(reading);
    },
  });
  const end = async () => {
    stop.abort();
    await device.done;
  };
  onTestFinished(end);
  return { device, levels, logs, end };
}

const eventually = <T>(check: () => T, timeout = 10_000) => vi.waitFor(check, { timeout, interval: 5 });

/** Waits for a level that is made of distances from now on. */
async function nextLevel(levels: BinLevel[]): Promise<BinLevel> {
  levels.length = 0;
  await eventually(() => expect(levels.length).toBeGreaterThan(2));
  const level = levels.at(-1);
  if (level === undefined) throw new Error("no level");
  return level;
}

test("the level of a bin arrives through johnny-five, within a millimetre or two", async () => {
  const { device, levels } = read(plugIn({ noiseMm: 0, airTempC: 20 }).path);
  const level = await nextLevel(levels);
  expect(level.distance_mm).toBeGreaterThan(698);
  expect(level.distance_mm).toBeLessThan(702);
  expect(level).toMatchObject({ bin: "bin-1", quality: "accepted" });
  expect(level.fill).toBeCloseTo(0.5, 2);
  expect(device.isOpen).toBe(true);
  expect(device.stats).toMatchObject({ opened: 1, faults: {} });
});

test("a port of a board is started like any other", async () => {
  const stop = new AbortController();
  const kinds = new Set<string>();
  const { path } = plugIn();
  const channel = startChannel(
    { path, protocol: "firmata", bin: "bin-1", sensor: { kind: "hc-sr04", pin: 7 }, report_every_s: 0.1 },
    { log: pino({ level: "silent" }), signal: stop.signal, sink: ({ kind }) => void kinds.add(kind) },
  );
  await eventually(() => expect(kinds).toContain("bin_level"));
  stop.abort();
  await channel.device.done;
  expect(channel.device.isOpen).toBe(false);
});

test("a board that says nothing by itself is asked", async () => {
  const { levels } = read(plugIn({ hasBootMessage: false }).path);
  expect((await nextLevel(levels)).quality).toBe("accepted");
});

test.for([
  { controller: "LM35", airTempC: 35 },
  { controller: "TMP36", airTempC: 5 },
] as const)(
  "at $airTempC °C the distance is right with $controller, and wrong without",
  async ({ controller, airTempC }) => {
    const board = plugIn({
      noiseMm: 0,
      airTempC,
      pings: [{ pin: 7, kind: "hc-sr04", bin: binAt(1000) }],
      thermometers: [{ channel: 2, kind: controller }],
    });
    const warm = read(board.path, {
      sensor: { kind: "hc-sr04", pin: 7, thermometer: { controller, pin: 2 } },
    });
    expect(Math.abs((await nextLevel(warm.levels)).distance_mm - 1000)).toBeLessThan(4);
    await warm.end();
    const blind = read(board.path);
    expect(Math.abs((await nextLevel(blind.levels)).distance_mm - 1000)).toBeGreaterThan(20);
  },
);

test("an open thermometer is not believed", async () => {
  const board = plugIn({ noiseMm: 0, airTempC: 20 });
  // An open channel reads 300 to 600: as an LM35, 147 to 293 °C.
  const { device, levels } = read(board.path, {
    sensor: { kind: "hc-sr04", pin: 7, thermometer: { controller: "LM35", pin: 3 } },
  });
  expect(Math.abs((await nextLevel(levels)).distance_mm - 700)).toBeLessThan(3);
  expect(device.stats.faults.out_of_range).toBeGreaterThan(0);
});

test("an analog sensor is read along its curve", async () => {
  const board = plugIn({ noiseMm: 0, analogs: [{ channel: 1, bin: binAt(830) }] });
  const curve = [
    { reading: 40, distance_mm: 200 },
    { reading: 100, distance_mm: 500 },
    { reading: 400, distance_mm: 2000 },
  ];
  const { device, levels } = read(board.path, { sensor: { kind: "analog", pin: 1, curve } });
  expect((await nextLevel(levels)).distance_mm).toBeCloseTo(830, -1);
  expect(device.stats.faults).toEqual({});
});

test("two ultrasonic sensors and an analog one share a board, and one that leaves does not end the others", async () => {
  const before = heldHandles();
  const board = plugIn({
    noiseMm: 0,
    airTempC: 20,
    pings: [
      { pin: 7, kind: "hc-sr04", bin: binAt(700) },
      { pin: 8, kind: "jsn-sr04t", bin: binAt(400) },
    ],
    analogs: [{ channel: 0, bin: binAt(500) }],
  });
  const one = read(board.path);
  const two = read(board.path, { bin: "bin-2", sensor: { kind: "jsn-sr04t", pin: 8 } });
  expect(Math.abs((await nextLevel(one.levels)).distance_mm - 700)).toBeLessThan(3);
  expect(Math.abs((await nextLevel(two.levels)).distance_mm - 400)).toBeLessThan(3);
  expect(heldBeyond(before).terminal).toBe(1);
  // Joined late, to a board that is ready.
  const curve = [
    { reading: 0, distance_mm: 0 },
    { reading: 1000, distance_mm: 5000 },
  ];
  const three = read(board.path, { bin: "bin-3", sensor: { kind: "analog", pin: 0, curve } });
  expect(Math.abs((await nextLevel(three.levels)).distance_mm - 500)).toBeLessThan(6);
  expect(one.device.stats.opened).toBe(1);

  await one.end();
  one.levels.length = 0;
  expect(Math.abs((await nextLevel(two.levels)).distance_mm - 400)).toBeLessThan(3);
  await nextLevel(three.levels);
  expect(one.levels).toEqual([]);
  await Promise.all([two.end(), three.end()]);
  expect(await leftBeyond(before)).toEqual({});
});

test("a sensor that is configured anew takes the port over from the one before", async () => {
  const board = plugIn();
  const before = read(board.path);
  await nextLevel(before.levels);
  const ended = before.end();
  const after = read(board.path, { bin: "bin-2" });
  await Promise.all([ended, nextLevel(after.levels)]);
  expect(after.logs.filter(({ level }) => level >= 40)).toEqual([]);
});

test("a lost answer stops johnny-five, and the pings are taken up again", async () => {
  const board = plugIn();
  const { device, levels } = read(board.path);
  await nextLevel(levels);
  for (let turn = 1; turn <= 3; turn += 1) {
    board.model.losePings(1);
    await eventually(() => expect(device.stats.faults.no_reply).toBe(turn));
    await nextLevel(levels);
  }
  expect(device.stats).toMatchObject({ opened: 1, faults: { no_reply: 3 } });
});

test("a third of all answers may be lost for ever", async () => {
  const { device, levels } = read(plugIn({ pingLoss: 0.33 }).path);
  await nextLevel(levels);
  await nextLevel(levels);
  expect(device.stats.faults.no_reply).toBeGreaterThan(0);
});

test("no echo is no distance", async () => {
  const board = plugIn({ pings: [{ pin: 7, kind: "hc-sr04", bin: binAt(5000) }] });
  const { device, levels } = read(board.path);
  await eventually(() => expect(device.stats.faults.no_target).toBeGreaterThan(0));
  expect(device.stats.readings).toBe(0);
  expect(levels).toEqual([]);
  await eventually(() => expect(device.trouble).toMatchObject({ code: "no_target" }));
  expect(device.trouble?.text).toMatch(/pin 7 finds no echo/);
  expect(device.stats.opened).toBe(1);
  board.model.bins[0]?.setFill(0.5);
  await nextLevel(levels);
  expect(device.trouble).toBeNull();
});

test("a reading beyond the curve is no distance", async () => {
  // An open channel reads 300 to 600.
  const curve = [
    { reading: 10, distance_mm: 100 },
    { reading: 20, distance_mm: 200 },
  ];
  const { device } = read(plugIn().path, { sensor: { kind: "analog", pin: 4, curve } });
  await eventually(() => expect(device.trouble).toMatchObject({ code: "no_target" }));
  expect(device.trouble?.text).toMatch(/A4 reads is beyond its curve/);
  expect(device.stats).toMatchObject({ readings: 0, faults: { out_of_range: expect.any(Number) } });
});

test("unplugged and plugged in again twenty times, it reads on each time, and nothing is left of the boards before", {
  timeout: 180_000,
}, async () => {
  const before = heldHandles();
  const board = plugIn();
  const { device, levels, end } = read(board.path);
  await nextLevel(levels);
  const resumedMs: number[] = [];
  for (let turn = 0; turn < 20; turn += 1) {
    board.unplug();
    await eventually(() => expect(device.isOpen).toBe(false));
    board.replug();
    const startMs = performance.now();
    await nextLevel(levels);
    resumedMs.push(performance.now() - startMs);
    expect(heldBeyond(before).terminal).toBe(1);
  }
  expect(Math.max(...resumedMs)).toBeLessThan(5000);
  expect(device.stats.opened).toBeGreaterThan(20);
  await end();
  expect(await leftBeyond(before)).toEqual({});
});

test("a board that falls silent is connected anew", async () => {
  const board = plugIn();
  const { device, levels } = read(board.path);
  await nextLevel(levels);
  board.setFault("silence", true);
  await eventually(() => expect(device.stats.opened).toBe(2));
  board.clearFaults();
  await nextLevel(levels);
});

test.for(["garbage", "bad-checksum", "torn-frame", "burst", "endless"] as const)(
  "after %s from a board that was read, it is read again",
  async (fault) => {
    const board = plugIn();
    const { levels } = read(board.path);
    await nextLevel(levels);
    board.setFault(fault, true);
    const { pings } = board.model.counts;
    await eventually(() => expect(board.model.counts.pings).toBeGreaterThan(pings + 2));
    board.clearFaults();
    await nextLevel(levels);
  },
);

test("a board without PingFirmata: a person is told to upload it, and once it is, it is read", async () => {
  const link = plugIn({ hasPing: false });
  const { device, levels, logs } = read(link.path);
  await eventually(() => expect(device.stats.opened).toBeGreaterThan(1));
  expect(device.trouble).toMatchObject({
    code: "board",
    text: expect.stringMatching(/StandardFirmata.*upload PingFirmata/),
  });
  expect(device.stats.faults.device_error).toBeGreaterThan(0);
  const warnings = logs.filter(({ msg, level }) => level === 40 && msg.startsWith("board lacks"));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.trouble?.text).toContain("upload PingFirmata");
  link.stop();
  const pings = [{ pin: 7, kind: "hc-sr04", bin: binAt(700) }] as const;
  const again = startDevice({ model: new FirmataBoard({ seed: 1, pings }), link: link.path, seed: 1 });
  onTestFinished(() => again.stop());
  await nextLevel(levels);
  expect(device.trouble).toBeNull();
});

test.for([
  {
    name: "a pin that cannot ping",
    sensor: { kind: "hc-sr04", pin: 0 },
    words: /pin 0 .* cannot ping.*2, 3, 4/,
  },
  {
    name: "a pin that the board has not",
    sensor: { kind: "jsn-sr04t", pin: 70 },
    words: /pin 70 .* cannot ping/,
  },
  {
    name: "an analog channel that it has not",
    sensor: {
      kind: "analog",
      pin: 9,
      curve: [
        { reading: 0, distance_mm: 0 },
        { reading: 9, distance_mm: 9 },
      ],
    },
    words: /no analog channel A9/,
  },
  {
    name: "a thermometer on a channel that it has not",
    sensor: { kind: "hc-sr04", pin: 7, thermometer: { controller: "LM35", pin: 15 } },
    words: /no analog channel A15/,
  },
] as const)(
  "$name: a person is told, and the other sensors of the board are read",
  async ({ sensor, words }) => {
    const board = plugIn({
      pings: [{ pin: 8, kind: "hc-sr04", bin: binAt(700) }],
    });
    const well = read(board.path, { bin: "bin-2", sensor: { kind: "hc-sr04", pin: 8 } });
    const wrong = read(board.path, {
      sensor: {
        ...sensor,
        ...("curve" in sensor ? { curve: [...sensor.curve] } : {}),
      } as FirmataPort["sensor"],
    });
    await nextLevel(well.levels);
    expect(wrong.device.trouble).toMatchObject({ code: "board", text: expect.stringMatching(words) });
    expect(wrong.levels).toEqual([]);
    expect(well.device.trouble).toBeNull();
    expect(well.device.stats.opened).toBe(1);
  },
);

test("a port on which nothing answers: a person is told, and it is opened again and again", async () => {
  const before = heldHandles();
  const link = tempLink();
  const silent = openPty({ link });
  onTestFinished(() => silent.unplug());
  const { device, logs, end } = read(link);
  await eventually(() => expect(device.stats.opened).toBeGreaterThan(1));
  expect(device.trouble).toMatchObject({
    code: "silent",
    text: expect.stringMatching(/no board answers at 57600/),
  });
  expect(logs.filter(({ level }) => level === 40).length).toBeLessThan(4);
  await end();
  expect(await leftBeyond(before)).toEqual({});
});

test("a device that is no Firmata board, or has another baud: a person is told", async () => {
  const link = tempLink();
  const scale = openPty({ link });
  onTestFinished(() => scale.unplug());
  const speaking = setInterval(() => scale.write(Buffer.from("ST,GS,+  1.235kg\r\n")), 50);
  onTestFinished(() => clearInterval(speaking));
  const { device } = read(link);
  await eventually(() => expect(device.trouble).toMatchObject({ code: "wrong_line" }));
  expect(device.trouble?.text).toMatch(/57600 baud is not Firmata/);
  expect(device.stats.faults.unparseable).toBeGreaterThan(0);
});

test("a port that is not there: a person is told, and it is read once it is", async () => {
  const link = tempLink();
  const { device, levels } = read(link);
  await eventually(() => expect(device.trouble).toMatchObject({ code: "port_missing" }));
  const pings = [{ pin: 7, kind: "hc-sr04", bin: binAt(700) }] as const;
  const board = startDevice({ model: new FirmataBoard({ seed: 1, pings }), link, seed: 1 });
  onTestFinished(() => board.stop());
  await nextLevel(levels);
  expect(device.trouble).toBeNull();
});

test("bytes at which firmata-io fails neither end the process nor the reading", async () => {
  const link = tempLink();
  const pty = openPty({ link });
  onTestFinished(() => pty.unplug());
  const { device } = read(link);
  await eventually(() => expect(device.isOpen).toBe(true));
  // Version; then an echo of the host's own question, the state of a pin that is not known, and a message in itself.
  for (const bytes of ["f90205", "f079f7", "f06e050000f7", "f07373f7"]) pty.write(Uint8Array.fromHex(bytes));
  await eventually(() => expect(device.stats.discardedBytes).toBeGreaterThan(0));
  await eventually(() => expect(device.stats.opened).toBeGreaterThan(1));
});

test("johnny-five is silent and takes no signal", async () => {
  const written = vi.spyOn(process.stdout, "write");
  const signals = () =>
    ["SIGINT", "SIGTERM", "exit", "uncaughtException"].map((name) => process.listenerCount(name));
  const before = signals();
  const { levels } = read(plugIn().path);
  await nextLevel(levels);
  const calls = written.mock.calls.map(([text]) => String(text));
  written.mockRestore();
  expect(calls).toEqual([]);
  expect(signals()).toEqual(before);
});
