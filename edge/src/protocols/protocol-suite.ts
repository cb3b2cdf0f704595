/** Suite that every protocol passes: its table of frames, and what must hold for any bytes whatever. */
import { existsSync, readFileSync } from "node:fs";
import { DistanceMm, ShownWeightG } from "@jumpa-madu/contracts/units";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answerOf } from "../decode.ts";
import { type Decoded, decoderOf } from "./decoder.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX } from "./protocol.ts";

/** One row of a protocol's table: the chunks as they arrive, and all that comes out, faults and readings in order. */
export interface Row {
  readonly name: string;
  /** Text is taken as latin1; more than one chunk when the split matters. */
  readonly bytes: string | Uint8Array | readonly (string | Uint8Array)[];
  readonly expected: readonly object[];
}

/** Frames gathered from devices, manuals and other projects; a checkout without them skips nothing else. */
const RECORDED = new URL("../../../../shared/data/device-frames.jsonl", import.meta.url);

const shownWeight = checkerOf(ShownWeightG);
const distance = checkerOf(DistanceMm);

/** Bytes from hexadecimal digits. */
export function hex(digits: string): Uint8Array {
  return Uint8Array.fromHex(digits);
}

function toBytes(bytes: string | Uint8Array): Uint8Array {
  return typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
}

function chunksOf({ bytes }: Row): Uint8Array[] {
  return (typeof bytes === "string" || bytes instanceof Uint8Array ? [bytes] : [...bytes]).map(toBytes);
}

function decodeAll(protocol: DeviceProtocol, chunks: readonly Uint8Array[]): object[] {
  const decoder = decoderOf(protocol, "at_frame");
  const decoded: Decoded[] = chunks.flatMap((chunk) => decoder.push(chunk));
  return [...decoded, ...decoder.end()].map((one) => ("reading" in one ? one.reading : one.fault));
}

/** Bytes that look like the protocol's: pieces of its rows, whole, cut or with single bytes changed, among noise. */
function lookalikes(rows: readonly Row[]): fc.Arbitrary<Uint8Array> {
  const whole = fc.constantFrom(...rows.map((row) => Buffer.concat(chunksOf(row))));
  const damaged = fc
    .tuple(
      whole,
      fc.nat(),
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom("change", "delete", "insert", "cut"),
    )
    .map(([bytes, at, byte, damage]) => {
      const index = bytes.length === 0 ? 0 : at % bytes.length;
      const after = damage === "insert" ? index : damage === "cut" ? bytes.length : index + 1;
      const put = damage === "change" || damage === "insert" ? [byte] : [];
      return Buffer.concat([bytes.subarray(0, index), Buffer.from(put), bytes.subarray(after)]);
    });
  const noise = fc.uint8Array({ maxLength: 40 });
  return fc.array(fc.oneof(whole, damaged, noise), { maxLength: 8 }).map((parts) => Buffer.concat(parts));
}

/** Checks a protocol against its table and its properties; `isRecorded` is false when nobody has recorded a frame of it. */
export function describeProtocol(
  protocol: DeviceProtocol,
  rows: readonly Row[],
  { isRecorded = true }: { isRecorded?: boolean } = {},
): void {
  describe(`protocol ${protocol.key}`, () => {
    it.each(rows.map((row) => [row.name, row] as const))("reads %s", (_name, row) => {
      expect(decodeAll(protocol, chunksOf(row))).toEqual(row.expected);
    });

    it("gives the same readings and faults however the bytes are cut into chunks", () => {
      fc.assert(
        fc.property(lookalikes(rows), fc.array(fc.nat({ max: 200 }), { maxLength: 12 }), (bytes, cuts) => {
          const at = [
            0,
            ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b),
            bytes.length,
          ];
          const chunks = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
          expect(decodeAll(protocol, chunks)).toEqual(decodeAll(protocol, [bytes]));
        }),
        { numRuns: 500 },
      );
    });

    it("throws on no bytes at all, and shows only what the contract has room for", () => {
      fc.assert(
        fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), lookalikes(rows)), (bytes) => {
          protocol.parse(bytes);
          for (const one of decodeAll(protocol, [bytes])) expectFits(one);
        }),
        { numRuns: 1000 },
      );
    });

    it("spends little time on a line that is tedious to match", () => {
      const tedious = [" ", ".", "-", "0", ",", ", "].map((text) =>
        Buffer.from(`${text.repeat(FRAME_BYTES_MAX)}x`),
      );
      const fromMs = performance.now();
      for (let round = 0; round < 200; round += 1) {
        for (const line of tedious) protocol.parse(line.subarray(-FRAME_BYTES_MAX));
      }
      expect(performance.now() - fromMs).toBeLessThan(500);
    });

    it("accounts for every byte that it discards from the middle of a stream", () => {
      fc.assert(
        fc.property(lookalikes(rows), (bytes) => {
          const decoder = decoderOf(protocol, "mid_stream");
          const used = [...decoder.push(bytes), ...decoder.end()].reduce(
            (sum, one) => sum + ("frame" in one ? one.frame.length : 0),
            0,
          );
          expect(used + decoder.discardedBytes).toBeLessThanOrEqual(bytes.length);
        }),
      );
    });

    if (!isRecorded) return;

    const recorded = recordedOf(protocol.key);
    // A test that has nothing to read is not there at all: a skipped one would look like one that waits.
    if (recorded.length === 0) return;
    it.each(recorded)("reads the recorded frame %s", (line) => {
      const answer = answerOf(line);
      expect([...answer.readings, ...answer.faults]).toMatchObject([stated(JSON.parse(line).expect)]);
    });
  });
}

/** Recorded frames of a protocol; not every protocol has some. */
function recordedOf(key: string): string[] {
  if (!existsSync(RECORDED)) return [];
  const recorded = readFileSync(RECORDED, "utf8").trim().split("\n");
  return recorded.filter((line) => JSON.parse(line).protocol === key);
}

/** What the file states; grams of pounds and ounces are rounded there, to as many decimals as it shows. */
function stated(expected: Record<string, unknown>): Record<string, unknown> {
  if (expected.unit === undefined) return expected;
  const rounded = Object.entries(expected).map(([key, value]) => {
    const decimals = String(value).split(".")[1]?.length ?? 0;
    return [key, typeof value === "number" ? expect.closeTo(value, decimals) : value];
  });
  return Object.fromEntries(rounded);
}

function expectFits(one: object): void {
  if ("weight_g" in one) expect(shownWeight.check(one.weight_g)).toMatchObject({ ok: true });
  if ("tare_g" in one) expect(shownWeight.check(one.tare_g)).toMatchObject({ ok: true });
  if ("in_range" in one && one.in_range === true && "distance_mm" in one) {
    expect(distance.check(one.distance_mm)).toMatchObject({ ok: true });
  }
}
