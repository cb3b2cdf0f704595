/**
 * A disk that can be filled to its last block. As root it is a real file system, in memory. Without root there is none
 * to be had: the outbox's own limit of its file stands in for it, and the test says so.
 */
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EdgeAgent } from "../system/edge-agent.ts";

const MIB = 1024 * 1024;

/** Size of the real file system, in bytes. */
const DISK_BYTES = 10 * MIB;

/** Least limit of the outbox file that can be configured, in MiB, and bytes of a page of it. */
const FILE_MIB = 4;
const PAGE_BYTES = 4096;

const PIECE = Buffer.alloc(64 * 1024);

export interface SmallDisk {
  /** Where the agent keeps its data. */
  readonly folder: string;
  /** Settings that the agent needs for it. */
  readonly limits: Record<string, number>;
  /** Takes every block that is free, as another program's log would. */
  fill(edge: EdgeAgent): Promise<void>;
  /** Gives back all that `fill` took. */
  free(edge: EdgeAgent): Promise<void>;
  remove(): void;
}

/** Makes a small disk at `folder`. */
export function makeSmallDisk(folder: string): SmallDisk {
  mkdirSync(folder, { recursive: true });
  if (process.getuid?.() === 0) return mounted(folder);
  process.stderr.write(
    "not root: no file system can be mounted, the outbox's own limit stands in for a full disk\n",
  );
  return limited(folder);
}

function mounted(folder: string): SmallDisk {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${DISK_BYTES}`, "tmpfs", folder]);
  const filler = join(folder, "filler");
  return {
    folder,
    limits: { reserve_mib: 1 },
    async fill() {
      const file = openSync(filler, "a");
      try {
        for (let bytes = PIECE.length; bytes > 0; ) bytes = writeSome(file, bytes);
      } finally {
        closeSync(file);
      }
    },
    free: async () => rmSync(filler, { force: true }),
    // Lazily: an agent that a failed test left running may still hold a file.
    remove: () => void execFileSync("umount", ["--lazy", folder]),
  };
}

/** Writes a piece of `bytes`; answers the size of the next one, 0 when not even a block is left. */
function writeSome(file: number, bytes: number): number {
  try {
    writeSync(file, PIECE, 0, bytes);
    return bytes;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    return Math.floor(bytes / 16);
  }
}

/** The agent locks its file, so it is stopped while a table of zeros is put in or taken out. */
function limited(folder: string): SmallDisk {
  const whileStopped = async (edge: EdgeAgent, change: (database: DatabaseSync) => void) => {
    await edge.stop();
    const database = new DatabaseSync(edge.outboxFile);
    database.exec(`PRAGMA max_page_count = ${(FILE_MIB * MIB) / PAGE_BYTES}`);
    change(database);
    database.close();
    await edge.start();
  };
  return {
    folder,
    limits: { reserve_mib: 1, file_mib: FILE_MIB },
    fill: (edge) =>
      whileStopped(edge, (database) => {
        database.exec("CREATE TABLE IF NOT EXISTS filler (zeros BLOB) STRICT");
        for (let bytes = PIECE.length; bytes > 0; ) bytes = insertSome(database, bytes);
      }),
    free: (edge) => whileStopped(edge, (database) => database.exec("DROP TABLE IF EXISTS filler")),
    remove: () => undefined,
  };
}

/** Inserts a row of `bytes`; answers the size of the next one, 0 when not even a small one fits. */
function insertSome(database: DatabaseSync, bytes: number): number {
  try {
    database.prepare("INSERT INTO filler VALUES (zeroblob(?))").run(bytes);
    return bytes;
  } catch (error) {
    if (!(error instanceof Error && /full/.test(error.message))) throw error;
    return Math.floor(bytes / 16);
  }
}
