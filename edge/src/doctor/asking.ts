/**
 * Asking: the questions of polled protocols, put to a port on which nobody speaks unasked.
 *
 * One harmless question of each, a weight or distance, never a command that changes anything. Whoever answers is asked again,
 * until its answers leave no doubt.
 */
import { isSerialServer } from "@jumpa-madu/contracts/port-path";
import { decoderOf } from "../protocols/decoder.ts";
import type { DeviceProtocol, SerialLine } from "../protocols/protocol.ts";
import { RECOGNISABLE } from "../protocols/registry.ts";
import { FRAME_BYTES_MIN } from "../protocols/sniff.ts";
import { examinePath } from "../serial/open-trouble.ts";
import { type AskedLine, askedLines } from "./asked-lines.ts";
import { better, type Finding, findingOf, isSure, lineAt } from "./finding.ts";
import { FIRMATA_BAUD, FIRMATA_QUERY, firmataIn } from "./firmata-board.ts";
import { type Ear, openEar } from "./listening.ts";

/** Time for which a board is given to start: opening its port resets it, and its loader waits before the sketch runs. */
export const BOARD_MS = 2_500;

/** Time that a device takes to answer, and the bits of a question with its answer, which take their time by the baud. */
export const ANSWER_MS = 140;
const ANSWER_BITS = 400;

/** Questions that a device which has answered is asked in all. */
const QUESTIONS = 3;

/** Asks all polled protocols at their own settings, then a Firmata board, then the protocols at the settings of other devices. */
export async function askAll(path: string, signal: AbortSignal, before: Finding): Promise<Finding> {
  const { own, others } = askedLines(RECOGNISABLE);
  const polled = RECOGNISABLE.filter(({ isPolled }) => isPolled);
  // A serial server has its own line, whatever is asked for here.
  if (isSerialServer(path))
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
