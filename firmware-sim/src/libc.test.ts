import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { expect, onTestFinished, test } from "vitest";
import { masterState, openMaster, openSlave } from "./libc.ts";

/** Time in which hundreds of signals arrive. Many more would fill the pipe in which Node keeps them, and its own with them. */
const LOOKING_MS = 1_500;

test("a signal that arrives during a look, such as the end of a child process, does not spoil it", async () => {
  const { master, slavePath } = openMaster();
  const slave = openSlave(slavePath);
  const ignore = () => undefined;
  process.on("SIGUSR2", ignore);
  const script = `echo; while kill -USR2 ${process.pid} 2>/dev/null; do sleep 0.001; done`;
  const sender = spawn("/bin/sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
  onTestFinished(async () => {
    sender.kill("SIGKILL");
    await once(sender, "exit");
    process.off("SIGUSR2", ignore);
    closeSync(slave);
    closeSync(master);
  });
  await once(sender.stdout, "data");
  const states = new Set<string>();
  for (const endMs = performance.now() + LOOKING_MS; performance.now() < endMs; ) {
    states.add(JSON.stringify(masterState(master)));
  }
  expect([...states]).toEqual([JSON.stringify({ readable: false, hungUp: false })]);
});
