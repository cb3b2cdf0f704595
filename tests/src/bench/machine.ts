/** What a benchmark ran on. */
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

const BYTES_PER_GIB = 1024 ** 3;

/** The machine and how busy it was when it was asked. */
export interface Machine {
  cpu: string;
  cores: number;
  memory_gib: number;
  node: string;
  /** Average number of processes that wanted a core in the last minute. */
  load_1min: number;
}

/** Describes this machine now. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory_gib: Math.round((totalmem() / BYTES_PER_GIB) * 10) / 10,
    node: process.version,
    load_1min: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}

/** The machine in one line. */
export function machineWords({ cpu, cores, memory_gib, node, load_1min }: Machine): string {
  return `${cpu}, ${cores} cores, ${memory_gib} GiB, Node ${node}, load ${load_1min}`;
}
