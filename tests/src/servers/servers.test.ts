import { join } from "node:path";
import pg from "pg";
import { expect, inject, test } from "vitest";
import { requireExecutable } from "./binary.ts";
import { startChild } from "./child.ts";
import { startInfluxdb } from "./influxdb.ts";
import { startMosquitto } from "./mosquitto.ts";
import { createDatabase, startPostgresql } from "./postgresql.ts";
import { startRedis } from "./redis.ts";
import { answersTcp } from "./tcp-probe.ts";
import { makeTempDir } from "./temp-dir.ts";

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("the shared servers answer", async () => {
  expect((await fetch(`${inject("influxUrl")}/ping`)).headers.get("x-influxdb-version")).toMatch(/^1\.6/);
  const url18 = inject("influx18Url");
  if (url18 !== null) expect((await fetch(`${url18}/ping`)).status).toBe(204);
  const client = new pg.Client(await createDatabase(inject("postgresUrl"), `servers_${process.pid}`));
  await client.connect();
  const { rows } = await client.query("SHOW fsync");
  await client.end();
  expect(rows).toEqual([{ fsync: "on" }]);
});

test("InfluxDB keeps its data over a kill and a restart, and leaves no process", async () => {
  const influxdb = await startInfluxdb();
  const post = (path: string, body: string) => fetch(influxdb.url + path, { method: "POST", body });
  await fetch(`${influxdb.url}/query`, {
    method: "POST",
    body: new URLSearchParams({ q: "CREATE DATABASE x" }),
  });
  expect((await post("/write?db=x", "m v=1i 1")).status).toBe(204);
  const firstPid = influxdb.pid;
  await influxdb.kill();
  expect(isAlive(firstPid)).toBe(false);
  await influxdb.restart();
  expect(influxdb.pid).not.toBe(firstPid);
  const answer = await fetch(`${influxdb.url}/query?db=x&q=select+v+from+m`);
  expect(await answer.text()).toContain('[["1970-01-01T00:00:00.000000001Z",1]]');
  await influxdb.remove();
  expect(isAlive(influxdb.pid)).toBe(false);
});

test("PostgreSQL stops though a client is connected, and starts again", async () => {
  const postgresql = await startPostgresql();
  const client = new pg.Client(postgresql.adminUrl);
  client.on("error", () => {});
  await client.connect();
  const firstPid = postgresql.pid;
  await postgresql.restart();
  expect(isAlive(firstPid)).toBe(false);
  expect(await postgresql.createDatabase("again")).toContain("/again");
  await client.end().catch(() => {});
  await postgresql.remove();
});

test("Redis and Mosquitto start, answer and stop", async () => {
  const [redis, mosquitto] = await Promise.all([startRedis(), startMosquitto()]);
  expect(await answersTcp(redis.port, "PING\r\n", "+PONG")).toBe(true);
  expect(await answersTcp(mosquitto.port)).toBe(true);
  await Promise.all([redis.remove(), mosquitto.remove()]);
  expect(await answersTcp(redis.port)).toBe(false);
  expect(await answersTcp(mosquitto.port)).toBe(false);
});

test("a program that is missing is named together with the Debian package that brings it", () => {
  expect(() => requireExecutable(["/nowhere/influxd"], "influxdb")).toThrow(
    "not found: /nowhere/influxd. On Debian: apt-get install influxdb",
  );
});

test("a server that ends before it is ready fails with the end of its log", async () => {
  const temp = makeTempDir("child");
  const options = { command: "/bin/sh", logFile: join(temp.path, "log"), isReady: async () => false };
  await expect(startChild({ ...options, args: ["-c", "echo port taken; exit 1"] })).rejects.toThrow(
    "port taken",
  );
  temp.remove();
});
