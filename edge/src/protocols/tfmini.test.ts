import { describeProtocol, hex } from "./protocol-suite.ts";
import { tfmini } from "./tfmini.ts";

/** A frame of a distance in centimetres, a strength and the two bytes after them, made from the rule of its sum. */
function frameOf(distanceCm: number, strength: number, third: number): Uint8Array {
  const words = new Uint8Array(Uint16Array.of(distanceCm, strength, third).buffer);
  const frame = [0x59, 0x59, ...words];
  return Uint8Array.of(...frame, frame.reduce((sum, byte) => sum + byte, 0) & 0xff);
}

const WARM = 0x0990;
const at1210 = { distance_mm: 1210, in_range: true, strength: 1000, temp_c: 50 };

describeProtocol(tfmini, [
  { name: "one frame (TFmini Plus manual)", bytes: hex("59597900e8039009af"), expected: [at1210] },
  {
    name: "two frames in a chunk",
    bytes: hex("59597900e8039009af59597900e8039009af"),
    expected: [at1210, at1210],
  },
  { name: "one frame in two chunks", bytes: [hex("59597900"), hex("e8039009af")], expected: [at1210] },
  {
    name: "a wrong sum as a fault",
    bytes: hex("59597900e8039009ae"),
    expected: [{ error: "checksum", discarded: 9 }],
  },
  {
    name: "a single header byte as no frame",
    bytes: hex("59587900e8039009ae59597900e8039009af"),
    expected: [{ error: "checksum", discarded: 9 }, at1210],
  },
  {
    name: "the tail of a frame, then a frame",
    bytes: hex("9009af59597900e8039009af"),
    expected: [{ error: "partial_frame", discarded: 3 }, at1210],
  },
  {
    name: "the head of a frame",
    bytes: hex("59597900"),
    expected: [{ error: "partial_frame", discarded: 4 }],
  },
  {
    name: "garbage, then a frame",
    bytes: hex("00010203040506070809 59597900e8039009af".replaceAll(" ", "")),
    expected: [{ error: "unparseable", discarded: 10 }, at1210],
  },
  {
    name: "59 as data",
    bytes: frameOf(0x59, 0x59_59, WARM),
    expected: [{ distance_mm: 890, in_range: true, strength: 0x5959, temp_c: 50 }],
  },
  {
    name: "a stream that begins at a 59 that is data",
    bytes: Buffer.concat([
      frameOf(0x59, 300, WARM).subarray(2),
      frameOf(121, 1000, WARM),
      frameOf(121, 1000, WARM),
    ]),
    expected: [{ error: "checksum", discarded: 7 }, at1210, at1210],
  },
  {
    name: "an echo too weak for a Plus",
    bytes: frameOf(0, 50, WARM),
    expected: [{ error: "low_strength", strength: 50 }],
  },
  {
    name: "a distance with an echo too weak",
    bytes: frameOf(121, 99, WARM),
    expected: [{ error: "low_strength", strength: 99 }],
  },
  {
    name: "the weakest echo that is believed",
    bytes: frameOf(121, 100, WARM),
    expected: [{ distance_mm: 1210, in_range: true, strength: 100, temp_c: 50 }],
  },
  {
    name: "a saturated echo",
    bytes: frameOf(0xfffe, 0xffff, WARM),
    expected: [{ error: "low_strength", strength: 65_535 }],
  },
  {
    name: "a sensor blinded by daylight",
    bytes: frameOf(0xfffc, 3000, WARM),
    expected: [{ error: "device_error", code: -4, strength: 3000 }],
  },
  {
    name: "-1 with a strong echo",
    bytes: frameOf(0xffff, 500, WARM),
    expected: [{ error: "low_strength", strength: 500 }],
  },
  {
    name: "a frame of the first TFmini, which has no temperature",
    bytes: frameOf(121, 50, 0x0007),
    expected: [{ distance_mm: 1210, in_range: true, strength: 50 }],
  },
  {
    name: "an echo too weak for the first TFmini",
    bytes: frameOf(0xffff, 10, 0x0002),
    expected: [{ error: "low_strength", strength: 10 }],
  },
  {
    name: "more than 12 m of the first TFmini",
    bytes: frameOf(1200, 30, 0x0007),
    expected: [{ distance_mm: 12_000, in_range: false, strength: 30 }],
  },
  {
    name: "12 m of a later one",
    bytes: frameOf(1200, 200, WARM),
    expected: [{ distance_mm: 12_000, in_range: true, strength: 200, temp_c: 50 }],
  },
  {
    name: "more than any can measure",
    bytes: frameOf(1201, 200, WARM),
    expected: [{ distance_mm: 12_010, in_range: false, strength: 200, temp_c: 50 }],
  },
  {
    name: "a temperature that no chip has as none",
    bytes: frameOf(121, 1000, 0xffff),
    expected: [{ distance_mm: 1210, in_range: true, strength: 1000 }],
  },
]);
