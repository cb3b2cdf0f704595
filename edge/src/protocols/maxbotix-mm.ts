/**
 * MaxBotix HRXL-MaxSonar-WR and other sensors of MaxBotix that send millimetres.
 *
 *   frame := "R" digit{4} CR        distance in millimetres
 *
 * Line 9600 8N1, six to ten frames a second. A sensor without a target sends its maximum, 5000 or 9999 by model; nearer than
 * its minimum, 300 or 500, it sends the minimum. Older LV and XL sensors send three digits, in inches or centimetres: their
 * frames are refused, because nothing tells one unit from the other. Source: MaxBotix PD11500, "Serial data"; the maximum
 * also forum.arduino.cc/t/351427.
 *
 * Models differ in the level of the line: RS232 (MB736x) or TTL (MB738x). On an input for the other level a character's bits
 * are read inverted and shifted, the start bit being taken for the idle line: of byte b, whose lowest set bit is number k,
 * the bits above k arrive, inverted: (~b & FF) >> (k + 1). So "R999" arrives as 2B 63 63 63 (captured in that thread). An inverted frame begins
 * with 2B and ends with 79, the inverted CR; a right one has neither.
 */
import type { Framed, Framer, Sync } from "./framing.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";

const CR = 0x0d;
const LF = 0x0a;
const START = 0x52;

/** What a byte becomes on a line of the wrong level. */
function invert(byte: number): number {
  const lowest = 31 - Math.clz32(byte & -byte);
  return (~byte & 0xff) >> (lowest + 1);
}

const INVERTED_START = invert(START);
const INVERTED_CR = invert(CR);
const INVERTED_DIGITS = new Set(Array.from("0123456789", (digit) => invert(digit.charCodeAt(0))));

const REACH = { minMm: 300, maxMm: 9998 };
const NO_TARGET_MM: readonly number[] = [5000, 9999];

const FRAME = /^R(?<distance>\d{4})$/;
const CUT = /^(?:R\d{0,2}|\d{1,4})$/;

/** Frames begin at an R, so that nothing that was lost before it can spoil them, and end at CR, LF or the next beginning. */
function framer(sync: Sync): Framer {
  const pending = new Uint8Array(FRAME_BYTES_MAX);
  let length = 0;
  let skipping = sync === "mid_stream";
  let discardedBytes = 0;

  function endFrame(into: Framed[]): void {
    if (length > 0) into.push({ frame: pending.slice(0, length) });
    length = 0;
  }

  function append(byte: number, into: Framed[]): void {
    if (length < FRAME_BYTES_MAX) {
      pending[length] = byte;
      length += 1;
      return;
    }
    discardedBytes += length + 1;
    length = 0;
    skipping = true;
    into.push({ fault: { error: "frame_too_long" } });
  }

  function take(byte: number, into: Framed[]): void {
    if (byte === START || byte === INVERTED_START) {
      endFrame(into);
      skipping = false;
      append(byte, into);
    } else if (byte === CR || byte === LF) {
      endFrame(into);
      skipping = false;
    } else if (skipping) {
      discardedBytes += 1;
    } else {
      append(byte, into);
      if (byte === INVERTED_CR && pending[0] === INVERTED_START) endFrame(into);
    }
  }

  return {
    push(chunk) {
      const framed: Framed[] = [];
      for (const byte of chunk) take(byte, framed);
      return framed;
    },
    end() {
      const framed: Framed[] = [];
      endFrame(framed);
      skipping = false;
      return framed;
    },
    get discardedBytes() {
      return discardedBytes;
    },
  };
}

/** Judged by the first three digits alone: where the frame ends depends on the pause before the next. */
function isInverted(frame: Uint8Array): boolean {
  const digits = frame.subarray(1, 4);
  return (
    frame[0] === INVERTED_START && digits.length > 0 && digits.every((byte) => INVERTED_DIGITS.has(byte))
  );
}

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  if (isInverted(frame)) return faulty("polarity_inverted");
  const text = Buffer.from(frame).toString("latin1");
  const digits = FRAME.exec(text)?.groups?.distance;
  if (digits === undefined) return faulty(CUT.test(text) ? "partial_frame" : "unparseable");
  const distanceMm = Number(digits);
  if (NO_TARGET_MM.includes(distanceMm)) return faulty("no_target");
  return parsed({ distance_mm: distanceMm, in_range: distanceMm >= REACH.minMm });
}

export const maxbotixMm: DeviceProtocol = {
  key: "maxbotix-mm",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  frame: framer,
  parse,
  commands: {},
  isPolled: false,
  exact: /^R\d{4}$/,
  hasChecksum: false,
  reach: REACH,
  silenceMs: 5_000,
};
