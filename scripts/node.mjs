/**
 * Runs a program of the house with a Node that is new enough: this one, or the one that `npm ci` has brought.
 *
 * npm 11 puts that Node first on the PATH of scripts by itself; npm 10 takes it away again when the one for the other
 * processor cannot be installed. So this file is plain JavaScript that any Node since 18 can run.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** First Node that strips types and has argon2, as `engines` says. */
const WANTED = [24, 7];

const parameters = process.argv.slice(2);
const node = findNode();
const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ""}` };

// A Node that can become the program does; an older one stays beside it and passes signals on.
if (typeof process.execve === "function") process.execve(node, [node, ...parameters], env);
else runBeside();

function runBeside() {
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  // The program asks after whoever started this process, which it cannot see behind it.
  const child = spawn(node, parameters, {
    stdio: "inherit",
    env: { ...env, LAUNCHED_BY: String(process.ppid) },
  });
  // On a terminal both are told at once, and the program takes it once.
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    process.stderr.write(`${node} cannot be started: ${error.message}\n`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of signals) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

function findNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [wantedMajor, wantedMinor] = WANTED;
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return process.execPath;
  const brought = join(
    import.meta.dirname ?? dirname(new URL(import.meta.url).pathname),
    "..",
    "node_modules",
  );
  const path = join(brought, `node-${process.platform}-${process.arch}`, "bin", "node");
  if (existsSync(path)) return path;
  process.stderr.write(
    `This needs Node ${WANTED.join(".")} or newer; this is ${process.versions.node}. On Linux x64 and arm64 "npm ci" brings one; elsewhere install it.\n`,
  );
  process.exit(1);
}
