/** The agent's configuration file, changed by one port at a time and never left half written. */
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { CodeReader, type Port, portsFault } from "@jumpa-madu/contracts/node-config";
import { checkPort } from "@jumpa-madu/contracts/port-check";
import { checkerOf } from "@jumpa-madu/contracts/validate";

const readerChecker = checkerOf(CodeReader);

/** Outcome of a change: what was done, or what stands against it and what to do, in words. */
export type Change = { ok: true; done: string } | { ok: false; fault: string };

/** Puts a port into the file: in place of the one on the same path, if there is one, else at the end. */
export function putPort(file: string, stanza: Record<string, unknown>): Change {
  return changePorts(file, (ports) => {
    const isSame = (one: unknown) => memberOf(one, "path") === stanza.path && !isOtherPin(one, stanza);
    const index = ports.findIndex(isSame);
    return index < 0 ? [...ports, stanza] : ports.with(index, stanza);
  });
}

/** Puts a reader of codes into the profile of the file: in place of the one on the same path, if there is one, else at the end. */
export function putReader(file: string, stanza: Record<string, unknown>): Change {
  const read = readConfig(file);
  if (!read.ok) return read;
  const profile = memberOf(read.config, "profile") ?? {};
  const before = memberOf(profile, "readers") ?? [];
  if (typeof profile !== "object" || !Array.isArray(before)) {
    return { ok: false, fault: `${file}: profile.readers is no list; mend it by hand` };
  }
  const checked = readerChecker.check(stanza);
  if (!checked.ok) return { ok: false, fault: checked.faults.join("; ") };
  if (read.ports.some((one) => memberOf(one, "path") === stanza.path)) {
    return {
      ok: false,
      fault: `path ${String(stanza.path)} is that of a port as well; take that port out first`,
    };
  }
  const others = before.filter((one) => memberOf(one, "path") !== stanza.path);
  return replace(file, { ...read.config, profile: { ...profile, readers: [...others, checked.value] } });
}

/** Sets members of the port of a bin. */
export function setBin(file: string, bin: string, members: Record<string, unknown>): Change {
  return changePorts(file, (ports) => {
    if (!ports.some((one) => memberOf(one, "bin") === bin)) return null;
    return ports.map((one) => (memberOf(one, "bin") === bin ? Object.assign({}, one, members) : one));
  });
}

/** Ports that a file configures; those that the contract refuses are left out. */
export function portsIn(file: string): { ok: true; ports: Port[] } | { ok: false; fault: string } {
  const read = readConfig(file);
  if (!read.ok) return read;
  const ports = read.ports.flatMap((one) => {
    const checked = checkPort(one);
    return checked.ok ? [checked.value] : [];
  });
  return { ok: true, ports };
}

function changePorts(file: string, change: (ports: unknown[]) => unknown[] | null): Change {
  const read = readConfig(file);
  if (!read.ok) return read;
  const ports = change(read.ports);
  if (ports === null)
    return { ok: false, fault: `${file} has no port of that bin; let the doctor write one first` };
  const checked = ports.map((one, index) => checkPort(one, `/ports/${index}`));
  const faults = checked.flatMap((one) => (one.ok ? [] : one.faults));
  if (faults.length > 0) return { ok: false, fault: faults.join("; ") };
  const fault = portsFault(checked.flatMap((one) => (one.ok ? [one.value] : [])));
  if (fault !== null) return { ok: false, fault };
  return replace(file, { ...read.config, ports });
}

function readConfig(
  file: string,
): { ok: true; config: object; ports: unknown[] } | { ok: false; fault: string } {
  const text = textOf(file);
  if (typeof text !== "string") return text;
  const config = parseJson(text);
  if (config === undefined) {
    return { ok: false, fault: `${file} is not JSON: mend it by hand, or bring back a copy of it` };
  }
  const ports = memberOf(config, "ports") ?? [];
  if (typeof config !== "object" || config === null || Array.isArray(config) || !Array.isArray(ports))
    return {
      ok: false,
      fault: `${file} is no configuration of the agent: not an object with a list of ports`,
    };
  return { ok: true, config, ports };
}

function textOf(file: string): string | { ok: false; fault: string } {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = codeOf(error);
    return { ok: false, fault: `${file} ${READ_ADVICE[code] ?? "cannot be read"} (${code})` };
  }
}

/** What a person can do about a file that cannot be read. */
const READ_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: "is not there: name the configuration of the agent, the file that EDGE_CONFIG names",
  EACCES: "may not be read: call this as the user that runs the agent",
  EISDIR: "is a folder: name the configuration of the agent in it",
};

/** The parser's own message would quote the text, and with it the secret. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Writes beside the file, then puts it in its place: a power cut leaves the old or the new one. Mode and owner stay those of the
 * file, and a link stays a link. Nothing is left behind when it cannot be written.
 */
function replace(file: string, config: object): Change {
  let beside: string | null = null;
  try {
    const real = realpathSync(file);
    const { mode, uid, gid } = statSync(real);
    const descriptor = openSync(`${real}.new`, "w", 0o600);
    beside = `${real}.new`;
    try {
      writeFileSync(descriptor, `${JSON.stringify(config, null, 2)}\n`);
      fsyncSync(descriptor);
      fchownSync(descriptor, uid, gid);
      fchmodSync(descriptor, mode & 0o7777);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, real);
    return { ok: true, done: `${file} written; start the agent again` };
  } catch (error) {
    if (beside !== null) rmSync(beside, { force: true });
    const code = codeOf(error);
    return { ok: false, fault: `${file}: ${WRITE_ADVICE[code] ?? "the system refuses"} (${code})` };
  }
}

/** What a person can do about a file that cannot be written. */
const WRITE_ADVICE: Readonly<Record<string, string>> = {
  EROFS: "its disk is read-only; mount it for writing, or put the stanza in by hand",
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk is full; free some space",
  EACCES: "its folder may not be written; call this as the user that owns it",
  EPERM: "its owner could not be kept; call this as the user that owns it",
  EISDIR: "a folder of the same name with .new is in the way; remove it",
};

function codeOf(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return typeof code === "string" ? code : "no code";
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

/** The ports of one board share its path and differ by their bin. */
function isOtherPin(one: unknown, stanza: Record<string, unknown>): boolean {
  return memberOf(one, "protocol") === "firmata" && memberOf(one, "bin") !== stanza.bin;
}
