/** What a process has used, as Linux tells it under /proc. */
import { readFileSync } from "node:fs";

/** Clock ticks of /proc/PID/stat in a second: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_S = 100;

const KIB_PER_MIB = 1024;

/** CPU time since the process began, and its largest resident set. */
export interface ProcessFigures {
  cpuS: number;
  peakRssMib: number;
}

/** Figures of a process that runs. Throws when there is none of this id. */
export function figuresOf(pid: number): ProcessFigures {
  return {
    cpuS: parseCpuS(readFileSync(`/proc/${pid}/stat`, "utf8")),
    peakRssMib: parsePeakRssMib(readFileSync(`/proc/${pid}/status`, "utf8")),
  };
}

/** User and system time of `/proc/PID/stat` in seconds: fields 14 and 15 of proc(5). */
export function parseCpuS(stat: string): number {
  // The second field is the program's name in brackets, which may hold blanks and brackets of its own.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}

/** `VmHWM` of `/proc/PID/status` in MiB. */
export function parsePeakRssMib(status: string): number {
  const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kib === undefined) throw new RangeError("no VmHWM");
  return Number(kib) / KIB_PER_MIB;
}

/** Follows several processes by name from now on. */
export function meterOf(pids: Record<string, number>): () => Record<string, ProcessFigures> {
  const before = Object.entries(pids).map(([name, pid]) => ({ name, pid, cpuS: figuresOf(pid).cpuS }));
  return () =>
    Object.fromEntries(
      before.map(({ name, pid, cpuS }) => {
        const now = figuresOf(pid);
        return [name, { ...now, cpuS: Math.round((now.cpuS - cpuS) * 100) / 100 }];
      }),
    );
}
