import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { payoutBody } from "./sim-fixture.ts";

const main = fileURLToPath(new URL("./main.ts", import.meta.url));

interface Program {
  child: ChildProcess;
  exited: Promise<number | null>;
  stderr(): string;
}

function run(...args: string[]): Program {
  const child = spawn(process.execPath, [main, ...args]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let stderr = "";
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  const exited = once(child, "exit").then(([code]) => (typeof code === "number" ? code : null));
  return { child, exited, stderr: () => stderr };
}

async function readyOf({ child }: Program): Promise<Record<string, string>> {
  if (!child.stdout) throw new Error("no stdout");
  const [line] = await once(createInterface(child.stdout), "line");
  return JSON.parse(String(line));
}

async function payAt(ready: Record<string, string>, key: string) {
  const answer = await fetch(`${ready.url}/v2/payouts`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${ready.xenditSecretKey}:`)}`, "idempotency-key": key },
    body: JSON.stringify(payoutBody()),
  });
  return { status: answer.status, json: (await answer.json()) as { id: string } };
}

test("says in one line where it is and how to speak with it, and ends on SIGTERM", async () => {
  const program = run("--port", "0", "--seed", "1", "--webhook", "http://127.0.0.1:9/x");
  const ready = await readyOf(program);
  expect(ready).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    controlUrl: `${ready.url}/_control`,
    xenditSecretKey: expect.stringMatching(/^xnd_development_/),
    xenditCallbackToken: expect.any(String),
    flipSecretKey: expect.any(String),
    flipToken: expect.any(String),
  });
  expect((await payAt(ready, "key-1")).status).toBe(200);
  program.child.kill("SIGTERM");
  expect(await program.exited).toBe(0);
  expect(program.stderr()).toBe("");
});

test("a kill -9 forgets no payout that was answered, and pays none twice", async () => {
  const folder = mkdtempSync(join(tmpdir(), "provider-sim-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const args = ["--seed", "1", "--state", join(folder, "book.jsonl"), "--speed", "1"];
  const ids = new Map<string, string>();
  for (let round = 0; round < 4; round += 1) {
    const program = run(...args);
    const ready = await readyOf(program);
    for (const [key, id] of ids) expect((await payAt(ready, key)).json.id).toBe(id);
    const answers = Array.from({ length: 20 }, async (_, i) => {
      const key = `key-${round}-${i}`;
      const { json } = await payAt(ready, key);
      ids.set(key, json.id);
      if (i === 10) program.child.kill("SIGKILL");
    });
    await Promise.allSettled(answers);
    await program.exited;
  }
  expect(ids.size).toBeGreaterThan(30);
  expect(new Set(ids.values()).size).toBe(ids.size);
});

test.for([
  [[], "--seed is missing"],
  [["--seed", "x"], "--seed must be a whole number"],
  [["--seed", "1", "--speed", "0"], "--speed must be at least 1"],
  [["--seed", "1", "--webhook", "ftp://x"], "is not an http address"],
  [["--seed", "1", "--nonsense"], "--nonsense"],
] as const)("called with %j it ends with code 2 and says why", async ([args, reason]) => {
  const program = run(...args);
  expect(await program.exited).toBe(2);
  expect(program.stderr()).toContain(reason);
  expect(program.stderr()).toContain("usage:");
});

test("a port that is taken ends it with code 1", async () => {
  const first = run("--seed", "1");
  const { url = "" } = await readyOf(first);
  const second = run("--seed", "1", "--port", new URL(url).port);
  expect(await second.exited).toBe(1);
  expect(second.stderr()).toContain("EADDRINUSE");
});
