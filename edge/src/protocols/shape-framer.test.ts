import { describe, expect, it } from "vitest";
import { framesAfterEquals } from "./equals-frame.ts";
import type { Framed, Framer } from "./framing.ts";
import { type FrameShape, measureEnvelope, STRETCH_BYTES_MAX, shapeFramer } from "./shape-framer.ts";

const [OPEN, CLOSE] = [0x28, 0x29];

/** "(" anything ")", at most eight bytes. */
const envelope: FrameShape = {
  shortest: 3,
  longest: 8,
  separators: [0x2c],
  measure: (bytes, ended) => measureEnvelope(bytes, ended, OPEN, CLOSE),
};

/** "#" two digits and their last one again as a sum. */
const summed: FrameShape = {
  shortest: 4,
  longest: 4,
  measure(bytes, ended) {
    if (bytes[0] !== 0x23) return "none";
    if (bytes.length < 4) return ended && bytes.length === 3 ? { frame: 3 } : "more";
    return bytes[2] === bytes[3] ? { frame: 4 } : { damaged: 4 };
  },
};

const frame = (text: string) => ({ frame: text });
const fault = (error: string, discarded: number) => ({ fault: { error, discarded } });

function cut(framer: Framer, ...chunks: string[]): { framed: object[]; discarded: number } {
  const shown = (one: Framed) => ("frame" in one ? frame(Buffer.from(one.frame).toString("latin1")) : one);
  const framed = chunks.flatMap((chunk) => framer.push(Buffer.from(chunk, "latin1")));
  return { framed: [...framed, ...framer.end()].map(shown), discarded: framer.discardedBytes };
}

describe("frames between two bytes", () => {
  it.each([
    ["one frame", ["(ab)"], [frame("(ab)")]],
    ["two in a chunk", ["(ab)(cd)"], [frame("(ab)"), frame("(cd)")]],
    ["one in two chunks", ["(a", "b)"], [frame("(ab)")]],
    ["one in chunks of a byte", ["(", "a", "b", ")"], [frame("(ab)")]],
    ["what separates frames as nothing", [",(ab),,(cd),"], [frame("(ab)"), frame("(cd)")]],
    ["garbage, then a frame", ["xyzzy(ab)"], [fault("unparseable", 5), frame("(ab)")]],
    ["the tail of a frame, then a frame", ["b)(cd)"], [fault("partial_frame", 2), frame("(cd)")]],
    ["a frame that lost its end", ["(a(cd)"], [fault("partial_frame", 2), frame("(cd)")]],
    ["a frame without its end, at the end", ["(ab)(c"], [frame("(ab)"), frame("(c")]],
    [
      "an over-long frame as one fault, and the next",
      ["(abcdefghijklm)(ab)"],
      [fault("frame_too_long", 15), frame("(ab)")],
    ],
    ["the longest frame", ["(abcdef)"], [frame("(abcdef)")]],
    ["nothing of nothing", [""], []],
  ])("reads %s", (_name, chunks, expected) => {
    expect(cut(shapeFramer(envelope), ...chunks).framed).toEqual(expected);
  });

  it("counts every byte that it gives up, and no separator", () => {
    expect(cut(shapeFramer(envelope), "xy(ab),z(cd)(abcdefghi").discarded).toBe(2 + 1 + 10);
  });

  it("reports a stretch of garbage when it reaches its limit, though no frame has come", () => {
    const framer = shapeFramer(envelope);
    expect(framer.push(new Uint8Array(STRETCH_BYTES_MAX - 1))).toEqual([]);
    expect(framer.push(new Uint8Array(1))).toEqual([fault("unparseable", STRETCH_BYTES_MAX)]);
    expect(framer.discardedBytes).toBe(STRETCH_BYTES_MAX);
  });

  it("starts over after the end of its input", () => {
    const framer = shapeFramer(envelope);
    expect(cut(framer, "x(a").framed).toEqual([fault("partial_frame", 1), frame("(a")]);
    expect(cut(framer, "(ab)").framed).toEqual([frame("(ab)")]);
  });
});

describe("frames with a sum", () => {
  it.each([
    ["a wrong sum as a fault", "#12x", [fault("checksum", 4)]],
    ["each of two damaged frames as one fault", "#12x#34x", [fault("checksum", 4), fault("checksum", 4)]],
    ["a good frame inside a damaged one", "#1#233", [fault("checksum", 2), frame("#233")]],
    ["garbage, then a damaged frame", "xy#12x", [fault("partial_frame", 2), fault("checksum", 4)]],
    ["a damaged frame, then the head of one", "#12x#1", [fault("checksum", 4), fault("partial_frame", 2)]],
    ["what looks like a head in a damaged frame as its part", "#12#", [fault("checksum", 4)]],
    ["a frame without its last byte, at the end", "#12", [frame("#12")]],
    ["the head of a frame, at the end", "#122#1", [frame("#122"), fault("partial_frame", 2)]],
  ])("reads %s", (_name, bytes, expected) => {
    expect(cut(shapeFramer(summed), bytes).framed).toEqual(expected);
  });
});

describe("frames that the next one ends", () => {
  it.each([
    ["one frame", ["=123"], [frame("=123")]],
    ["two in a chunk", ["=123=456"], [frame("=123"), frame("=456")]],
    ["one in two chunks", ["=1", "23"], [frame("=123")]],
    ["frames that line ends end", ["=123\r\n=456\r\n"], [frame("=123"), frame("=456")]],
    ["garbage, then a frame", ["123456=123"], [fault("unparseable", 6), frame("=123")]],
    ["a frame that lost a byte", ["=12=456"], [fault("partial_frame", 3), frame("=456")]],
    ["a frame with a byte too many", ["=12345=456"], [fault("frame_too_long", 6), frame("=456")]],
    ["the longest frame", ["=1234=456"], [frame("=1234"), frame("=456")]],
    ["the head of a frame, at the end", ["=123=4"], [frame("=123"), fault("partial_frame", 2)]],
  ])("reads %s", (_name, chunks, expected) => {
    expect(cut(framesAfterEquals(4, 5), ...chunks).framed).toEqual(expected);
  });

  it("takes a frame only when it has seen its end", () => {
    const framer = framesAfterEquals(4, 5);
    expect(framer.push(Buffer.from("=123"))).toEqual([]);
    expect(framer.push(Buffer.from("="))).toEqual([{ frame: Uint8Array.from(Buffer.from("=123")) }]);
  });
});
