/** Commands of one byte each, without an end. */
import type { CommandReader } from "./text-scale.ts";

/** Each byte is a command, whose text is that one character. */
export const singleByteCommands: CommandReader = {
  push: (bytes) => [...bytes].map((byte) => ({ ok: true, text: String.fromCharCode(byte) })),
};
