/**
 * Command `doctor`: what hangs on the serial ports, and how to configure it.
 *
 *   doctor [PATH...] [--json] [--watch] [--listen S] [--write FILE] [--name NAME]
 *
 * Without paths it examines every port that the system lists. Ends with code 0 when every port was recognised, 1 when not.
 */
import { parseArgs } from "node:util";
import { isName } from "@jumpa-madu/contracts/ids";
import { putPort, putReader } from "./config-file.ts";
import { examinePort } from "./examination.ts";
import { type Finding, isSure } from "./finding.ts";
import { watch } from "./live-view.ts";
import { listPorts } from "./port-list.ts";
import { toJson, toLines, verdictOf } from "./report.ts";
import { placeOf, stanzaOf } from "./stanza.ts";

/** Longest time for which a silent port is listened to, in seconds. */
const LISTEN_S_MAX = 600;

const USAGE = `npm run -s edge -- doctor [PATH...]      examine these ports, or all that the system lists
  --json            the findings as one line of JSON each
  --watch           go on showing what the devices say, until Ctrl-C
  --listen S        keep listening this many seconds for a device that sends only at the press of a key
  --write FILE      put the stanza of the port into this configuration of the agent; needs one PATH
  --name NAME       the scale or bin of the stanza, such as scale-1: lower-case letters, digits and hyphens
A port takes up to ten seconds, twenty when what it says makes no sense.
Ends with code 0 when every port was recognised, 1 when not, 2 when called wrongly.`;

/** Where a command writes, and what ends it. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly signal: AbortSignal;
}

/** Runs the command; gives its exit code: 0 all recognised, 1 not, 2 called wrongly. */
export async function runDoctor(args: string[], { out, err, signal }: Terminal): Promise<number> {
  const asked = parse(args);
  if (!asked.ok) {
    err(`${asked.fault}\n${USAGE}\n`);
    return 2;
  }
  const { paths, options } = asked;
  if (options.help) {
    out(`${USAGE}\n`);
    return 0;
  }
  const listed = paths.length > 0 ? paths : await listedPaths(err);
  if (listed.length === 0) {
    err(
      "There is no serial port. Plug a device in, or name a port: doctor /dev/ttyUSB0 or doctor tcp://host:port\n",
    );
    return 1;
  }
  const findings: Finding[] = [];
  for (const path of listed) {
    err(`${path}: listening…\n`);
    const finding = await listenOn(path, options.listenS, signal);
    if (signal.aborted) return 1;
    findings.push(finding);
    out(options.json ? `${JSON.stringify(toJson(finding))}\n` : `${toLines(finding).join("\n")}\n`);
    if (!options.json) showStanza(finding, options.name, out);
  }
  const written = options.write === undefined ? true : write(findings, options, { out, err });
  if (options.watch) await watch(findings, { write: out, signal });
  const all = findings.every((finding) => verdictOf(finding) === "recognised");
  return all && written ? 0 : 1;
}

interface Options {
  help: boolean;
  json: boolean;
  watch: boolean;
  listenS: number;
  write: string | undefined;
  name: string | undefined;
}

function parse(
  args: string[],
): { ok: true; paths: string[]; options: Options } | { ok: false; fault: string } {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        watch: { type: "boolean", default: false },
        listen: { type: "string", default: "0" },
        write: { type: "string" },
        name: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    const listenS = Number(values.listen);
    if (!(listenS >= 0 && listenS <= LISTEN_S_MAX)) {
      return { ok: false, fault: `--listen must be 0 to ${LISTEN_S_MAX} seconds` };
    }
    if (values.write !== undefined && positionals.length !== 1) {
      return { ok: false, fault: "--write needs exactly one PATH" };
    }
    const { json, watch: live, write: file, name, help } = values;
    if (positionals.includes(""))
      return { ok: false, fault: "a PATH is empty; name a port such as /dev/ttyUSB0" };
    if (name !== undefined && !isName(name)) {
      return {
        ok: false,
        fault: `--name may be 1 to 64 lower-case letters, digits and hyphens, not "${name}"`,
      };
    }
    if (json && live) return { ok: false, fault: "--json and --watch do not go together; leave one out" };
    return { ok: true, paths: positionals, options: { help, json, watch: live, listenS, write: file, name } };
  } catch (error) {
    return { ok: false, fault: error instanceof Error ? error.message : "cannot read the arguments" };
  }
}

async function listedPaths(err: Terminal["err"]): Promise<string[]> {
  const ports = await listPorts();
  for (const { path, adapter } of ports) err(`${path}  ${adapter}\n`);
  return ports.map(({ path }) => path);
}

/** Examines a port, again and again while it is silent and time is left. */
async function listenOn(path: string, listenS: number, signal: AbortSignal): Promise<Finding> {
  const untilMs = performance.now() + listenS * 1_000;
  let finding = await examinePort(path, signal);
  while (!isSure(finding) && finding.trouble === null && performance.now() < untilMs && !signal.aborted) {
    finding = await examinePort(path, signal);
  }
  return finding;
}

function showStanza(finding: Finding, name: string | undefined, out: Terminal["out"]): void {
  const stanza = stanzaOf(finding, name);
  if (stanza === null) return;
  const place = placeOf(finding) === "ports" ? "" : ` of ${placeOf(finding)}`;
  out(`  stanza${place}: ${JSON.stringify(stanza)}\n`);
}

function write(
  [finding]: readonly Finding[],
  { write: file = "", name }: Options,
  { out, err }: Pick<Terminal, "out" | "err">,
): boolean {
  const stanza = finding === undefined ? null : stanzaOf(finding, name);
  if (finding === undefined || stanza === null) {
    err("nothing was recognised, so nothing was written\n");
    return false;
  }
  const change = placeOf(finding) === "ports" ? putPort(file, stanza) : putReader(file, stanza);
  if (change.ok) out(`${change.done}\n`);
  else err(`not written: ${change.fault}\n`);
  return change.ok;
}
