/** The process: starts, serves, stops in time, and ends with 1 when it cannot start, 2 when told wrong. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { connectAs, type LogEntry, openTestStore, type TestStore, until } from "./broker-fixture.ts";

let kept: TestStore;
let child: ChildProcess | undefined;

beforeAll(async () => {
  kept = await openTestStore();
});
afterEach(() => {
  child?.kill("SIGKILL");
});
afterAll(() => kept.close());

function run(env: Record<string, string>) {
  const main = spawn(process.execPath, [join(import.meta.dirname, "main.ts")], {
    env,
    stdio: ["ignore", "inherit", "pipe"],
  });
  child = main;
  const logged: LogEntry[] = [];
  const said = { text: "" };
  let rest = "";
  main.stderr.setEncoding("utf8").on("data", (text: string) => {
    said.text += text;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line.startsWith("{")) logged.push(JSON.parse(line));
  });
  return { exited: once(main, "exit"), logged, said };
}

test.each(["SIGTERM", "SIGINT"] as const)(
  "serves nodes, shows its lag but no secret, and stops within three seconds of %s",
  async (signal) => {
    const secret = await kept.node(`bin-${signal.toLowerCase()}`);
    const { exited, logged, said } = run({
      DATABASE_URL: kept.url,
      BROKER_TCP_PORT: "0",
      BROKER_HTTP_PORT: "0",
      BROKER_LOG_LEVEL: "debug",
    });
    await until("it listens", () => logged.some(({ msg }) => msg === "broker listens"));
    const ports = logged.find(({ msg }) => msg === "broker listens")?.ports as { tcp: number; http: number };
    const url = `mqtt://127.0.0.1:${ports.tcp}`;
    const id = `bin-${signal.toLowerCase()}`;
    await expect(connectAs(url, id, { password: "wrong-password" })).rejects.toThrow();
    const node = await connectAs(url, id, { password: secret });
    await node.publishAsync(`jm/v1/a/${id}/readings`, '{"phone":"+628120000"}', { qos: 1 });
    const text = await (await fetch(`http://127.0.0.1:${ports.http}/metrics`)).text();
    expect(text).toContain("nodejs_eventloop_lag_seconds");
    const startMs = performance.now();
    child?.kill(signal);
    expect(await exited).toEqual([0, null]);
    expect(performance.now() - startMs).toBeLessThan(3_000);
    for (const word of [secret, "wrong-password", "+628120000"]) expect(said.text).not.toContain(word);
    expect(said.text).toContain("wrong_secret");
    node.end(true);
  },
);

test("ends with 2 and names every fault of a wrong configuration", async () => {
  const { exited, logged } = run({ BROKER_TCP_PORT: "x" });
  expect(await exited).toEqual([2, null]);
  expect(JSON.stringify(logged)).toMatch(/DATABASE_URL.*BROKER_TCP_PORT|BROKER_TCP_PORT.*DATABASE_URL/);
});

test("ends with 1 when it cannot listen", async () => {
  const { exited, logged } = run({
    DATABASE_URL: kept.url,
    BROKER_PLAIN_HOST: "203.0.113.1",
    BROKER_TCP_PORT: "0",
    BROKER_HTTP_PORT: "0",
  });
  expect(await exited).toEqual([1, null]);
  expect(logged.at(-1)).toMatchObject({ level: 60, err: { code: "listen_failed" } });
});

test("ends with 1 when the database is not there, without showing its password", async () => {
  const { exited, said } = run({
    DATABASE_URL: "postgres://broker:secret-of-postgres@127.0.0.1:1/books",
    BROKER_LOG_LEVEL: "debug",
  });
  expect(await exited).toEqual([1, null]);
  expect(said.text).toContain("ECONNREFUSED");
  expect(said.text).not.toContain("secret-of-postgres");
});
