/** Asking in two steps, as cash registers do: ENQ asks whether there is data, DC1 asks for it. */
import { faulty, type Parsed, parsed, type RawReading } from "./protocol.ts";

/** First question. */
export const ENQ = "\x05";

/** Second question, to be sent once the first is answered with ACK. */
const DC1 = "\x11";

const ACK = 0x06;

/** Refusals, by the names that manuals give them. */
const REFUSALS = new Map([
  [0x00, "NUL"],
  [0x15, "NAK"],
  [0x18, "CAN"],
]);

/** True for a byte that answers ENQ by itself. */
export function isAnswer(byte: number | undefined): boolean {
  return byte !== undefined && (byte === ACK || REFUSALS.has(byte));
}

/** Parses the answer to ENQ: ready, or not executable with the name of the refusal. */
export function parseAnswer(byte: number | undefined): Parsed {
  if (byte === ACK) return parsed({ status: "ready", stable: null });
  const code = byte === undefined ? undefined : REFUSALS.get(byte);
  return code === undefined ? faulty("unparseable") : faulty("not_executable", { code });
}

/** What follows a reading: the second question after ACK, nothing after data. */
export function followAnswer(reading: RawReading): string | undefined {
  return "status" in reading && reading.status === "ready" ? DC1 : undefined;
}
