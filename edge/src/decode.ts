/**
 * Command `decode`: what a device's bytes mean, without the device.
 *
 *   stdin   one line each: {"protocol": "st-gs", "hex": "53542c..."}; other keys are ignored
 *   stdout  one line each: {"readings": [...], "faults": [...]}, in the order of the input
 *
 * Besides the protocols of serial ports it knows the payloads of LoRaWAN sensors, the host's side of Firmata, and `auto`: the
 * protocol that explains the bytes best, which the answer then names, `{"protocol": "st-gs", "confidence": 0.33, ...}`.
 *
 * Every line gets a fresh decoder, and its end is the end of the frame. A line that cannot be decoded gives one fault with
 * the error `bad_request` and a detail in words. Ends with code 0 at the end of input, or when nobody reads on.
 */
import { once } from "node:events";
import type { Writable } from "node:stream";
import { decodeDraginoLdds45 } from "@jumpa-madu/sensing/lorawan/dragino-ldds45";
import { decodeMilesightEm400 } from "@jumpa-madu/sensing/lorawan/milesight-em400";
import { decoderOf } from "./protocols/decoder.ts";
import { decodeFirmataHost } from "./protocols/firmata-host.ts";
import type { DeviceProtocol } from "./protocols/protocol.ts";
import { findProtocol, PROTOCOL_KEYS, RECOGNISABLE } from "./protocols/registry.ts";
import { sniff } from "./protocols/sniff.ts";

/** Most characters of one line of input; a longer one is a bad request. Room for half a megabyte from a device. */
export const REQUEST_CHARACTERS_MAX = 1_048_576;

/** Answer to one line. */
export interface Answer {
  /** Of `auto`: the protocol that was recognised, null when none was. */
  readonly protocol?: string | null;
  /** Of `auto`: how sure that is, 0 to 1. */
  readonly confidence?: number;
  readonly readings: readonly object[];
  readonly faults: readonly { readonly error: string }[];
}

/** What reads the bytes of one line. */
type Read = (bytes: Uint8Array) => Answer;

const AUTO = "auto";

/** What is read besides the protocols of serial ports, by key. */
const OTHERS: ReadonlyMap<string, Read> = new Map([
  [AUTO, readAuto],
  ["firmata-host", decodeFirmataHost],
  ["milesight-em400", payloadReader(decodeMilesightEm400)],
  ["dragino-ldds45", payloadReader(decodeDraginoLdds45)],
]);

const KEYS = [...PROTOCOL_KEYS, ...OTHERS.keys()].join(", ");

function readerOf(key: string): Read | null {
  const protocol = findProtocol(key);
  return protocol === null ? (OTHERS.get(key) ?? null) : (bytes) => readStream(protocol, bytes);
}

function readStream(protocol: DeviceProtocol, bytes: Uint8Array): Answer {
  const decoder = decoderOf(protocol, "at_frame");
  const decoded = [...decoder.push(bytes), ...decoder.end()];
  return {
    readings: decoded.flatMap((one) => ("reading" in one ? [one.reading] : [])),
    faults: decoded.flatMap((one) => ("fault" in one ? [one.fault] : [])),
  };
}

function readAuto(bytes: Uint8Array): Answer {
  const [best] = sniff(bytes, RECOGNISABLE, { sync: "at_frame" });
  if (best === undefined) return { protocol: null, readings: [], faults: [{ error: "unparseable" }] };
  const confidence = Math.round(best.confidence * 100) / 100;
  return { protocol: best.protocol.key, confidence, ...readStream(best.protocol, bytes) };
}

/** Reads a whole payload; a payload has no framing of its own. */
function payloadReader(
  decode: (bytes: Uint8Array) => { ok: true; reading: object } | { ok: false; fault: string },
): Read {
  return (bytes) => {
    const decoded = decode(bytes);
    if (decoded.ok) return { readings: [decoded.reading], faults: [] };
    return { readings: [], faults: [Object.assign({ error: "unparseable" }, { detail: decoded.fault })] };
  };
}

function refuse(detail: string): Answer {
  return { readings: [], faults: [Object.assign({ error: "bad_request" }, { detail })] };
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
  const read = typeof key === "string" ? readerOf(key) : null;
  if (read === null) return refuse(`protocol must be one of ${KEYS}`);
  if (typeof hex !== "string") return refuse("hex must be a string of hexadecimal digits");
  if (hex.length % 2 !== 0) return refuse("hex has an odd number of digits");
  if (!/^[0-9a-f]*$/i.test(hex)) return refuse("hex has a character that is no hexadecimal digit");

  return read(Buffer.from(hex, "hex"));
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

const USAGE = `echo '{"protocol":"auto","hex":"35..."}' | npm run -s decode
  Each line of input is {"protocol","hex"}; the answer to it is {"readings","faults"}, one line each.
  Protocols: ${KEYS}
`;

if (import.meta.main && /^(?:--help|-h)$/.test(process.argv[2] ?? "")) {
  process.stdout.write(USAGE);
} else if (import.meta.main) {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    // The reader has gone, as in `decode | head`: there is nobody left to answer.
    process.exit(error.code === "EPIPE" ? 0 : 1);
  });
  await decodeLines(process.stdin.setEncoding("utf8"), process.stdout);
}
