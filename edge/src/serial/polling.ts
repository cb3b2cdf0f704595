/** Polling: asks a device that says nothing by itself, again and again. */
import type { Duplex } from "node:stream";
import type { Fault } from "../protocols/protocol.ts";
import type { Clock } from "../sensing/clock.ts";
import { waited } from "./line.ts";

/** Pause between two questions to a polled device unless configured otherwise. */
export const POLL_EVERY_MS_DEFAULT = 200;

/** Most bytes that wait to be taken by a device; a command beyond them is refused, a question left out. */
export const WRITE_BYTES_MAX = 64;

/** What a polling loop needs: the question, the sound of an answer, its end, and where faults go. */
export interface Polling {
  readonly question: string;
  readonly everyMs: number;
  /** Longest wait for an answer; beyond it a fault `no_reply`, and the next question. */
  readonly replyMsMax: number;
  readonly clock: Clock;
  /** Dispatches `heard` at every byte from the device. */
  readonly heard: EventTarget;
  readonly signal: AbortSignal;
  readonly onFault: (fault: Fault) => void;
}

/** Asks until the signal aborts. */
export async function poll(line: Duplex, polling: Polling): Promise<void> {
  const { question, everyMs, replyMsMax, clock, heard, signal, onFault } = polling;
  while (!signal.aborted) {
    const askedAtMs = clock().monotonicMs;
    const answered = new AbortController();
    heard.addEventListener("heard", () => answered.abort(), { once: true, signal });
    writeText(line, question);
    await waited(replyMsMax, AbortSignal.any([answered.signal, signal]));
    if (signal.aborted) return;
    if (!answered.signal.aborted) onFault({ error: "no_reply" });
    await waited(everyMs - (clock().monotonicMs - askedAtMs), signal);
  }
}

/** Writes latin1; false when bytes wait that the device does not take, because they must not pile up here. */
export function writeText(line: Duplex, text: string): boolean {
  if (line.writableLength + text.length > WRITE_BYTES_MAX) return false;
  line.write(text, "latin1");
  return true;
}
