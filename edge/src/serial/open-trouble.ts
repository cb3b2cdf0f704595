/** Open trouble: why a port does not open, found by looking at it, and what a person can do about it. */
import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { isatty } from "node:tty";
import { parsePortPath } from "@jumpa-madu/contracts/port-path";
import type { Trouble } from "./trouble.ts";

/** Looks at a path that could not be opened. `cause` is the error of the attempt. */
export async function examinePath(path: string, cause: Error): Promise<Trouble> {
  const parsed = parsePortPath(path);
  if (!parsed.ok) return { code: "port_missing", text: parsed.fault };
  if (parsed.place.kind === "tcp") {
    return {
      code: "port_missing",
      text: `${path}: the serial server does not answer; check its power, its network cable, address and port`,
    };
  }
  if (!(await isAllowed(path, constants.F_OK))) {
    return {
      code: "port_missing",
      text: `${path} is not there: plug the device in, or name another port; those that are there: npm run -s edge -- doctor`,
    };
  }
  if (!(await isAllowed(path, constants.R_OK | constants.W_OK))) {
    return {
      code: "port_forbidden",
      text: `${path} may not be opened: add the user that runs the agent to the group dialout, then start it again`,
    };
  }
  if (!(await isTerminal(path))) {
    return {
      code: "port_missing",
      text: `${path} is no serial port: name one such as /dev/ttyUSB0; those that are there: npm run -s edge -- doctor`,
    };
  }
  return {
    code: "port_busy",
    text: `${path} is in use or refuses: close the other program that holds it (fuser ${path}), or check baud and parity (${cause.message.slice(0, 80)})`,
  };
}

/** True when what is at the path is a terminal, as serial ports are, or cannot be opened to see. Never rejects. */
async function isTerminal(path: string): Promise<boolean> {
  try {
    const opened = await open(path, constants.O_RDONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
    try {
      return isatty(opened.fd);
    } finally {
      await opened.close();
    }
  } catch {
    return true;
  }
}

/** Tells whether a port's path exists; a serial server is taken to exist. Never rejects. */
export async function isThere(path: string): Promise<boolean> {
  const parsed = parsePortPath(path);
  return !parsed.ok || parsed.place.kind === "tcp" || (await isAllowed(path, constants.F_OK));
}

async function isAllowed(path: string, mode: number): Promise<boolean> {
  try {
    await access(path, mode);
    return true;
  } catch {
    return false;
  }
}
