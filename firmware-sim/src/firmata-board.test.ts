import { expect, test } from "vitest";
import { Bin } from "./bin.ts";
import { FirmataBinSensor } from "./firmata-bin-sensor.ts";
import { FirmataBoard, type FirmataBoardOptions, SAMPLING_MS_DEFAULT } from "./firmata-board.ts";
import { SYSEX_DATA_BYTES_MAX } from "./firmata-sysex.ts";
import { parseFleet } from "./fleet.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const binAt = (distanceMm: number) => new Bin({ seed: 1, emptyMm: distanceMm, fillPerDay: 0 });

/** A board that was never reset, so that it answers at once. */
function newBoard(options: Partial<FirmataBoardOptions> = {}): FirmataBoard {
  return new FirmataBoard({ seed: 1, noiseMm: 0, hasBootMessage: false, ...options });
}

const ask = (board: FirmataBoard, question: string, nowMs = 0) =>
  board.receive(Uint8Array.fromHex(question), nowMs).map(hex);

/** A ping on pin 7, as firmata-io sends it. */
const PING_7 = "f0750701000000000000050000000f0042004000f7";

test("a board that is opened starts, then sends its version and the name of its firmware", () => {
  const board = new FirmataBoard({ seed: 1, bootMs: 400 });
  board.opened(1000);
  expect(board.tick(1390)).toEqual([]);
  expect(ask(board, "f9", 1390)).toEqual([]);
  const name = [...Buffer.from("PingFirmata.ino")].map((byte) => `${byte.toString(16)}00`).join("");
  expect(board.tick(1400).map(hex)).toEqual(["f90205", `f0790205${name}f7`]);
  expect(board.tick(5000)).toEqual([]);
});

test("a board without a boot message waits to be asked, and goes on over a reopening", () => {
  const board = newBoard();
  ask(board, "c001");
  board.opened(10);
  expect(board.tick(SAMPLING_MS_DEFAULT + 10).length).toBeGreaterThan(0);
  expect(ask(board, "f9", 40)).toEqual(["f90205"]);
});

test("tells what each pin can do: ping is mode 75, and mode 15 there is none", () => {
  const [capabilities = ""] = ask(newBoard(), "f06bf7");
  const pins = capabilities.slice(4, -2).split("7f").slice(0, -1);
  expect(pins).toHaveLength(20);
  expect(pins.slice(0, 2)).toEqual(["", ""]);
  expect(pins[7]).toBe("00010b010101040e7501");
  expect(pins[9]).toBe("00010b0101010308040e7501");
  expect(pins[14]).toBe("00010b010101020a7501");
  const modes = pins.flatMap((pin) => pin.match(/../g)?.filter((_, index) => index % 2 === 0) ?? []);
  expect(modes).not.toContain("15");
});

test("a board without PingFirmata has no pin that pings, says so by its name, and does not ping", () => {
  const board = newBoard({ hasPing: false, pings: [{ pin: 7, kind: "hc-sr04", bin: binAt(1000) }] });
  expect(ask(board, "f06bf7")[0]).not.toContain("75017f");
  expect(ask(board, "f079f7")[0]).toContain(hex(Buffer.from("S\0t\0a\0n\0d")));
  ask(board, PING_7);
  expect(board.tick(2000)).toEqual([]);
});

test("maps the analog channels 0 to 5 to the pins 14 to 19", () => {
  expect(ask(newBoard(), "f069f7")).toEqual([`f06a${"7f".repeat(14)}000102030405f7`]);
});

test("answers a ping with the time of flight, when the echo is back", () => {
  const board = newBoard({ pings: [{ pin: 7, kind: "hc-sr04", bin: binAt(1000) }], airTempC: 20 });
  ask(board, PING_7, 100);
  expect(board.tick(104)).toEqual([]);
  // 1 m there and back at 343.2 m/s: 5827 µs.
  expect(board.tick(106).map(hex)).toEqual(["f07507000000000016004301f7"]);
});

test("sound is faster in warm air", () => {
  const board = newBoard({ pings: [{ pin: 7, kind: "hc-sr04", bin: binAt(1000) }], airTempC: 35 });
  ask(board, PING_7);
  // 351.9 m/s: 5684 µs.
  expect(board.tick(6).map(hex)).toEqual(["f07507000000000016003400f7"]);
});

test.for([
  { kind: "hc-sr04", distanceMm: 4001 },
  { kind: "jsn-sr04t", distanceMm: 6001 },
] as const)("a $kind that finds no echo answers 0 at the end of its wait", ({ kind, distanceMm }) => {
  const board = newBoard({ pings: [{ pin: 7, kind, bin: binAt(distanceMm) }] });
  ask(board, PING_7);
  expect(board.tick(999)).toEqual([]);
  expect(board.tick(1000).map(hex)).toEqual(["f07507000000000000000000f7"]);
});

test("in the blind zone the echo is that of the zone's end", () => {
  const echoAt = (distanceMm: number) => {
    const board = newBoard({ pings: [{ pin: 7, kind: "jsn-sr04t", bin: binAt(distanceMm) }] });
    ask(board, PING_7);
    return board.tick(50).map(hex);
  };
  expect(echoAt(20)).toEqual(echoAt(200));
  expect(echoAt(20)).not.toEqual(echoAt(300));
});

