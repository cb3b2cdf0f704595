/**
 * GM65 and its kin: readers of QR and bar codes that send what they read as a line of text.
 *
 *   frame := text (CR | LF | CRLF)                   1 to 64 characters
 *
 * Source: GROW GM65 manual, serial output with the suffix CR, the factory setting; line 9600 8N1. The readers add no sum: what a
 * code says must be judged by whoever looks it up. Control characters, and bytes that are no ASCII, are no text of a member's
 * card. A reader says nothing until a code is held before it.
 */
import { lineFramer } from "./line-framer.ts";
import { type DeviceProtocol, FRAME_BYTES_MAX, faulty, type Parsed, parsed } from "./protocol.ts";

const TEXT = /^[\x20-\x7e]+$/;

function parse(frame: Uint8Array): Parsed {
  if (frame.length > FRAME_BYTES_MAX) return faulty("frame_too_long");
  const text = Buffer.from(frame).toString("latin1");
  const code = text.trim();
  return TEXT.test(text) && code !== "" ? parsed({ code }) : faulty("unparseable");
}

export const gm65: DeviceProtocol = {
  key: "gm65",
  line: { baud: 9600, dataBits: 8, parity: "none", stopBits: 1 },
  // A code is held before the reader long after the port was opened, so its first line is whole.
  frame: () => lineFramer("at_frame"),
  parse,
  commands: {},
  isPolled: false,
  exact: TEXT,
  hasChecksum: false,
  silenceMs: Number.POSITIVE_INFINITY,
};
