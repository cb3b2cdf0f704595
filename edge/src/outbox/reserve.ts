/**
 * A file of zeros beside the outbox, given up when the disk is full.
 *
 * Deleting rows writes to SQLite's log before it frees a page, so a disk without a single free block could not even be
 * tidied. The reserve is that free block.
 */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/** Bytes written at a time. */
const PIECE_BYTES = 64 * 1024;

/** The reserve is only made when the disk has this many times its size free, so that it never fills the disk itself. */
const ROOM_FACTOR = 4;

export interface Reserve {
  /** Gives the space back to the disk. False when there was none to give. */
  release(): boolean;
  /** True when it is gone and the disk has less room than it would take: every block counts now. */
  isNeeded(): boolean;
  /** Makes the file again when it is missing and the disk has plenty of room. */
  restore(): void;
}

/** The reserve at `path`. Of `bytes` 0 it does nothing. */
export function reserveAt(path: string, bytes: number): Reserve {
  const present = (): boolean => statSync(path, { throwIfNoEntry: false })?.size === bytes;
  const freeBytes = (): number => {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  };
  return {
    release() {
      if (bytes === 0 || statSync(path, { throwIfNoEntry: false }) === undefined) return false;
      rmSync(path);
      return true;
    },
    isNeeded: () => bytes > 0 && !present() && freeBytes() < bytes,
    restore() {
      if (bytes > 0 && !present() && freeBytes() >= ROOM_FACTOR * bytes) fill(path, bytes);
    },
  };
}

/** Writes real zeros: a sparse file would hold no blocks. */
function fill(path: string, bytes: number): void {
  const file = openSync(path, "w", 0o600);
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    for (let written = 0; written < bytes; written += PIECE_BYTES) writeSync(file, piece);
    ftruncateSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
