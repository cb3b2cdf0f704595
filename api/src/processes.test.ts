/** The two programs of the api as processes. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";

let folder: string;
let env: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "jumpa-madu-processes-"));
  env = { PATH: process.env.PATH ?? "", DATABASE_URL: `sqlite:${join(folder, "main.sqlite")}` };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function start(program: string, args: string[], more: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, program), ...args], { env: { ...env, ...more } });
}

async function run(
  args: string[],
  input = "",
  more: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = start("create-user.ts", args, more);
  // It may end without reading.
  child.stdin?.on("error", () => {});
  child.stdin?.end(input);
  const exit = once(child, "exit");
  if (child.stdout === null || child.stderr === null) throw new Error("no pipes");
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await exit;
  return { code, stdout, stderr };
}

describe("create-user", () => {
  test("draws a password and prints one line of JSON", async () => {
    const { code, stdout, stderr } = await run(["--username", "kepala", "--role", "admin"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)).toEqual({
      username: "kepala",
      password: expect.stringMatching(/^[\w-]{16}$/),
      role: "admin",
    });
  });

  test("takes a password from its input and does not repeat it", async () => {
    const { code, stdout } = await run(
      ["--username", "wakil", "--role", "staff", "--password-stdin"],
      "a long password\n",
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ username: "wakil", password: null, role: "staff" });
  });

  test.each(["--help", "-h"])("%s says how it is used", async (option) => {
    const { code, stdout, stderr } = await run([option], "", { DATABASE_URL: "" });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^usage: create-user --username NAME --role ROLE/);
    for (const name of ["--waste-bank", "--member", "--password-stdin"]) expect(stdout).toContain(name);
  });

  test.each([
    [["--username", "kepala", "--role", "admin"], "", 1, /already/],
    [["--username", "x", "--role", "admin"], "", 2, /username/],
    [["--username", "lain", "--role", "king"], "", 2, /role/],
    [["--username", "lain", "--role", "operator"], "", 2, /waste bank/],
    [["--username", "lain", "--role", "operator", "--waste-bank", "none"], "", 1, /does not exist/],
    [["--username", "lain", "--role", "staff", "--password-stdin"], "short\n", 2, /password/],
    [["--usrname", "lain"], "", 2, /--usrname[\s\S]*usage: /],
    [["--username"], "", 2, /--username[\s\S]*usage: /],
    [["lain"], "", 2, /lain[\s\S]*usage: /],
    [[], "", 2, /username is missing[\s\S]*usage: /],
  ] as const)("refuses %j", async (args, input, wanted, words) => {
    const { code, stdout, stderr } = await run([...args], input);
    expect([code, stdout]).toEqual([wanted, ""]);
    expect(stderr).toMatch(words);
    expect(stderr).not.toMatch(/^\s+at |node:internal/m);
  });

  test("ends with words when it is not configured or the database is away", async () => {
    const args = ["--username", "lain", "--role", "staff"];
    const bare = await run(args, "", { DATABASE_URL: "" });
    expect([bare.code, bare.stderr]).toEqual([2, expect.stringContaining("DATABASE_URL is missing")]);
    const away = await run(args, "", { DATABASE_URL: "postgres://api:secret-of@127.0.0.1:1/books" });
    expect(away.code).toBe(1);
    expect(away.stderr).toMatch(/ECONNREFUSED/);
    expect(away.stderr).not.toMatch(/secret-of|^\s+at /m);
  });
});

/** What it takes to start without a broker. */
const alone = () => ({
  TELEMETRY_URL: `sqlite:${join(folder, "telemetry.sqlite")}`,
  VAULT_URL: `sqlite:${join(folder, "vault.sqlite")}`,
  VAULT_KEY: Buffer.alloc(32, 7).toString("base64"),
  MQTT_URL: "mqtt://127.0.0.1:9",
  API_SECRET: "secret-of-the-api-0123",
  API_HTTP_PORT: "0",
  API_LOG_LEVEL: "debug",
  API_METRICS_TOKEN: "secret-of-metrics",
  API_WEB_DIST: join(folder, "no-pages"),
});

