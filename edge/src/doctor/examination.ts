/**
 * Examination: finds out what hangs on a port and at which settings it speaks.
 *
 * First it listens, at the usual baud of most devices, then at the others. A port on which nothing comes is asked (`asking.ts`).
 *
 * A device of seven data bits is heard with eight at first; its parity bit gives it away.
 */
import { isSerialServer } from "@jumpa-madu/contracts/port-path";
import type { SerialLine } from "../protocols/protocol.ts";
import { PERHAPS_MIN, TOLERATED_CONFIDENCE_MAX } from "../protocols/sniff.ts";
import { examinePath } from "../serial/open-trouble.ts";
import { secondDevice } from "./ailment.ts";
import { askAll } from "./asking.ts";
import { better, charactersOf, confidenceOf, type Finding, findingOf, isSure, lineAt } from "./finding.ts";
import { FIRMATA_BAUD, FIRMATA_QUERY } from "./firmata-board.ts";
import { type Ear, openEar } from "./listening.ts";

/** Bauds in the order in which they are tried: how common they are among scales and sensors. */
const BAUDS = [9600, 57_600, 115_200, 2400, 4800, 19_200, 38_400, 1200] as const;

/** Bauds that are tried when bytes were heard and none of the others explains them. */
const SLOW_BAUDS = [600, 300] as const;

/** Time for which is listened at the first baud: long enough for three frames of the slowest sensor that pushes them. */
export const FIRST_LISTEN_MS = 1_000;

/** Time for which is listened at each further baud, once bytes have been heard. */
export const NEXT_LISTEN_MS = 500;

/** Characters that are heard at a slow baud, so that three frames are among them. */
const SLOW_CHARACTERS = 60;

/** Bytes that are enough to judge a baud by. */
const ENOUGH_BYTES = 96;

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
  return isSerialServer(path) ? BAUDS.slice(0, 1) : [...BAUDS, ...SLOW_BAUDS];
}

/** True when no other baud can tell more: the bytes are explained as well as their protocol allows. */
function isSettled(finding: Finding): boolean {
  return isSure(finding) || confidenceOf(finding) >= TOLERATED_CONFIDENCE_MAX;
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
