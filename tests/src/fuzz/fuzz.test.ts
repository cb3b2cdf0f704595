/**
 * Every protocol of the catalogue fed with noise and with damaged frames: it never throws, keeps no more than it needs, and
 * makes no value of what is none. The rates at which damage fools it are measured by `npm run bench -- false-readings`.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Random } from "@jumpa-madu/contracts/random";
import { DEVICE_KEYS, type DeviceKey } from "@jumpa-madu/firmware-sim/device-catalogue";
import { describe, expect, test } from "vitest";
import { FRAME_BYTES_MAX } from "../../../edge/src/protocols/protocol.ts";
import { protocolOf } from "../../../edge/src/protocols/registry.ts";
import { STRETCH_BYTES_MAX } from "../../../edge/src/protocols/shape-framer.ts";
import { DAMAGES, damaged } from "./damage.ts";
import { countFalse, type Fed, feed } from "./false-readings.ts";
import { type SpokenFrame, spokenFrames } from "./spoken-frames.ts";

/** The same bytes at every run; another seed gives others. */
const SEED = 1;

/** Bytes of noise, and as many of damaged frames, for each protocol. */
const BYTES = 1_000_000;
const PIECE_BYTES = 1_000;

/** Damaged frames for each protocol. */
const FRAMES = 5_000;

/** What a framer may keep: one frame, and the garbage before it that it has not reported yet. */
const KEPT_BYTES_MAX = FRAME_BYTES_MAX + STRETCH_BYTES_MAX;

/** Parts into which the bytes are cut to look at the memory in use. In the first everything becomes warm. */
const PARTS = 4;

/** What each further part may add to the memory in use: less than its bytes. */
const GAINED_BYTES_MAX = 0.9 * (BYTES / PARTS);

/**
 * Protocols whose shortest frames come about by chance: 16 bits guard a frame of the ultrasonic sensors (a start byte and a
 * sum), and a bare number between two line ends is a frame of the others. Of a million random bytes so many may be a value.
 */
const CHANCE_READINGS_MAX: Partial<Record<DeviceKey, number>> = {
  a02yyuw: 10,
  me007ys: 10,
  a01nyub: 10,
  "jsn-sr04t": 10,
  "jsn-sr04t-polled": 10,
  plain: 10,
  "tfmini-pix": 5,
};

/** Protocols of which a piece may be a whole frame: they have no mark of their beginning, or make one with their neighbours. */
const PIECES_PASS: ReadonlySet<DeviceKey> = new Set(Object.keys(CHANCE_READINGS_MAX) as DeviceKey[]);

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function usedBytes(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Feeds a million bytes, and expects that the decoder keeps hold of next to none. */
function expectBounded(key: DeviceKey, draw: (random: Random) => Uint8Array): Fed {
  const random = new Random(SEED);
  const fed = feed(key, piecesOf(random, draw), random.fork());
  expect(fed.keptMost, `bytes kept, seed ${SEED}`).toBeLessThanOrEqual(KEPT_BYTES_MAX);
  expect(fed.excessMost, `bytes counted twice, seed ${SEED}`).toBe(0);
  return fed;
}

/**
 * A million bytes in pieces. Whoever hoards gains in every part; the engine, which compiles what has become warm, in one or
 * another. So the part with the least gain counts.
 */
function* piecesOf(random: Random, draw: (random: Random) => Uint8Array): Generator<Uint8Array> {
  const used: number[] = [];
  for (let came = 0; came < BYTES; ) {
    if (came >= ((used.length + 1) * BYTES) / PARTS) used.push(usedBytes());
    const piece = draw(random);
    came += piece.length;
    yield piece;
  }
  used.push(usedBytes());
  const gains = used.slice(1).map((bytes, index) => bytes - (used[index] ?? 0));
  expect(gains.length).toBe(PARTS - 1);
  expect(Math.min(...gains), `bytes of memory gained, seed ${SEED}`).toBeLessThan(GAINED_BYTES_MAX);
}

/** Pieces of a stream in which anything may come: whole frames, damaged ones, noise. */
function mixed(spoken: readonly SpokenFrame[]): (random: Random) => Uint8Array {
  const draw = (random: Random) => spoken[random.integer(0, spoken.length - 1)]?.bytes ?? new Uint8Array();
  return (random) => {
    const damage = DAMAGES[random.integer(0, DAMAGES.length)];
    if (damage !== undefined) return damaged(draw(random), damage, { other: draw(random), random });
    return random.next() < 0.5 ? draw(random) : random.bytes(random.integer(1, 2 * FRAME_BYTES_MAX));
  };
}

describe.for(DEVICE_KEYS)("%s", (key) => {
  const spoken = spokenFrames(key, SEED);

  test("says enough different frames to be damaged", () => {
    expect(spoken.length).toBeGreaterThan(20);
  });

  test("makes no value of a million random bytes", () => {
    const { readings } = expectBounded(key, (random) => random.bytes(PIECE_BYTES));
    expect(readings, `values, seed ${SEED}`).toBeLessThanOrEqual(CHANCE_READINGS_MAX[key] ?? 0);
  });

  test("bears a million bytes of damaged frames, and reads the whole ones between", () => {
    expect(expectBounded(key, mixed(spoken)).readings).toBeGreaterThan(1_000);
  });
});

test.for(DEVICE_KEYS.filter((key) => protocolOf(key).hasChecksum))(
  "%s makes no value of a frame with one wrong byte",
  (key) => {
    const trying = { seed: SEED, frames: FRAMES, isAlone: true };
    const { example } = countFalse(key, spokenFrames(key, SEED), "substituted", trying);
    expect(example, `seed ${SEED}`).toBeNull();
  },
);

test.for(DEVICE_KEYS.filter((key) => !PIECES_PASS.has(key)))(
  "%s makes no value of a piece of a frame",
  (key) => {
    const { example } = countFalse(key, spokenFrames(key, SEED), "cut", { seed: SEED, frames: FRAMES });
    expect(example, `seed ${SEED}`).toBeNull();
  },
);
