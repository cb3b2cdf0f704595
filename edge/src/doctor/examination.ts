/**
 * Examination: finds out what hangs on a port and at which settings it speaks.
 *
 * First it listens, at the usual baud of most devices, then at the others. A port on which nothing comes is asked: one harmless
 * question of each polled protocol, a weight or distance, never a command that changes anything. Whoever answers
 * is asked again, until its answers leave no doubt.
 *
 * A device of seven data bits is heard with eight at first; its parity bit gives it away.
 */
import { decoderOf } from "../protocols/decoder.ts";
import type { Sync } from "../protocols/framing.ts";
import type { DeviceProtocol, SerialLine } from "../protocols/protocol.ts";
import { RECOGNISABLE } from "../protocols/registry.ts";
import {
  type Candidate,
  CONFIDENT_MIN,
  FRAME_BYTES_MIN,
  sniff,
  TOLERATED_CONFIDENCE_MAX,
} from "../protocols/sniff.ts";
import { parityOf, type Trouble } from "../serial/diagnosis.ts";
import { examinePath } from "../serial/open-trouble.ts";
import { ailmentIn, secondDevice } from "./ailment.ts";
import { type AskedLine, askedLines } from "./asked-lines.ts";
import { FIRMATA_BAUD, FIRMATA_QUERY, type FirmataBoard, firmataIn } from "./firmata-board.ts";
import { type Ear, openEar } from "./listening.ts";
import { isServer, PERHAPS_MIN } from "./stanza.ts";

/** Bauds in the order in which they are tried: how common they are among scales and sensors. */
const BAUDS = [9600, 57_600, 115_200, 2400, 4800, 19_200, 38_400, 1200] as const;

/** Bauds that are tried when bytes were heard and none of the others explains them. */
const SLOW_BAUDS = [600, 300] as const;

/** Time for which is listened at the first baud: long enough for three frames of the slowest sensor that pushes them. */
export const FIRST_LISTEN_MS = 1_000;

/** Time for which is listened at each further baud, once bytes have been heard. */
export const NEXT_LISTEN_MS = 500;

/** Time for which a board is given to start: opening its port resets it, and its loader waits before the sketch runs. */
export const BOARD_MS = 2_500;

/** Time that a device takes to answer, and the bits of a question with its answer, which take their time by the baud. */
export const ANSWER_MS = 140;
const ANSWER_BITS = 400;

/** Characters that are heard at a slow baud, so that three frames are among them. */
const SLOW_CHARACTERS = 60;

/** Questions that a device which has answered is asked in all. */
const QUESTIONS = 3;

/** Bytes that are enough to judge a baud by. */
const ENOUGH_BYTES = 96;

/** What was found on a port. */
export interface Finding {
  readonly path: string;
  /** Why the port could not be examined; null when it could. */
  readonly trouble: Trouble | null;
  /** Settings at which the best candidate was heard. */
  readonly line: SerialLine;
  /** Protocols that explain what was heard, best first. */
  readonly candidates: readonly Candidate[];
  /** The board, when it is one that speaks Firmata. */
  readonly board: FirmataBoard | null;
  /** What must be mended about whoever was heard; null when nothing is known. */
  readonly ailment: Trouble | null;
  /** What was heard at those settings. */
  readonly bytes: Uint8Array;
}

const EIGHT_BITS: Omit<SerialLine, "baud"> = { dataBits: 8, parity: "none", stopBits: 1 };

/** Examines one port. Takes about five seconds at most, nine when nothing is heard, twenty when what is heard makes no sense; sooner
 * when the device is soon recognised. */
