import { expect, it } from "vitest";
import { casDc1 } from "./cas-dc1.ts";
import { decoderOf } from "./decoder.ts";
import { describeProtocol } from "./protocol-suite.ts";

/** A frame with its sum, as the scale would make it. */
function framed(body: string): string {
  const sum = Buffer.from(body, "latin1").reduce((all, byte) => all ^ byte, 0);
  return `\x01\x02${body}${String.fromCharCode(sum)}\x03\x04`;
}

const at1250 = { weight_g: 1250, stable: true };
const ready = { status: "ready", stable: null };

describeProtocol(
  casDc1,
  [
    { name: "one frame", bytes: framed("S  1.250kg"), expected: [at1250] },
    {
      name: "a frame by its bytes",
      bytes: Uint8Array.fromHex("0102532020312e3235306b67770304"),
      expected: [at1250],
    },
    {
      name: "ACK, then a frame in the same chunk",
      bytes: `\x06${framed("S 01.250kg")}`,
      expected: [ready, at1250],
    },
    {
      name: "two frames in a chunk",
      bytes: framed("S 01.250kg") + framed("U 01.245kg"),
      expected: [at1250, { weight_g: 1245, stable: false }],
    },
    {
      name: "one frame in two chunks",
      bytes: ["\x06\x01\x02S 01", framed("S 01.250kg").slice(6)],
      expected: [ready, at1250],
    },
    {
      name: "a minus apart from its digits",
      bytes: framed("S- 0.500kg"),
      expected: [{ weight_g: -500, stable: true }],
    },
    {
      name: "pounds",
      bytes: framed("S   5.00lb"),
      expected: [{ weight_g: 2267.9619, stable: true, unit: "lb" }],
    },
    {
      name: "grams without a point",
      bytes: framed("S    250 g"),
      expected: [{ weight_g: 250, stable: true }],
    },
    { name: "a decimal comma", bytes: framed("S 01,250kg"), expected: [at1250] },
    { name: "a frame without ETX and EOT", bytes: framed("S 01.250kg").slice(0, -2), expected: [at1250] },
    {
      name: "an unknown unit",
      bytes: framed("S 01.250pc"),
      expected: [{ error: "unparseable", unit: "pc" }],
    },
    { name: "dashes for digits", bytes: framed("S ------kg"), expected: [{ error: "unparseable" }] },
    {
      name: "a sum that is off by one",
      bytes: framed("S 01.250kg").replace("250", "251"),
      expected: [{ error: "checksum", discarded: 15 }],
    },
    { name: "NAK", bytes: "\x15", expected: [{ error: "not_executable", code: "NAK" }] },
    {
      name: "a cut head",
      bytes: framed("S 01.250kg").slice(4),
      expected: [{ error: "partial_frame", discarded: 11 }],
    },
    {
      name: "a cut tail",
      bytes: framed("S 01.250kg").slice(0, 9),
      expected: [{ error: "partial_frame", discarded: 9 }],
    },
    {
      name: "garbage, then a frame",
      bytes: `${"?".repeat(20)}${framed("S 01.250kg")}`,
      expected: [{ error: "unparseable", discarded: 20 }, at1250],
    },
    {
      name: "a damaged frame, then a frame",
      bytes: framed("S 01.250kg").replace("\x03", "\x05") + framed("S 01.250kg"),
      expected: [{ error: "checksum", discarded: 15 }, at1250],
    },
  ],
  { isRecorded: false },
);

it("asks for the data once the scale has it", () => {
  const decoder = decoderOf(casDc1, "mid_stream");
  const [ack] = decoder.push(Buffer.from("\x06"));
  expect(ack).toMatchObject({ reading: ready });
  expect(casDc1.commands.read).toBe("\x05");
  expect(casDc1.follow?.({ status: "ready", stable: null })).toBe("\x11");
  expect(casDc1.follow?.(at1250)).toBeUndefined();
});
