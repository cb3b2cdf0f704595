/**
 * Command `decode`: what a device's bytes mean, without the device.
 *
 *   stdin   one line each: {"protocol": "st-gs", "hex": "53542c..."}; other keys are ignored
 *   stdout  one line each: {"readings": [...], "faults": [...]}, in the order of the input
 *
 * Every line gets a fresh decoder, and its end is the end of the frame. A line that cannot be decoded gives one fault with
 * the error `bad_request` and a detail in words. Ends with code 0 at the end of input, or when nobody reads on.
 */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { decoderOf } from "./protocols/decoder.ts";
import type { Fault, RawReading } from "./protocols/protocol.ts";
import { findProtocol, PROTOCOL_KEYS } from "./protocols/registry.ts";

/** Most characters of one line of input; a longer one is a bad request. Room for half a megabyte from a device. */
export const REQUEST_CHARACTERS_MAX = 1_048_576;

interface BadRequest {
  readonly error: "bad_request";
  readonly detail: string;
}

/** Answer to one line. */
export interface Answer {
  readonly readings: RawReading[];
  readonly faults: (Fault | BadRequest)[];
}

function refuse(detail: string): Answer {
  return { readings: [], faults: [{ error: "bad_request", detail }] };
}

function parseRequest(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Answers one line of input. Pure; never throws. */
export function answerOf(line: string): Answer {
  if (line.length > REQUEST_CHARACTERS_MAX)
    return refuse(`line is longer than ${REQUEST_CHARACTERS_MAX} characters`);
  const request = parseRequest(line);
  if (typeof request !== "object" || request === null)
    return refuse('line is not a JSON object {"protocol","hex"}');
  const key: unknown = Reflect.get(request, "protocol");
  const hex: unknown = Reflect.get(request, "hex");
  const protocol = typeof key === "string" ? findProtocol(key) : null;
  if (protocol === null) return refuse(`protocol must be one of ${PROTOCOL_KEYS.join(", ")}`);
  if (typeof hex !== "string") return refuse("hex must be a string of hexadecimal digits");
  if (hex.length % 2 !== 0) return refuse("hex has an odd number of digits");
  if (!/^[0-9a-f]*$/i.test(hex)) return refuse("hex has a character that is no hexadecimal digit");

  const decoder = decoderOf(protocol, "at_frame");
  const readings: RawReading[] = [];
  const faults: Fault[] = [];
  for (const decoded of [...decoder.push(Buffer.from(hex, "hex")), ...decoder.end()]) {
    if ("reading" in decoded) readings.push(decoded.reading);
    else faults.push(decoded.fault);
  }
  return { readings, faults };
}

/** Cuts chunks of text into the lines that they complete; holds back no more than one line of the longest length. */
async function* linesOf(chunks: AsyncIterable<string>): AsyncGenerator<string[]> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = chunk.split("\n");
    lines[0] = rest + lines[0];
    // An overlong line keeps one character too many, so that it is still recognised as overlong when its end comes.
    rest = (lines.pop() ?? "").slice(0, REQUEST_CHARACTERS_MAX + 1);
    if (lines.length > 0) yield lines;
  }
  if (rest !== "") yield [rest];
}

/** Answers every line of `input` on `output`, no faster than `output` is read. */
export async function decodeLines(input: AsyncIterable<string>, output: Writable): Promise<void> {
  for await (const lines of linesOf(input)) {
    const answers = lines.map((line) => `${JSON.stringify(answerOf(line))}\n`);
    if (!output.write(answers.join(""))) await once(output, "drain");
  }
}

if (import.meta.main) {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The reader has gone, as in `decode | head`: there is nobody left to answer.
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  await decodeLines(process.stdin.setEncoding("utf8"), process.stdout);
}
