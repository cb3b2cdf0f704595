/** Shared boards: the boards of this process by their path, because several sensors may hang on one. */
import { type BoardOptions, type BoardUser, RunningBoard } from "./board.ts";

/** At most as many as a node has ports; each is left out as soon as its port is closed. */
const boards = new Map<string, { board: RunningBoard; isLeft: boolean }>();

/** A sensor's place on a board. */
export interface Place {
  /** Leaves the board; settles when the sensor is no longer read and, for the last one, when the port is closed. */
  leave(): Promise<void>;
}

/** Takes a place on the board of a path, which is started for the first. The first one's options hold. */
export function joinBoard(options: BoardOptions, user: BoardUser): Place {
  const entry = entryFor(options);
  const { board } = entry;
  board.add(user);
  return {
    async leave() {
      board.remove(user);
      if (board.isUsed) return;
      entry.isLeft = true;
      await board.done;
      if (boards.get(options.path) === entry) boards.delete(options.path);
    },
  };
}

function entryFor(options: BoardOptions) {
  const before = boards.get(options.path);
  if (before !== undefined && !before.isLeft) return before;
  // A board that is being closed still holds the port.
  const free = before?.board.done ?? Promise.resolve();
  const entry = { board: new RunningBoard(options, free), isLeft: false };
  boards.set(options.path, entry);
  return entry;
}
