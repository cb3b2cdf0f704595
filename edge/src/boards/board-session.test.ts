import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { connectBoard } from "./board-session.ts";

const TIMING = { askAfterMs: 60_000, readyMsMax: 60_000 };
const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

/** What a board with two pins says of itself: one that pings, one that is analog channel 0. */
const VERSION = "f90205";
const FIRMWARE = "f0790205500000f7";
const PINS = "f06c000175017f020a7ff7";
const CHANNELS = "f06a7f00f7";

function connect() {
  const line = new PassThrough();
  let readies = 0;
  const session = connectBoard(line, TIMING, () => (readies += 1));
  const hear = (...hexes: string[]) => hexes.map((hex) => session.hear(Uint8Array.fromHex(hex)));
  return { session, hear, readies: () => readies };
}

test("a board is ready, once, when it has told its version, firmware, pins and channels", () => {
  const { session, hear, readies } = connect();
  hear(VERSION, FIRMWARE, PINS);
  expect(session.isReady).toBe(false);
  hear(CHANNELS);
  expect(session.isReady).toBe(true);
  hear(VERSION, FIRMWARE, CHANNELS);
  expect(readies()).toBe(1);
  expect(session.io.pins.map(({ supportedModes }) => supportedModes)).toEqual([[0, 0x75], [2]]);
  session.end();
});

test.for([
  { name: "has said nothing", said: [] },
  { name: "is not ready yet", said: [VERSION, FIRMWARE] },
  { name: "is ready", said: [VERSION, FIRMWARE, PINS, CHANNELS] },
])("no timer is left of a board that $name, and it hears no more", ({ said }) => {
  const before = timers();
  const { session, hear, readies } = connect();
  hear(...said);
  expect(timers() - before).toBe(said.length === 4 ? 0 : said.length === 2 ? 1 : 2);
  session.end();
  expect(timers()).toBe(before);
  const told = readies();
  hear(VERSION, FIRMWARE, PINS, CHANNELS);
  expect(readies()).toBe(told);
  expect(session.io.eventNames()).toEqual([]);
});

test("what its reader throws when the board is ready is not taken for a failure of firmata-io", () => {
  const session = connectBoard(new PassThrough(), TIMING, () => {
    throw new Error("reader");
  });
  for (const hex of [VERSION, FIRMWARE, PINS]) session.hear(Uint8Array.fromHex(hex));
  expect(() => session.hear(Uint8Array.fromHex(CHANNELS))).toThrow("reader");
  session.end();
});
