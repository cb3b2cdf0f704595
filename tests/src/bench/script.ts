/** Runs a script of the benchmarks in a process of its own and reads the one JSON line that it prints. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/** Runs `script` with an order as its argument. Throws when it exits with another code than 0. Killed when `signal` aborts. */
export async function runScript(
  script: URL,
  order: object,
  options: { signal: AbortSignal; nodeOptions?: string[] },
): Promise<unknown> {
  const args = [...(options.nodeOptions ?? []), script.pathname, JSON.stringify(order)];
  const child = spawn(process.execPath, args, {
    stdio: ["ignore", "pipe", "inherit"],
    signal: options.signal,
    killSignal: "SIGKILL",
  });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  const [code, out] = await Promise.all([exit, text(child.stdout)]);
  if (code !== 0) throw new Error(`${script.pathname} ended with code ${code}`);
  return JSON.parse(out);
}
