/** Board session: johnny-five and firmata-io on one opening of a line, from the first byte until it is taken down. */
import type { Duplex } from "node:stream";
import { type Board, type BoardLibrary, boardLibrary, type Firmata } from "./board-library.ts";
import { BoardTransport, type Heard } from "./board-transport.ts";

/** Pause between two readings of an analog channel. The bin's own median follows, so that more would not help. */
const SAMPLING_MS = 100;

/** Waits of a session, in milliseconds. */
export interface SessionTiming {
  /** For a board that its port does not reset to speak by itself; then it is asked. */
  readonly askAfterMs: number;
  /** For a board to tell its pins. */
  readonly readyMsMax: number;
}

/** A board that is connected, or being so. */
export interface BoardSession {
  readonly library: BoardLibrary;
  readonly io: Firmata;
  readonly board: Board;
  readonly isReady: boolean;
  /** Takes bytes from the line. */
  hear(chunk: Uint8Array): Heard;
  /** Takes the board down: no timer and no listener of it is left; the line is the caller's. */
  end(): void;
}

/** Connects to the board at the other end of an open line; `onReady` is called once. Throws when johnny-five does not load. */
export function connectBoard(
  line: Duplex,
  { askAfterMs, readyMsMax }: SessionTiming,
  onReady: () => void,
): BoardSession {
  const library = boardLibrary();
  const transport = new BoardTransport(line);
  const io = new library.Firmata(transport, {
    reportVersionTimeout: askAfterMs,
    samplingInterval: SAMPLING_MS,
  });
  // Its own time limit is never reached: the caller has one, and takes the board down at it.
  const timeout = 2 * readyMsMax;
  const board = new library.Board({ io, repl: false, debug: false, sigint: false, timeout });
  let isReady = false;
  let hasTold = false;
  // Without a listener an `error` event would end the process. The only one there is comes with the time limit above.
  board.on("error", () => {});
  board.once("ready", () => {
    isReady = true;
  });
  transport.open();
  return {
    library,
    io,
    board,
    get isReady() {
      return isReady;
    },
    hear(chunk) {
      const heard = transport.hear(chunk, io);
      // Told from here and not from the event, so that what sensors do at once is not caught as firmata-io's failure.
      if (isReady && !hasTold) {
        hasTold = true;
        onReady();
      }
      return heard;
    },
    end() {
      transport.end();
      clearTimeout(io.reportVersionTimeoutId);
      if (board.timer !== null) clearTimeout(board.timer);
      board.removeAllListeners();
      io.removeAllListeners();
    },
  };
}