test("the api starts without a broker, serves who was made above, shows no secret, and stops when asked", async () => {
  const phone = "+628126543210";
  const { stdout } = await run(["--username", "staf.kota", "--role", "admin"]);
  const child = start("main.ts", [], alone());
  const { said, exit } = listenTo(child);
  const url = await listeningAt(said);
  const ready = await fetch(`${url}/readyz`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ status: "degraded", broker: "away" });
  const { username, password } = JSON.parse(stdout);
  const post = async (path: string, body: unknown, token?: string) => {
    const headers = {
      "content-type": "application/json",
      ...(token && { authorization: `Bearer ${token}` }),
    };
    const ask = () => fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    // A machine with much else to do: a client that is told so asks again.
    let answer = await ask();
    for (let more = 0; more < 20 && answer.status === 503; more++) {
      await answer.text();
      await pause(250);
      answer = await ask();
    }
    return { status: answer.status, body: JSON.parse(await answer.text()) };
  };
  expect((await post("/v1/sessions", { username, password: "wrong-password" })).status).toBe(401);
  const signedIn = await post("/v1/sessions", { username, password });
  expect(signedIn.status).toBe(201);
  const { token } = signedIn.body;
  const node = await post("/v1/nodes", { id: "node-secret", name: "Terminal" }, token);
  expect(node.status).toBe(201);
  expect((await post("/v1/members", { name: "X", waste_bank: "none", phone }, token)).status).toBe(422);
  expect((await post("/v1/members", { phone, password }, token)).status).toBe(400);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain("process_cpu_seconds_total");
  await expect.poll(() => said.text).toContain("the broker refuses or is away");
  child.kill("SIGTERM");
  expect(await exit).toBe(0);
  expect(said.text).toContain("/v1/sessions");
  for (const word of [password, "wrong-password", token, node.body.secret, phone, "secret-of"])
    expect(said.text).not.toContain(word);
  const namesake = listenTo(start("main.ts", [], { ...alone(), API_CLIENT_ID: "node-secret" }));
  expect(await namesake.exit, "a node has this name").toBe(2);
  expect(namesake.said.text).toContain("node-secret is the name of a node");
});

test("a connection that stays open does not hold the api up: SIGINT stops it in time", async () => {
  const child = start("main.ts", [], alone());
  const { said, exit } = listenTo(child);
  const url = new URL(await listeningAt(said));
  const socket = connect(Number(url.port), url.hostname).on("error", () => undefined);
  socket.write(
    "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
  );
  await once(socket, "connect");
  const startedMs = performance.now();
  child.kill("SIGINT");
  expect(await exit).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(3_500);
});

test("with a provider and no limit for a member's day the api warns when it starts", async () => {
  const warned = listenTo(start("main.ts", [], { ...alone(), PAYOUT_PROVIDER: "xendit-v2" }));
  await listeningAt(warned.said);
  expect(warned.said.text).toContain("POST /v1/payout-limits");
  const silent = listenTo(start("main.ts", [], alone()));
  await listeningAt(silent.said);
  expect(silent.said.text).not.toContain("payout-limits");
});

test("without its database the api ends with 1 and shows no password", async () => {
  const DATABASE_URL = "postgres://api:secret-of-postgres@127.0.0.1:1/books";
  const TELEMETRY_URL = "influx://api:secret-of-influx@127.0.0.1:1/telemetry";
  const { said, exit } = listenTo(start("main.ts", [], { ...alone(), DATABASE_URL, TELEMETRY_URL }));
  expect(await exit).toBe(1);
  expect(said.text).toContain("ECONNREFUSED");
  expect(said.text).not.toContain("secret-of");
});

test("the api does not start unconfigured, and says what is missing", async () => {
  const child = start("main.ts", []);
  const exit = once(child, "exit");
  if (child.stderr === null) throw new Error("no pipe");
  expect(await text(child.stderr)).toMatch(
    /TELEMETRY_URL is missing[\s\S]*VAULT_KEY is missing[\s\S]*API_SECRET is missing/,
  );
  expect((await exit)[0]).toBe(2);
});

test("a store of an unknown kind is a wrong configuration as well", async () => {
  const { said, exit } = listenTo(start("main.ts", [], { ...alone(), TELEMETRY_URL: "nothing:here" }));
  expect(await exit, said.text).toBe(2);
});

/** Everything that a process says, and the code with which it ends. */
function listenTo(child: ChildProcess): { said: { text: string }; exit: Promise<number | null> } {
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => {
      said.text += chunk.toString();
    });
  }
  return { said, exit: once(child, "close").then(([code]) => code) };
}

async function listeningAt(said: { text: string }): Promise<string> {
  const found = () => /Server listening at (http:[^"\s]+)/.exec(said.text)?.[1];
  await expect.poll(found, { timeout: 15_000, message: said.text }).toBeDefined();
  return found() ?? "";
}
