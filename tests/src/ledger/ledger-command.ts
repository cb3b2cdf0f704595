/** Runs `npm run -s ledger`'s program as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const PROGRAM = join(import.meta.dirname, "../../../treasury/src/ledger.ts");

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Starts the command; `ended` resolves with what it said. */
export function startLedger(
  databaseUrl: string,
  ...args: string[]
): { process: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH ?? "", DATABASE_URL: databaseUrl },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const code = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  const ended = Promise.all([code, text(child.stdout), text(child.stderr)]).then(
    ([code, stdout, stderr]) => ({
      code,
      stdout,
      stderr,
    }),
  );
  return { process: child, ended };
}

/** Runs the command to its end. */
export function ledger(databaseUrl: string, ...args: string[]): Promise<Ended> {
  return startLedger(databaseUrl, ...args).ended;
}
