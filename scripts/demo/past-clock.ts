/**
 * Loaded into the api before all else while the demo tells its past: sets the clock of the process to what stdin says, one moment in
 * milliseconds a line, and answers each on stdout. The clock goes on from there.
 */
import { createInterface } from "node:readline";

const trueNowMs = Date.now;
let offsetMs = 0;
Date.now = () => trueNowMs() + offsetMs;

const orders = createInterface({ input: process.stdin });
orders.on("line", (line) => {
  offsetMs = Number(line) - trueNowMs();
  process.stdout.write(`clock ${line}\n`);
});
// The orders alone keep no process alive.
if ("unref" in process.stdin) process.stdin.unref();
