/**
 * Command `calibrate`: measures the distances of the empty and of the full bin and writes them into the configuration.
 *
 *   calibrate BIN [empty|full] --config FILE
 *
 * Without `empty` or `full` it asks for both, one after the other. Ends with code 0 when all was written, 1 when not.
 */
import { createInterface, type Interface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { type BinSensorPort, portFault } from "@jumpa-madu/contracts/node-config";
import { DISTANCES, runCalibration } from "./calibration-run.ts";
import { portsIn, setBin } from "./config-file.ts";
import type { Terminal } from "./doctor.ts";

const USAGE = `npm run -s edge -- calibrate BIN [empty|full] --config FILE
  BIN             the bin, as the configuration names it
  empty, full     measure only this; without it both, one after the other
  --config FILE   configuration of the agent; default the one that EDGE_CONFIG names
The agent must not run meanwhile: it holds the port.`;

const STEPS = ["empty", "full"] as const;
type Step = (typeof STEPS)[number];

const ASK: Record<Step, string> = {
  empty: "Empty the bin and close its lid. Then press Enter. ",
  full: "Fill the bin, or hold a board where it counts as full. Then press Enter. ",
};

/** What the command stands on beside the terminal. `input` gives the lines that a person types. */
export interface CalibrateParts extends Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly environment: Partial<Record<string, string>>;
}

/** Runs the command; gives its exit code: 0 written, 1 not, 2 called wrongly. */
export async function runCalibrate(args: string[], parts: CalibrateParts): Promise<number> {
  const { out, err, signal } = parts;
  const asked = parse(args, parts.environment.EDGE_CONFIG);
  if (!asked.ok) {
    err(`${asked.fault}\n${USAGE}\n`);
    return 2;
  }
  if (asked.help) {
    out(`${USAGE}\n`);
    return 0;
  }
  const { bin, file, steps, isAsked } = asked;
  const found = findPort(file, bin);
  if (!found.ok) {
    err(`${found.fault}\n`);
    return 1;
  }
  const other = STEPS.find((step) => !steps.includes(step));
  if (other !== undefined && found.port.calibration === undefined) {
    err(`${bin} has no calibration yet, and both distances are needed: call it without "${steps.join()}"\n`);
    return 1;
  }
  const measured: Partial<Record<Step, number>> = {};
  const questions = isAsked ? createInterface({ input: parts.input }) : null;
  const ended = new AbortController();
  questions?.once("close", () => ended.abort());
  try {
    for (const step of steps) {
      if (questions !== null) {
        err(ASK[step]);
        if (!(await isEnterPressed(questions, AbortSignal.any([signal, ended.signal])))) {
          const why = signal.aborted ? "stopped" : "nobody can press Enter here: call it from a terminal";
          err(`\n${why}; nothing is written\n`);
          return 1;
        }
      }
      const run = await runCalibration(found.port, {
        signal,
        onDistance: (count, mm) => err(`\r${step}: ${count}/${DISTANCES}  ${mm} mm   `),
      });
      err("\n");
      if (!run.ok) {
        err(`${step}: ${run.fault}\n`);
        return 1;
      }
      out(`${step}: ${run.distanceMm} mm\n`);
      measured[step] = run.distanceMm;
    }
  } finally {
    questions?.close();
  }
  return write({ file, port: found.port, measured }, parts);
}

/** Waits for Enter; false when the signal aborts, as it does at the end of the input. */
async function isEnterPressed(questions: Interface, signal: AbortSignal): Promise<boolean> {
  try {
    await questions.question("", { signal });
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

function parse(
  args: string[],
  configured: string | undefined,
):
  | { ok: true; help: boolean; bin: string; file: string; steps: readonly Step[]; isAsked: boolean }
  | { ok: false; fault: string } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { config: { type: "string" }, help: { type: "boolean", short: "h", default: false } },
    });
    const { help } = values;
    if (help) return { ok: true, help, bin: "", file: "", steps: [], isAsked: false };
    const [bin, word, ...rest] = positionals;
    const file = values.config ?? configured;
    const step = STEPS.find((one) => one === word);
    if (bin === undefined) return { ok: false, fault: "name the bin" };
    if (file === undefined || file === "")
      return { ok: false, fault: "name the configuration: --config FILE" };
    if (rest.length > 0 || (word !== undefined && step === undefined)) {
      return { ok: false, fault: `after the bin comes empty, full or nothing, not "${word ?? ""}"` };
    }
    return {
      ok: true,
      help,
      bin,
      file,
      steps: step === undefined ? STEPS : [step],
      isAsked: step === undefined,
    };
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : "cannot read the arguments" };
  }
}

function findPort(
  file: string,
  bin: string,
): { ok: true; port: BinSensorPort } | { ok: false; fault: string } {
  const read = portsIn(file);
  if (!read.ok) return read;
  const bins = read.ports.flatMap((port) => ("bin" in port ? [port] : []));
  const port = bins.find((one) => one.bin === bin);
  if (port !== undefined) return { ok: true, port };
  const names = bins.map((one) => one.bin).join(", ");
  return { ok: false, fault: `${file} has no bin ${bin}; it has ${names === "" ? "none" : names}` };
}

/** Writes what was measured, unless the two distances cannot be those of one bin. */
function write(
  { file, port, measured }: { file: string; port: BinSensorPort; measured: Partial<Record<Step, number>> },
  { out, err }: Terminal,
): number {
  const emptyMm = measured.empty ?? port.calibration?.empty_mm;
  const fullMm = measured.full ?? port.calibration?.full_mm;
  if (emptyMm === undefined || fullMm === undefined) {
    const missing = emptyMm === undefined ? "empty" : "full";
    err(
      `nothing is written yet: both distances are needed; measure them together, without "${missing === "empty" ? "full" : "empty"}"\n`,
    );
    return 1;
  }
  const calibration = { empty_mm: emptyMm, full_mm: fullMm };
  const fault = portFault({ ...port, calibration });
  if (fault !== null) {
    err(`not written: ${fault}. Measure again: first the empty bin, then the full one\n`);
    return 1;
  }
  const change = setBin(file, port.bin, { calibration });
  if (!change.ok) {
    err(`not written: ${change.fault}\n`);
    return 1;
  }
  out(`${JSON.stringify({ bin: port.bin, calibration })}\n`);
  err(
    `${change.done}. Where the city configures the node, enter the same distances there: its configuration wins\n`,
  );
  return 0;
}
