import { type ChildProcessByStdio, spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { freshFolder } from "./fresh-folder.ts";
import { openOutbox } from "./outbox/outbox.ts";
import { TEST_LIMITS } from "./outbox/outbox-fixture.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

function started(environment: Record<string, string>): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [MAIN], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

const exitOf = (child: ReturnType<typeof started>): Promise<number | null> =>
  new Promise((resolve) => child.once("exit", resolve));

test("a wrong configuration ends it with code 2 and every fault on standard error", async () => {
  const child = started({ EDGE_NODE: "Node 1" });
  const [code, out, err] = await Promise.all([exitOf(child), text(child.stdout), text(child.stderr)]);
  expect(code).toBe(2);
  expect(out).toBe("");
  for (const name of ["/node", "EDGE_BROKER_URL", "EDGE_API_URL", "EDGE_SECRET"]) expect(err).toContain(name);
});

const SECRET = "a-secret-of-some-length";

/** What it takes to start without a network. */
const offline = (folder: string): Record<string, string> => ({
  EDGE_NODE: "node-1",
  EDGE_BROKER_URL: "mqtt://127.0.0.1:1",
  EDGE_API_URL: "http://127.0.0.1:1",
  EDGE_SECRET: SECRET,
  EDGE_DATA_DIR: folder,
  EDGE_HTTP_PORT: "0",
  EDGE_LOG_LEVEL: "debug",
});

test("when it cannot start, it says why in the log and ends with code 1", async () => {
  const folder = freshFolder();
  const other = openOutbox(join(folder, "outbox.sqlite"), TEST_LIMITS);
  onTestFinished(() => other.close());
  const child = started(offline(folder));
  const [code, out] = await Promise.all([exitOf(child), text(child.stdout)]);
  expect(code).toBe(1);
  const last = JSON.parse(out.trim().split("\n").at(-1) ?? "");
  expect(last).toMatchObject({ level: 60, err: { code: "outbox_locked" } });
});

test.each(["SIGTERM", "SIGINT"] as const)(
  "without a network it runs, logs JSON without the secret, and %s ends it within 3 s with code 0",
  async (signal) => {
    const child = started(offline(freshFolder()));
    let out = "";
    let signalledMs = 0;
    child.stdout.on("data", (piece: Buffer) => {
      out += piece.toString();
      if (signalledMs > 0 || !out.includes("agent started") || !out.includes("catalogue not fetched")) return;
      signalledMs = performance.now();
      child.kill(signal);
    });
    expect(await exitOf(child)).toBe(0);
    expect(performance.now() - signalledMs).toBeLessThan(3000);
    const lines = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ msg: "stopped", node: "node-1" });
    expect(out).not.toContain(SECRET);
  },
);
