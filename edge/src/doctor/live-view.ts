/** Live view: what each recognised device says now, in a table that redraws itself in the terminal. */
import { setTimeout as pause } from "node:timers/promises";
import pino from "pino";
import type { RawReading } from "../protocols/protocol.ts";
import { PERHAPS_MIN } from "../protocols/sniff.ts";
import { systemClock } from "../sensing/clock.ts";
import { type Device, startDevice } from "../serial/device.ts";
import type { Finding } from "./finding.ts";
import { inWords } from "./report.ts";

/** Pause between two drawings. */
const DRAW_EVERY_MS = 250;

/** Back to the first column and up, then everything below is wiped: the next drawing takes its place. */
const eraseUp = (lines: number) => `\x1b[${lines}F\x1b[J`;

interface Watched {
  readonly finding: Finding;
  readonly device: Device;
  latest: RawReading | null;
  fault: string | null;
}

/** Draws until the signal aborts; `write` takes text for the terminal. Boards are left out: they have no protocol of ours. */
export async function watch(
  findings: readonly Finding[],
  { write, signal }: { write: (text: string) => void; signal: AbortSignal },
): Promise<void> {
  const watched = findings.flatMap((finding) => (finding.board === null ? watchOne(finding, signal) : []));
  let drawn = 0;
  while (!signal.aborted && watched.length > 0) {
    const lines = tableOf(watched);
    write(`${drawn > 0 ? eraseUp(drawn) : ""}${lines.join("\n")}\n`);
    drawn = lines.length;
    await pause(DRAW_EVERY_MS, undefined, { signal }).catch(() => {});
  }
  await Promise.all(watched.map(({ device }) => device.done));
}

function watchOne(finding: Finding, signal: AbortSignal): Watched[] {
  const [best] = finding.candidates;
  if (best === undefined || best.confidence < PERHAPS_MIN) return [];
  const entry: Watched = {
    finding,
    latest: null,
    fault: null,
    device: startDevice({
      path: finding.path,
      protocol: best.protocol,
      line: finding.line,
      clock: systemClock,
      log: pino({ level: "silent" }),
      signal,
      on(event) {
        if (event.kind === "reading") {
          entry.latest = event.reading;
          entry.fault = null;
        }
        if (event.kind === "fault") entry.fault = event.fault.error;
      },
    }),
  };
  return [entry];
}

const HEADINGS = ["port", "protocol", "readings", "faults", "now"];

function tableOf(watched: readonly Watched[]): string[] {
  const rows = watched.map(({ finding, device, latest, fault }) => [
    finding.path,
    finding.candidates[0]?.protocol.key ?? "",
    String(device.stats.readings),
    String(Object.values(device.stats.faults).reduce((sum, one) => sum + one, 0)),
    fault ?? (latest === null ? "…" : inWords(latest)),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const troubles = watched.flatMap(({ device }) =>
    device.trouble === null ? [] : [`! ${device.trouble.text}`],
  );
  return [line(HEADINGS), ...rows.map(line), ...troubles, "Ctrl-C ends"];
}
