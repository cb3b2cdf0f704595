/**
 * Diagnosis: what is wrong with a device that a person can mend, from what comes over its line.
 *
 * It listens for a few seconds, then judges what it has heard: the right bytes, bytes of another protocol, of two, or of a line
 * with other settings. As long as all is well it costs no more than counting.
 */
import type { NoticeCode } from "@jumpa-madu/contracts/notice";
import type { Decoded } from "../protocols/decoder.ts";
import type { DeviceProtocol, FaultCode, SerialLine } from "../protocols/protocol.ts";
import { RECOGNISABLE } from "../protocols/registry.ts";
import { type Candidate, CONFIDENT_MIN, sniff } from "../protocols/sniff.ts";
import { areFarApart } from "../sensing/turn-taking.ts";
import type { CloseReason } from "./device-event.ts";
import { parityOf } from "./parity.ts";
import { type Trouble, twoDevices } from "./trouble.ts";

/** Time for which is listened before it is judged. */
export const JUDGE_EVERY_MS = 3_000;

/** Most bytes that are kept for a judgement: those that came last. */
export const SAMPLE_BYTES_MAX = 1_024;

/** Fewer bytes than this prove nothing. */
const SAMPLE_BYTES_MIN = 24;

/** Questions that must have come back to be an echo. */
const ECHOES_MIN = 3;

/** Share of damaged frames from which on the line is at fault, and not a single disturbance. */
const DAMAGED_SHARE_MIN = 0.2;

/** Share of the bytes that a second protocol must explain to be a second device. */
const SECOND_SHARE_MIN = 0.15;

/** Turns from one settled weight to another and back, within one judgement, that no single pan can make. */
const TURNS_MIN = 6;

/** Trouble that is over as soon as the device says something good. */
const MENDED_BY_READING: ReadonlySet<NoticeCode> = new Set([
  "port_missing",
  "port_busy",
  "port_forbidden",
  "silent",
]);

/** What one device's diagnosis is told. */
export interface Diagnosis {
  readonly trouble: Trouble | null;
  /** The port does not open, for the reason that was found. */
  openFailed(trouble: Trouble): void;
  /** Bytes came, and this is what they say. */
  hear(chunk: Uint8Array, decoded: readonly Decoded[]): void;
  /** The port was closed. */
  closed(reason: CloseReason): void;
  /** Looks at the time. */
  look(nowMs: number): void;
}

interface Heard {
  good: number;
  bytes: number;
  faults: Partial<Record<FaultCode, number>>;
  units: Set<string>;
  devices: Set<number>;
  pounds: boolean;
  /** Last two different settled weights, and how often they took turns. */
  settled: { last: number | null; before: number | null; turns: number };
}

