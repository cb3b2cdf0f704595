/** Listening: opens a port with given settings, hears what comes, and may ask a question meanwhile. */
import type { Duplex } from "node:stream";
import type { SerialLine } from "../protocols/protocol.ts";
import { closeLine, openLine, waited } from "../serial/line.ts";
import { writeText } from "../serial/polling.ts";

/** Most bytes that are kept of one listening: those that came first. */
export const HEARD_BYTES_MAX = 4_096;

/** Longest waits for a port to open and to close, in milliseconds. */
const OPEN_MS_MAX = 2_000;
const CLOSE_MS_MAX = 1_000;

/** An open port that is listened to. */
export interface Ear {
  /** What came since the port was opened or `forget` was called, at most HEARD_BYTES_MAX bytes. */
  bytes(): Uint8Array;
  /** Forgets what came so far. */
  forget(): void;
  /** Listens until `enough` says so at a new byte, or for `ms`. */
  listen(ms: number, enough: (bytes: Uint8Array) => boolean): Promise<void>;
  /** Sends latin1; called at each byte that comes, `reply` may send more. */
  ask(text: string): void;
  /** Called with each piece as it comes. */
  onPiece: (piece: Uint8Array) => void;
  close(): Promise<void>;
}

/** Opens a port for listening; gives the error when it does not open. */
export async function openEar(path: string, line: SerialLine, signal: AbortSignal): Promise<Ear | Error> {
  const opened = await openLine({ path, line, openMsMax: OPEN_MS_MAX, signal });
  return opened instanceof Error ? opened : earOf(opened, signal);
}

function earOf(line: Duplex, signal: AbortSignal): Ear {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let wake = () => {};
  const closed = new AbortController();
  const ear: Ear = {
    bytes: () => Buffer.concat(pieces),
    forget() {
      pieces = [];
      length = 0;
    },
    async listen(ms, enough) {
      const done = new AbortController();
      wake = () => {
        if (enough(ear.bytes())) done.abort();
      };
      wake();
      await waited(ms, AbortSignal.any([done.signal, closed.signal, signal]));
      wake = () => {};
    },
    ask: (text) => void writeText(line, text),
    onPiece: () => {},
    async close() {
      line.removeAllListeners("data");
      await closeLine(line, CLOSE_MS_MAX);
    },
  };
  line.on("data", (piece: Uint8Array) => {
    const kept = piece.subarray(0, HEARD_BYTES_MAX - length);
    pieces.push(kept);
    length += kept.length;
    ear.onPiece(piece);
    wake();
  });
  for (const end of ["close", "end", "error"]) line.on(end, () => closed.abort());
  return ear;
}