test("loses answers as often as it is told", () => {
  const board = newBoard({ pings: [{ pin: 7, kind: "hc-sr04", bin: binAt(1000) }] });
  board.losePings(2);
  const answered = [0, 100, 200, 300].map((nowMs) => {
    ask(board, PING_7, nowMs);
    return board.tick(nowMs + 50).length;
  });
  expect(answered).toEqual([0, 0, 1, 1]);
  expect(board.counts).toEqual({ pings: 4, lost: 2 });
});

test("loses a share of the answers", () => {
  const board = newBoard({ pings: [{ pin: 7, kind: "hc-sr04", bin: binAt(1000) }], pingLoss: 0.5 });
  for (let nowMs = 0; nowMs < 40_000; nowMs += 100) {
    ask(board, PING_7, nowMs);
    board.tick(nowMs + 50);
  }
  expect(board.counts.lost).toBeGreaterThan(150);
  expect(board.counts.lost).toBeLessThan(250);
});

test("reports an analog channel at once, then at the sampling interval, until told to stop", () => {
  const board = newBoard({ analogs: [{ channel: 1, bin: binAt(2500) }] });
  // 2500 mm at 5 mm a step: 500.
  expect(ask(board, "f07a6400f7")).toEqual([]);
  expect(ask(board, "c101")).toEqual(["e17403"]);
  let frames = 0;
  for (let ms = 10; ms <= 1000; ms += 10) frames += board.tick(ms).length;
  expect(frames).toBe(11);
  expect(ask(board, "c100", 1000)).toEqual([]);
  expect(board.tick(2000)).toEqual([]);
});

test.for([
  { kind: "LM35", airTempC: 25, reading: 51 },
  { kind: "TMP36", airTempC: 25, reading: 153 },
  { kind: "TMP36", airTempC: -10, reading: 82 },
] as const)("$kind at $airTempC °C reads $reading", ({ kind, airTempC, reading }) => {
  const board = newBoard({ thermometers: [{ channel: 0, kind }], airTempC });
  expect(ask(board, "c001")).toEqual([hex(Uint8Array.of(0xe0, reading & 0x7f, reading >> 7))]);
});

test("reports a digital port, on which a pull-up is high", () => {
  const board = newBoard();
  expect(ask(board, "f4020b")).toEqual([]);
  expect(ask(board, "d001")).toEqual(["900400"]);
  expect(ask(board, "f06d02f7")).toEqual(["f06e020b00f7"]);
});

test("says in words that it does not know a command", () => {
  const [answer = ""] = ask(newBoard(), "f00142f7");
  expect(Buffer.from(answer.slice(4, -2), "hex").toString("latin1").replaceAll("\0", "")).toBe(
    "Unknown command",
  );
});

test("takes commands in any pieces, and goes on after broken ones and endless ones", () => {
  const board = newBoard();
  const pieces = ["f0", "6bf0", "79", "f7"];
  expect(pieces.flatMap((piece) => ask(board, piece))).toHaveLength(1);
  ask(board, `f0${"01".repeat(10 * SYSEX_DATA_BYTES_MAX)}`);
  expect(ask(board, "f9")).toEqual(["f90205"]);
});

test("leaves pings unanswered when too many wait already", () => {
  const board = newBoard();
  for (let ping = 0; ping < 25; ping += 1) ask(board, PING_7);
  expect(board.tick(1000)).toHaveLength(20);
});

test("a spoilt message has no command", () => {
  const board = newBoard();
  expect(hex(board.spoil(Uint8Array.of(0xe1, 0x74, 0x03)))).toBe("617403");
});

test("a stalled process does not make the board send a backlog", () => {
  const board = newBoard();
  ask(board, "c001");
  expect(board.tick(3_600_000).length).toBeLessThanOrEqual(1000 / SAMPLING_MS_DEFAULT + 2);
});

test("a fleet has boards with a sensor of any kind over a bin of its own", () => {
  const entry = { model: "firmata", seed: 1, empty_mm: 2500, fill_per_day: 0, noise_mm: 0 };
  const fleet = parseFleet({
    devices: [
      { ...entry, id: "b1", link: "x", pin: 8, ping_loss: 0.1, has_boot_message: false },
      { ...entry, id: "b2", link: "y", sensor: "analog", thermometer: "LM35", air_temp_c: 25, boot_ms: 0 },
    ],
  });
  expect(fleet).toMatchObject({ ok: true });
  const board = new FirmataBinSensor({
    seed: 1,
    noiseMm: 0,
    bin: binAt(2500),
    sensor: "analog",
    thermometer: "LM35",
    airTempC: 25,
  });
  expect(ask(board, "c101")).toEqual(["e17403"]);
  expect(ask(board, "c001")).toEqual(["e03300"]);
  const pinging = new FirmataBinSensor({ seed: 1, noiseMm: 0, bin: binAt(1000), airTempC: 20 });
  ask(pinging, PING_7);
  expect(pinging.tick(10).map(hex)).toEqual(["f07507000000000016004301f7"]);
});