export async function examinePort(path: string, signal: AbortSignal): Promise<Finding> {
  const nothing = {
    path,
    trouble: null,
    line: lineAt(BAUDS[0]),
    candidates: [],
    board: null,
    ailment: null,
    bytes: Buffer.of(),
  };
  let best: Finding = nothing;
  for (const [index, baud] of baudsAt(path).entries()) {
    const isSlow = index >= BAUDS.length;
    if (isSlow && confidenceOf(best) >= PERHAPS_MIN) break;
    const line = lineAt(baud);
    const ear = await openEar(path, line, signal);
    if (ear instanceof Error) return { ...nothing, trouble: await examinePath(path, ear) };
    if (baud === FIRMATA_BAUD) ear.ask(FIRMATA_QUERY);
    const slowMs = (SLOW_CHARACTERS * 10 * 1_000) / baud;
    const ms = index === 0 ? FIRST_LISTEN_MS : isSlow ? slowMs : NEXT_LISTEN_MS;
    const found = await listen(ear, { path, line, ms });
    await ear.close();
    if (signal.aborted || isSettled(found)) return found;
    best = better(best, found);
    // Whoever speaks by itself is heard at any baud, if only as garbage.
    if (index === 0 && found.bytes.length === 0) return await askAll(path, signal, best);
  }
  return confidenceOf(best) > 0 ? best : await askAll(path, signal, best);
}

/** Bauds to listen at; that of a serial server is set there, and trying others here would change nothing. */
function baudsAt(path: string): readonly number[] {
  return isServer(path) ? BAUDS.slice(0, 1) : [...BAUDS, ...SLOW_BAUDS];
}

/** True when there is no need to look further. */
export function isSure({ candidates, board, ailment }: Finding): boolean {
  return board !== null || ailment !== null || (candidates[0]?.confidence ?? 0) >= CONFIDENT_MIN;
}

/** True when no other baud can tell more: the bytes are explained as well as their protocol allows. */
function isSettled(finding: Finding): boolean {
  return isSure(finding) || confidenceOf(finding) >= TOLERATED_CONFIDENCE_MAX;
}

function confidenceOf({ candidates, board }: Finding): number {
  return board === null ? (candidates[0]?.confidence ?? 0) : 1;
}

function better(one: Finding, other: Finding): Finding {
  if (confidenceOf(other) > confidenceOf(one)) return other;
  return confidenceOf(one) === 0 && other.bytes.length > one.bytes.length ? other : one;
}

function lineAt(baud: number): SerialLine {
  return { baud, ...EIGHT_BITS };
}

async function listen(
  ear: Ear,
  { path, line, ms }: { path: string; line: SerialLine; ms: number },
): Promise<Finding> {
  let judgedBytes = 0;
  const isEnough = (bytes: Uint8Array) => {
    if (bytes.length >= 2 * ENOUGH_BYTES) return true;
    // Judging costs more than listening: once for each sixteen bytes.
    if (bytes.length - judgedBytes < 16) return false;
    judgedBytes = bytes.length;
    const found = findingOf(path, line, bytes);
    return isSure(found) && !isHalfHeard(found);
  };
  await ear.listen(ms, isEnough);
  const heard = ear.bytes().length;
  // A slow device has said too little to be judged; so has a fast one while the machine is busy.
  if (heard > 0 && heard < ENOUGH_BYTES) await ear.listen(ms / 2, isEnough);
  return findingOf(path, line, ear.bytes());
}

/** True when one frame of a second device has been heard, which may be chance. */
function isHalfHeard({ candidates: [best], ailment, line, bytes }: Finding): boolean {
  if (best === undefined || ailment !== null) return false;
  return secondDevice(charactersOf(bytes, line), best) !== null;
}

/** Bytes that were heard at eight bits, without the parity bit that some of them carry. */
function charactersOf(heard: Uint8Array, { dataBits }: SerialLine): Uint8Array {
  return dataBits === 8 ? heard : heard.map((byte) => byte & 0x7f);
}

/** What bytes say that were heard at eight bits without parity. */
function findingOf(path: string, line: SerialLine, heard: Uint8Array, sync: Sync = "mid_stream"): Finding {
  const parity = line.parity === "none" ? parityOf(heard) : null;
  const found = parity === null ? line : { ...line, dataBits: 7 as const, parity };
  const bytes = charactersOf(heard, found);
  const candidates = sniff(bytes, RECOGNISABLE, { sync, baud: line.baud });
  return {
    path,
    trouble: null,
    line: found,
    candidates,
    board: firmataIn(bytes),
    // An answer may be followed by lines that no question asked for.
    ailment: sync === "mid_stream" ? ailmentIn(path, bytes, candidates[0]) : null,
    bytes: heard,
  };
}

