/** The treasury as a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRelational } from "@jumpa-madu/store/relational-store";
import { afterEach, beforeEach, expect, test } from "vitest";

let child: ChildProcess | undefined;
let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "jumpa-madu-treasury-"));
});

afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

const settings = () => ({
  DATABASE_URL: `sqlite:${join(folder, "books.sqlite")}`,
  VAULT_URL: `sqlite:${join(folder, "vault.sqlite")}`,
  VAULT_KEY: Buffer.alloc(32, 7).toString("base64"),
  TREASURY_HTTP_PORT: "0",
});

function run(env: Record<string, string>) {
  const started = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], { env, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  const { promise: told, resolve } = Promise.withResolvers<void>();
  started.stdout.on("data", (chunk) => {
    output.stdout += chunk;
    if (output.stdout.includes("treasury started")) resolve();
  });
  started.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  child = started;
  return { child: started, output, told, exited: once(started, "exit") };
}

test("without configuration it names what is missing and exits with 2", async () => {
  const { output, exited } = run({});
  expect((await exited)[0]).toBe(2);
  for (const name of ["DATABASE_URL", "VAULT_KEY"]) expect(output.stderr).toContain(`${name} is missing`);
});

test("a key that is none ends it with 2 as well", async () => {
  const { exited } = run({ ...settings(), VAULT_KEY: "not-a-key" });
  expect((await exited)[0]).toBe(2);
});

test("so does a key that is not the vault's", async () => {
  const first = run(settings());
  await first.told;
  first.child.kill("SIGTERM");
  await first.exited;
  const other = run({ ...settings(), VAULT_KEY: Buffer.alloc(32, 8).toString("base64") });
  expect((await other.exited)[0]).toBe(2);
  expect(other.output.stdout).toContain("treasury is not configured");
}, 60_000);

test("a database that is away ends it with 1, and the log holds no secret", async () => {
  const { output, exited } = run({
    ...settings(),
    DATABASE_URL: "postgres://treasury:secret-of-postgres@127.0.0.1:1/books",
    XENDIT_SECRET_KEY: "xnd_development_secret-of-xendit",
    XENDIT_CALLBACK_TOKEN: "secret-of-the-webhooks",
    TREASURY_LOG_LEVEL: "debug",
  });
  expect((await exited)[0]).toBe(1);
  expect(output.stdout).toContain('"level":60');
  expect(output.stdout + output.stderr).not.toContain("secret-of");
});

test("without a provider it migrates, closes yesterday, and stops in order within three seconds", async () => {
  const { child: treasury, output, told, exited } = run(settings());
  await told;
  expect(output.stdout).toContain('"providers":[]');
  const startedMs = performance.now();
  treasury.kill("SIGTERM");
  expect((await exited)[0]).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(3_500);
  const store = openRelational(settings().DATABASE_URL, () => undefined);
  expect(await store.db.selectFrom("schema_migrations").select("version").execute()).not.toEqual([]);
  await store.close();
});
