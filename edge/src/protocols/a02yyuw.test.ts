import { expect, it } from "vitest";
import { a01nyub, a02yyuw, jsnSr04t, jsnSr04tPolled, me007ys } from "./a02yyuw.ts";
import { decoderOf } from "./decoder.ts";
import { describeProtocol, hex } from "./protocol-suite.ts";
import { STRETCH_BYTES_MAX } from "./shape-framer.ts";

const at1953 = { distance_mm: 1953, in_range: true };

describeProtocol(a02yyuw, [
  { name: "one frame (DFRobot wiki)", bytes: hex("ff07a1a7"), expected: [at1953] },
  {
    name: "two frames in a chunk",
    bytes: hex("ff07a1a7ff07a2a8"),
    expected: [at1953, { distance_mm: 1954, in_range: true }],
  },
  { name: "one frame in two chunks", bytes: [hex("ff07"), hex("a1a7")], expected: [at1953] },
  { name: "a wrong sum as a fault", bytes: hex("ff07a1a8"), expected: [{ error: "checksum", discarded: 4 }] },
  {
    name: "each of two damaged frames as one fault",
    bytes: hex("ff07a1a8ff07a1a9ff07a1a7"),
    expected: [{ error: "checksum", discarded: 4 }, { error: "checksum", discarded: 4 }, at1953],
  },
  {
    name: "the tail of a frame, then a frame",
    bytes: hex("a1a7ff07a1a7"),
    expected: [{ error: "partial_frame", discarded: 2 }, at1953],
  },
  {
    name: "garbage, then a frame",
    bytes: hex("0102030405ff07a1a7"),
    expected: [{ error: "unparseable", discarded: 5 }, at1953],
  },
  { name: "the head of a frame", bytes: hex("ff07a1"), expected: [{ error: "partial_frame", discarded: 3 }] },
  {
    name: "a frame, then the head of another",
    bytes: hex("ff07a1a7ff07"),
    expected: [at1953, { error: "partial_frame", discarded: 2 }],
  },
  { name: "FF as the low byte", bytes: hex("ff07ff05"), expected: [{ distance_mm: 2047, in_range: true }] },
  {
    name: "a stream that begins at an FF that is data",
    bytes: hex("ff05ff07ff05"),
    expected: [
      { error: "checksum", discarded: 2 },
      { distance_mm: 2047, in_range: true },
    ],
  },
  { name: "all FF", bytes: hex("fffffffd"), expected: [{ distance_mm: 65535, in_range: false }] },
  {
    name: "32768, which no sensor can measure",
    bytes: hex("ff80007f"),
    expected: [{ distance_mm: 32768, in_range: false }],
  },
  { name: "zero", bytes: hex("ff0000ff"), expected: [{ distance_mm: 0, in_range: false }] },
  { name: "the nearest distance", bytes: hex("ff001e1d"), expected: [{ distance_mm: 30, in_range: true }] },
  {
    name: "the farthest distance",
    bytes: hex("ff1194a4"),
    expected: [{ distance_mm: 4500, in_range: true }],
  },
  {
    name: "one beyond the farthest",
    bytes: hex("ff1195a5"),
    expected: [{ distance_mm: 4501, in_range: false }],
  },
]);

it("reports a stretch of garbage when it reaches its limit, though no good frame has come", () => {
  const decoder = decoderOf(a02yyuw, "mid_stream");
  expect(decoder.push(new Uint8Array(STRETCH_BYTES_MAX - 1))).toEqual([]);
  expect(decoder.push(new Uint8Array(1))).toEqual([
    { fault: { error: "unparseable", discarded: STRETCH_BYTES_MAX } },
  ]);
  expect(decoder.discardedBytes).toBe(STRETCH_BYTES_MAX);
});

it("parses by itself what no framer has cut", () => {
  expect(a02yyuw.parse(hex("ff07a1a8"))).toEqual({ ok: false, fault: { error: "checksum" } });
  expect(a02yyuw.parse(hex("ff07a1a700"))).toEqual({ ok: false, fault: { error: "unparseable" } });
});

/** A frame of a distance, made from the rule of its sum. */
function frameOf(distanceMm: number): Uint8Array {
  const [high, low] = [distanceMm >> 8, distanceMm & 0xff];
  return Uint8Array.of(0xff, high, low, (0xff + high + low) & 0xff);
}

it.each([
  [me007ys, 30, 4500],
  [a01nyub, 280, 7500],
  [jsnSr04t, 200, 6000],
  [jsnSr04tPolled, 200, 6000],
])("is told by $key with a reach of its own", (protocol, nearestMm, farthestMm) => {
  const inRange = (distanceMm: number) => {
    const outcome = protocol.parse(frameOf(distanceMm));
    return outcome.ok && "in_range" in outcome.reading ? outcome.reading.in_range : outcome;
  };
  expect([nearestMm - 1, nearestMm, farthestMm, farthestMm + 1].map(inRange)).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(protocol.reach).toEqual({ minMm: nearestMm, maxMm: farthestMm });
});

it("is asked for with 55 from a sensor that sends one frame at a time, and corrected for the air where the sensor does not", () => {
  expect(jsnSr04tPolled).toMatchObject({ isPolled: true, commands: { read: "U" }, lacksTemperature: true });
  expect(jsnSr04t).toMatchObject({ isPolled: false, commands: {}, lacksTemperature: true });
  for (const compensated of [a02yyuw, me007ys, a01nyub]) expect(compensated.lacksTemperature).toBeUndefined();
});