/** Asks all polled protocols at their own settings, then a Firmata board, then the protocols at the settings of other devices. */
async function askAll(path: string, signal: AbortSignal, before: Finding): Promise<Finding> {
  const { own, others } = askedLines(RECOGNISABLE);
  const polled = RECOGNISABLE.filter(({ isPolled }) => isPolled);
  // A serial server has its own line, whatever is asked for here.
  if (isServer(path))
    return await askOn([{ line: before.line, protocols: polled }], path, { signal, before });
  const found = await askOn(own, path, { signal, before });
  if (signal.aborted || found.trouble !== null || isSure(found)) return found;
  const withBoard = better(found, await askBoard(path, signal, found));
  if (signal.aborted || isSure(withBoard)) return withBoard;
  return await askOn(others, path, { signal, before: withBoard });
}

/** Asks the questions of protocols, those of one line together, until one is sure. */
async function askOn(
  lines: readonly AskedLine[],
  path: string,
  { signal, before }: { signal: AbortSignal; before: Finding },
): Promise<Finding> {
  let best = before;
  for (const { line, protocols } of lines) {
    const ear = await openEar(path, line, signal);
    if (ear instanceof Error) return { ...before, trouble: await examinePath(path, ear) };
    // What was asked before, perhaps at another baud, lies in the device as the beginning of a command.
    ear.ask("\r\n");
    for (const protocol of protocols) {
      const found = await ask(ear, path, { ...protocol, line });
      if (signal.aborted || isSure(found)) {
        await ear.close();
        return found;
      }
      best = better(best, found);
    }
    await ear.close();
  }
  return best;
}

/** Asks one protocol's question a few times, as long as there are answers. */
async function ask(ear: Ear, path: string, protocol: DeviceProtocol): Promise<Finding> {
  const decoder = decoderOf(protocol, "at_frame");
  ear.forget();
  ear.onPiece = (piece) => {
    for (const one of decoder.push(piece)) {
      const next = "reading" in one ? protocol.follow?.(one.reading) : undefined;
      if (next !== undefined) ear.ask(next);
    }
  };
  let finding = findingOf(path, protocol.line, ear.bytes());
  for (let asked = 0; asked < QUESTIONS; asked += 1) {
    const before = ear.bytes().length;
    ear.ask(protocol.commands.read ?? "");
    await ear.listen(answerMs(protocol.line), (bytes) => answers(bytes, protocol) > asked);
    finding = answered(path, protocol, ear.bytes());
    if (ear.bytes().length === before) break;
  }
  ear.onPiece = () => {};
  return finding;
}

/** Longest wait for an answer. */
function answerMs({ baud }: SerialLine): number {
  return ANSWER_MS + (ANSWER_BITS * 1_000) / baud;
}

/** Answers of the protocol among the bytes; an ACK that only announces one is none. */
function answers(bytes: Uint8Array, protocol: DeviceProtocol): number {
  const decoded = decoderOf(protocol, "at_frame").push(bytes);
  return decoded.filter(({ frame }) => frame !== undefined && frame.length >= FRAME_BYTES_MIN).length;
}

/**
 * What answers say. The protocol whose question was asked has the first word: an answer begins where the question ended, so no
 * frame is cut, and look-alikes that only listen would not have answered.
 */
function answered(path: string, protocol: DeviceProtocol, bytes: Uint8Array): Finding {
  const heard = findingOf(path, protocol.line, bytes, "at_frame");
  const candidates = heard.candidates.toSorted(
    (one, other) =>
      Number(other.protocol.key === protocol.key) - Number(one.protocol.key === protocol.key) ||
      other.confidence - one.confidence,
  );
  return { ...heard, candidates };
}

async function askBoard(path: string, signal: AbortSignal, best: Finding): Promise<Finding> {
  const line = lineAt(FIRMATA_BAUD);
  const ear = await openEar(path, line, signal);
  if (ear instanceof Error) return best;
  ear.ask(FIRMATA_QUERY);
  await ear.listen(BOARD_MS, (bytes) => firmataIn(bytes) !== null);
  const found = findingOf(path, line, ear.bytes());
  await ear.close();
  return found;
}
