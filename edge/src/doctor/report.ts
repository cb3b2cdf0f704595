/** Report: what the doctor says of a port, for people and for programs. */
import { isSerialServer } from "@jumpa-madu/contracts/port-path";
import type { RawReading } from "../protocols/protocol.ts";
import { type Candidate, CONFIDENT_MIN, PERHAPS_MIN } from "../protocols/sniff.ts";
import type { Finding } from "./finding.ts";
import { placeOf, stanzaOf } from "./stanza.ts";

/** Candidates that a person is shown. */
const CANDIDATES_SHOWN = 3;

const ASK_FOR_WEIGHT =
  "  Both are possible without a point. Put a known weight on the scale and call the doctor again: the one that shows it is right.";

/** Verdict on one port. `unsure`: several protocols could be meant; `faulty`: something must be mended first; `unknown`: bytes
 * that none explains. */
export type Verdict = "recognised" | "unsure" | "faulty" | "unknown" | "silent" | "closed";

/** Sums a finding up. */
export function verdictOf({ trouble, candidates, board, ailment, bytes }: Finding): Verdict {
  if (trouble !== null) return "closed";
  if (ailment !== null) return "faulty";
  const confidence = board === null ? (candidates[0]?.confidence ?? 0) : 1;
  if (confidence >= CONFIDENT_MIN) return "recognised";
  if (confidence >= PERHAPS_MIN) return "unsure";
  return bytes.length > 0 ? "unknown" : "silent";
}

/** One finding as JSON. */
export function toJson(finding: Finding): object {
  const { path, line, candidates, board, bytes } = finding;
  const trouble = finding.trouble ?? finding.ailment;
  const place = placeOf(finding);
  return {
    path,
    verdict: verdictOf(finding),
    ...(trouble === null ? {} : { trouble }),
    baud: line.baud,
    data_bits: line.dataBits,
    parity: line.parity,
    ...(board === null ? {} : { board }),
    candidates: candidates.map(({ protocol, confidence, frames, example }) => ({
      protocol: protocol.key,
      confidence: Math.round(confidence * 100) / 100,
      frames,
      ...(example === null
        ? {}
        : { example: { hex: Buffer.from(example.frame).toString("hex"), reading: example.reading } }),
    })),
    heard_bytes: bytes.length,
    stanza: stanzaOf(finding),
    ...(place === null ? {} : { stanza_in: place }),
  };
}

/** One finding in lines for a person. */
export function toLines(finding: Finding): string[] {
  const { path, line, candidates, board, ailment, bytes, trouble } = finding;
  const settings = isSerialServer(path)
    ? "the settings of its server"
    : `${line.baud} ${line.dataBits}${line.parity[0]?.toUpperCase()}${line.stopBits}`;
  switch (verdictOf(finding)) {
    case "closed":
      return [trouble?.text ?? path];
    case "silent":
      return [
        `${path}: nothing is heard, and nobody answers.`,
        "  Is the device switched on, is its cable right (TX and RX crossed?), does it send only at the press of a key?",
        "  Press its PRINT key while the doctor listens: --listen 30",
      ];
    case "faulty":
      return [ailment?.text ?? path, ...rowsOf(candidates.filter((one) => one.confidence >= PERHAPS_MIN))];
    case "unknown":
      return [
        `${path}: ${bytes.length} bytes are heard that no known protocol explains.`,
        `  first bytes: ${Buffer.from(bytes.subarray(0, 32)).toString("hex")}`,
        "  Two devices on one line, a loose ground wire, or a device that is not known yet.",
      ];
    default:
      break;
  }
  if (board !== null) {
    return [
      `${path}: a board with Firmata, ${board.name} ${board.version}, at ${settings}.`,
      "  Name the pin of its sensor in the stanza.",
    ];
  }
  return [
    `${path}: ${verdictOf(finding) === "unsure" ? "perhaps " : ""}${candidates[0]?.protocol.key} at ${settings}`,
    ...rowsOf(candidates),
    ...(mayBeReversed(finding) ? [ASK_FOR_WEIGHT] : []),
  ];
}

function rowsOf(candidates: readonly Candidate[]): string[] {
  return candidates.slice(0, CANDIDATES_SHOWN).map(({ protocol, confidence, frames, example }) => {
    const percent = `${Math.round(confidence * 100)} %`.padStart(6);
    const shown = example === null ? "" : `  ${quoted(example.frame)} = ${inWords(example.reading)}`;
    return `  ${percent}  ${protocol.key.padEnd(18)}${String(frames).padStart(4)} frames${shown}`;
  });
}

/** True when digits were heard that two protocols read, one forward and one backward. */
function mayBeReversed(finding: Finding): boolean {
  const keys = finding.candidates.slice(0, 2).map(({ protocol }) => protocol.key);
  return verdictOf(finding) === "unsure" && keys.includes("xk3190-fwd") && keys.includes("xk3190-rev");
}

/** A frame as text, with what is no text as hexadecimal. */
function quoted(frame: Uint8Array): string {
  const isText = frame.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? `"${Buffer.from(frame).toString("latin1")}"` : Buffer.from(frame).toString("hex");
}

/** A reading in a few words: `12.5 kg gross, stable`. */
export function inWords(reading: RawReading): string {
  if ("weight_g" in reading) {
    const { weight_g, mode, stable, unit } = reading;
    const steady = stable === null ? "" : stable ? ", stable" : ", moving";
    const shown = unit === undefined ? "" : `, shown in ${unit}`;
    return `${kilograms(weight_g)} kg${mode === undefined ? "" : ` ${mode}`}${steady}${shown}`;
  }
  if ("distance_mm" in reading)
    return `${reading.distance_mm} mm${reading.in_range ? "" : ", beyond what the sensor can measure"}`;
  if ("tare_g" in reading) return `tare ${kilograms(reading.tare_g)} kg`;
  if ("count" in reading) return `${reading.count} pieces`;
  return Object.entries(reading)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(", ");
}

function kilograms(weightG: number): string {
  return (weightG / 1000).toLocaleString("en", { maximumFractionDigits: 6, useGrouping: false });
}
