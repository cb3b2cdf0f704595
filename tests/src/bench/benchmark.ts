/** What a benchmark is, and what it is given. */
import type { Row } from "./table.ts";

/** What a benchmark found. */
export interface BenchmarkResult {
  /** Tables for people, each under its title. */
  tables: { title: string; rows: Row[] }[];
  /** The figures for programs. */
  figures: Record<string, unknown>;
  /** What was asserted and does not hold; each makes the exit code 1. A target that is missed is none. */
  failures: string[];
  /** Targets of the design and whether they are met. */
  targets: { target: string; measured: number | null; isMet: boolean }[];
}

/** What a benchmark is given. */
export interface BenchmarkContext {
  /** A shorter run, for a look at whether it works: figures of it mean little. */
  isQuick: boolean;
  /** An empty folder, removed afterwards. */
  dir: string;
  say: (text: string) => void;
  /** Takes down what a benchmark has started, also when it fails or is interrupted. Last in, first out. */
  defer: (undo: () => Promise<void> | void) => void;
  /** Aborted by Ctrl-C and at the time limit. */
  signal: AbortSignal;
  /** Folder for CPU profiles of the services; null for none. */
  profileDir: string | null;
}

/** A benchmark. */
export interface Benchmark {
  /** One line for `--help`. */
  readonly says: string;
  /** Longest run in seconds. Beyond: stopped, exit code 1. */
  readonly secondsMax: number;
  run(context: BenchmarkContext): Promise<BenchmarkResult>;
}