/** Starts the diagnosis of the device at `path`. */
export function diagnosisOf(path: string, protocol: DeviceProtocol, line: SerialLine): Diagnosis {
  let trouble: Trouble | null = null;
  let heard = nothingHeard();
  const sample = new Uint8Array(SAMPLE_BYTES_MAX);
  let sampled = 0;
  let judgedAtMs: number | null = null;

  function judge(): void {
    if (heard.bytes > 0) trouble = troubleIn(heard, sample.subarray(0, sampled));
    heard = nothingHeard();
    sampled = 0;
  }

  /** Keeps the last bytes, without a new buffer for each piece. */
  function keep(chunk: Uint8Array): void {
    const last = chunk.subarray(-SAMPLE_BYTES_MAX);
    const surplus = Math.max(0, sampled + last.length - SAMPLE_BYTES_MAX);
    sample.copyWithin(0, surplus, sampled);
    sample.set(last, sampled - surplus);
    sampled += last.length - surplus;
  }

  function troubleIn(all: Heard, bytes: Uint8Array): Trouble | null {
    const { good, faults } = all;
    const bad = badFrames(faults);
    const known = spokenTrouble(all);
    if (known !== null) return known;
    const spoken = good + spokenFrames(faults);
    if (spoken > 0 && bad <= DAMAGED_SHARE_MIN * (spoken + bad)) return null;
    if (good === 0 && isEcho(bytes, protocol.commands.read)) {
      return {
        code: "silent",
        text: `${path}: what comes back is the question itself, and no answer; TX and RX are joined, or the converter or device echoes: check the cable, that the device is switched on, and that it speaks ${protocol.key}`,
      };
    }
    if (bytes.length < SAMPLE_BYTES_MIN) return null;
    const other = sniff(bytes, RECOGNISABLE).find((one) => isOther(one, protocol));
    if (good > 0 && other !== undefined && other.explained >= SECOND_SHARE_MIN && other.frames > 1) {
      return twoDevices(path, protocol.key, other.protocol.key);
    }
    if (good === 0 && other !== undefined && other.confidence >= CONFIDENT_MIN) {
      return {
        code: "wrong_protocol",
        text: `${path}: what comes is ${other.protocol.key}, not ${protocol.key}; set the protocol of this port to ${other.protocol.key}`,
      };
    }
    if (good > 0 || (faults.checksum ?? 0) * 2 > bad) {
      return {
        code: "bad_checksum",
        text: `${path}: ${bad} of ${good + bad} frames are damaged; check plug, cable length and shield, keep it away from motors and radio${protocol.hasChecksum ? "" : "; if two devices talk on this line, give each a port of its own"}`,
      };
    }
    return wrongLine(bytes);
  }

  /** Trouble that the frames themselves tell. */
  function spokenTrouble({ good, faults, units, devices, pounds, settled }: Heard): Trouble | null {
    if (devices.size > 1 || settled.turns >= TURNS_MIN) {
      return {
        code: "two_devices",
        text: `${path}: two scales talk on this line${devices.size > 1 ? `, numbers ${[...devices].join(" and ")}` : ""}; give each a port of its own`,
      };
    }
    if (units.size > 0 && good === 0) {
      return {
        code: "unknown_unit",
        text: `${path}: the scale weighs in "${[...units].join('", "')}"; set it to kilograms or grams`,
      };
    }
    if ((faults.polarity_inverted ?? 0) > 1) {
      return {
        code: "polarity_inverted",
        text: `${path}: the sensor's level is inverted; use its TTL output, or a converter from RS232 to TTL between`,
      };
    }
    if (good === 0 && (faults.no_target ?? 0) + (faults.low_strength ?? 0) > 2) {
      return {
        code: "no_target",
        text: `${path}: the sensor finds no echo; clean its face and point it straight down at the waste`,
      };
    }
    if (pounds) {
      return {
        code: "pounds",
        text: `${path}: the scale weighs in pounds or ounces; its weights are converted, but set it to kilograms`,
      };
    }
    return null;
  }

  function wrongLine(bytes: Uint8Array): Trouble {
    const { baud, dataBits, parity } = line;
    const now = `${baud} baud, ${dataBits} data bits, parity ${parity}`;
    const seen = parityOf(bytes);
    const advice =
      seen === null
        ? `set the baud and parity of the device's manual, or let the doctor find them: npm run -s edge -- doctor ${path}`
        : `the bytes carry ${seen} parity: set data_bits to 7 and parity to ${seen}`;
    return { code: "wrong_line", text: `${path}: unreadable at ${now}; ${advice}` };
  }

  return {
    get trouble() {
      return trouble;
    },
    openFailed(found) {
      trouble = found;
    },
    hear(chunk, decoded) {
      heard.bytes += chunk.length;
      keep(chunk);
      for (const one of decoded) note(heard, one);
      if (trouble !== null && MENDED_BY_READING.has(trouble.code) && heard.good > 0) trouble = null;
    },
    closed(reason) {
      if (reason !== "silent" || heard.good > 0) return;
      if (heard.bytes > 0) judge();
      else
        trouble = {
          code: "silent",
          text: protocol.isPolled
            ? `${path}: the device does not answer; check that it is switched on, its cable (TX and RX crossed?), and that it speaks ${protocol.key}`
            : `${path}: nothing comes; check that the device is switched on, its cable, and that it is set to send continuously`,
        };
    },
    look(nowMs) {
      judgedAtMs ??= nowMs;
      if (nowMs - judgedAtMs < JUDGE_EVERY_MS) return;
      judgedAtMs = nowMs;
      judge();
    },
  };
}

function nothingHeard(): Heard {
  return {
    good: 0,
    bytes: 0,
    faults: {},
    units: new Set(),
    devices: new Set(),
    pounds: false,
    settled: { last: null, before: null, turns: 0 },
  };
}

function note(heard: Heard, one: Decoded): void {
  if ("fault" in one) {
    const { error, unit } = one.fault;
    heard.faults[error] = (heard.faults[error] ?? 0) + 1;
    if (unit !== undefined) heard.units.add(unit);
    return;
  }
  heard.good += 1;
  if (!("weight_g" in one.reading)) return;
  const { weight_g, stable, unit, device_id } = one.reading;
  if (unit !== undefined) heard.pounds = true;
  if (device_id !== undefined) heard.devices.add(device_id);
  if (stable !== false) takeTurn(heard.settled, weight_g);
}

/** Counts each return to the settled weight before the last. */
function takeTurn(settled: Heard["settled"], weightG: number): void {
  if (settled.last !== null && !areFarApart(weightG, settled.last)) return;
  if (settled.before !== null && !areFarApart(weightG, settled.before)) settled.turns += 1;
  settled.before = settled.last;
  settled.last = weightG;
}

/** Frames that say what is the matter with the load or the device: the right protocol speaks. */
function spokenFrames(faults: Heard["faults"]): number {
  const { overload = 0, underload = 0, motion = 0, not_executable = 0, device_error = 0 } = faults;
  return overload + underload + motion + not_executable + device_error;
}

/** Frames that say nothing because they are damaged or none. */
function badFrames(faults: Heard["faults"]): number {
  const { checksum = 0, partial_frame = 0, unparseable = 0, frame_too_long = 0 } = faults;
  return checksum + partial_frame + unparseable + frame_too_long;
}

/** True when a candidate's frames are none of the protocol's: several sensors send the same. */
function isOther({ example }: Candidate, protocol: DeviceProtocol): boolean {
  return example !== null && !protocol.parse(example.frame).ok;
}

/** True when bytes are a question over and over, and nothing else. The first and the last may be cut. */
function isEcho(bytes: Uint8Array, question: string | undefined): boolean {
  if (question === undefined || bytes.length < ECHOES_MIN * question.length) return false;
  const text = Buffer.from(bytes).toString("latin1");
  const start = text.indexOf(question);
  return (
    start >= 0 &&
    start < question.length &&
    isRepeated(text.slice(start), question) &&
    question.endsWith(text.slice(0, start))
  );
}

function isRepeated(text: string, question: string): boolean {
  return question.repeat(Math.ceil(text.length / question.length)).startsWith(text);
}
