import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, inject, onTestFinished, test } from "vitest";
import { findInfluxd18, startInfluxdb } from "../../../tests/src/servers/influxdb.ts";
import { newInfluxDatabase, runInfluxQl } from "./influx-fixture.ts";
import { type InfluxTelemetryOptions, openInfluxTelemetry } from "./influx-telemetry.ts";
import { HOUR_MS, levelPoint, START_MS } from "./telemetry-points.ts";
import type { TelemetryQuery, TelemetryStore } from "./telemetry-store.ts";

const STORED = { kind: "stored", refused: [] };
const QUESTION: TelemetryQuery = {
  measurement: "bin_level",
  field: "fill",
  where: { bin: ["bin-1"] },
  fromMs: START_MS,
  toMs: START_MS + HOUR_MS,
  everyMs: HOUR_MS,
  fn: "mean",
};

/** Opens a store that is closed with the test. */
function open(url: string, options?: InfluxTelemetryOptions): TelemetryStore {
  const store = openInfluxTelemetry(url, options);
  onTestFinished(() => store.close());
  return store;
}

/** A server in InfluxDB's place, for answers that a real one cannot be made to give. Answers its host. */
async function fakeServer(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return `127.0.0.1:${port}`;
}

test("a server that stops makes writes and questions unavailable, and both work as soon as it is back", async () => {
  const influxdb = await startInfluxdb();
  onTestFinished(() => influxdb.remove());
  const store = open(`influx://${new URL(influxdb.url).host}/bins`);
  await store.prepare();
  expect(await store.write([levelPoint()])).toEqual(STORED);
  await influxdb.kill();
  expect(await store.write([levelPoint()])).toMatchObject({ kind: "unavailable" });
  // Twice, because the package `influx` would answer "No host available" from the second time on.
  await expect(store.query(QUESTION)).rejects.toMatchObject({ code: "unavailable" });
  await expect(store.query(QUESTION)).rejects.toMatchObject({ code: "unavailable" });
  await expect(store.ping()).rejects.toMatchObject({ code: "unavailable" });
  await expect(store.prepare()).rejects.toMatchObject({ code: "unavailable" });
  await influxdb.restart();
  expect(await store.write([levelPoint({ t: START_MS + 1, fill: 0.25 })])).toEqual(STORED);
  expect(await store.query(QUESTION)).toEqual([{ series: "bin-1", t: START_MS, value: 0.375 }]);
  expect(await store.count("bin_level")).toBe(2);
});

test("what was answered stored is there after a kill under load", async () => {
  const influxdb = await startInfluxdb();
  onTestFinished(() => influxdb.remove());
  const store = open(`influx://${new URL(influxdb.url).host}/bins`);
  await store.prepare();
  let stored = 0;
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let round = 0; ; round++) {
      const batch = Array.from({ length: 100 }, (__, at) =>
        levelPoint({ bin: `bin-${writer}`, t: START_MS + round * 100 + at }),
      );
      if ((await store.write(batch)).kind !== "stored") return;
      stored += batch.length;
      if (stored >= 4_000 && writer === 0) await influxdb.kill();
    }
  });
  await Promise.all(writers);
  await influxdb.restart();
  expect(stored).toBeGreaterThanOrEqual(4_000);
  expect(await store.count("bin_level")).toBeGreaterThanOrEqual(stored);
});

const binary18 = findInfluxd18();
const servers = [
  { binary: undefined, query: "" },
  ...(binary18 === null ? [] : [{ binary: binary18, query: "?api=v2" }]),
];

test.for(servers)(
  "wrong or missing credentials halt writes, right ones with any sign in them work ($query)",
  async ({ binary, query }) => {
    const admin = { user: "ing est", password: "p@ss:/w%rd?" };
    const influxdb = await startInfluxdb({ admin, ...(binary !== undefined && { binary }) });
    onTestFinished(() => influxdb.remove());
    const urlOf = (user: string) => `influx://${user}${new URL(influxdb.url).host}/bins${query}`;
    const right = `${encodeURIComponent(admin.user)}:${encodeURIComponent(admin.password)}@`;
    const store = open(urlOf(right));
    await store.prepare();
    expect(await store.write([levelPoint()])).toEqual(STORED);
    expect(await store.query(QUESTION)).toHaveLength(1);
    for (const user of ["ing%20est:wrong@", ""]) {
      const refused = open(urlOf(user));
      expect(await refused.write([levelPoint()])).toMatchObject({ kind: "halted" });
      await expect(refused.query(QUESTION)).rejects.toMatchObject({ code: "unauthorised" });
      await expect(refused.prepare()).rejects.toMatchObject({ code: "unauthorised" });
    }
  },
);

test("a missing retention policy halts, though InfluxDB answers 500 as for a passing fault", async () => {
  const database = newInfluxDatabase(inject("influxUrl"));
  onTestFinished(() => database.drop());
  await runInfluxQl(inject("influxUrl"), `CREATE DATABASE "${database.name}"`);
  const store = open(`influx://${new URL(inject("influxUrl")).host}/${database.name}?rp=gone`);
  expect(await store.write([levelPoint()])).toEqual({
    kind: "halted",
    reason: "retention policy not found: gone",
  });
});

test("preparing leaves an operator's retention policy as it is, and takes any sign in a name", async () => {
  const server = inject("influxUrl");
  const database = newInfluxDatabase(server);
  onTestFinished(() => database.drop());
  await runInfluxQl(server, `CREATE DATABASE "${database.name}"`);
  const policy = `my "raw"`;
  await runInfluxQl(
    server,
    `CREATE RETENTION POLICY "my \\"raw\\"" ON "${database.name}" DURATION 400d REPLICATION 1`,
  );
  const store = open(
    `influx://${new URL(server).host}/${database.name}?${new URLSearchParams({ rp: policy })}`,
  );
  await store.prepare();
  expect(await runInfluxQl(server, `SHOW RETENTION POLICIES ON "${database.name}"`)).toContain("9600h0m0s");
  expect(await store.write([levelPoint({ t: START_MS - 100 * 24 * HOUR_MS })])).toEqual(STORED);
  expect(await store.count("bin_level")).toBe(1);
});

test("statuses that are not 204 mean what they should", async () => {
  const answers: [number, Record<string, string>, object][] = [
    [429, { "retry-after": "3" }, { kind: "unavailable", retryAfterMs: 3_000 }],
    [503, { "retry-after": new Date(Date.now() + 60_000).toUTCString() }, { kind: "unavailable" }],
    [502, {}, { kind: "unavailable" }],
    [200, {}, { kind: "unavailable" }],
    [201, {}, { kind: "stored", refused: [{}] }],
    [413, {}, { kind: "stored", refused: [{}] }],
    [422, {}, { kind: "stored", refused: [{}] }],
    [301, { location: "/" }, { kind: "halted" }],
    [403, {}, { kind: "halted" }],
    [405, {}, { kind: "halted" }],
  ];
  let at = 0;
  const host = await fakeServer((_request, response) => {
    const [status, headers] = answers[at] ?? [500, {}];
    response.writeHead(status, headers).end("<html>said by a proxy</html>");
  });
  const store = open(`influx://${host}/bins`);
  for (; at < answers.length; at++) {
    expect(await store.write([levelPoint()]), `HTTP ${answers[at]?.[0]}`).toMatchObject(
      answers[at]?.[2] ?? {},
    );
  }
});

test("a retry-after date is a time from now", async () => {
  const host = await fakeServer((_request, response) => {
    response.writeHead(503, { "retry-after": new Date(Date.now() + 60_000).toUTCString() }).end();
  });
  const outcome = await open(`influx://${host}/bins`).write([levelPoint()]);
  const waitMs = outcome.kind === "unavailable" ? outcome.retryAfterMs : undefined;
  expect(waitMs).toBeGreaterThan(50_000);
  expect(waitMs).toBeLessThanOrEqual(60_000);
});

test("a server that never answers, breaks off or never ends is unavailable after the deadline", async () => {
  const silent = await fakeServer(() => {});
  const breaking = await fakeServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"results":[');
    setImmediate(() => response.destroy());
  });
  // Never silent for as long as the deadline, and never done.
  const trickling = await fakeServer((_request, response) => {
    response.writeHead(400);
    const drip = setInterval(() => response.write(" "), 50);
    response.on("close", () => clearInterval(drip));
  });
  for (const host of [silent, breaking, trickling]) {
    const store = open(`influx://${host}/bins`, { writeMsMax: 300, queryMsMax: 300 });
    expect(await store.write([levelPoint()])).toMatchObject({ kind: "unavailable" });
    await expect(store.query(QUESTION)).rejects.toMatchObject({ code: "unavailable" });
  }
});

test("sixteen requests are under way at one time, and the others wait for a connection", async () => {
  const held: (() => void)[] = [];
  const host = await fakeServer((_request, response) => void held.push(() => response.writeHead(204).end()));
  const store = open(`influx://${host}/bins`);
  const writes = Promise.all(Array.from({ length: 40 }, () => store.write([levelPoint()])));
  await expect.poll(() => held.length).toBe(16);
  let most = 0;
  const answering = setInterval(() => {
    most = Math.max(most, held.length);
    held.shift()?.();
  }, 1);
  onTestFinished(() => clearInterval(answering));
  expect(new Set((await writes).map(({ kind }) => kind))).toEqual(new Set(["stored"]));
  expect(most).toBe(16);
});

test("an answer that is not InfluxDB's is a bad answer", async () => {
  const host = await fakeServer((_request, response) => response.end('{"hello": 1}'));
  await expect(open(`influx://${host}/bins`).query(QUESTION)).rejects.toMatchObject({ code: "bad_answer" });
  const page = await fakeServer((_request, response) => response.end("<html>"));
  await expect(open(`influx://${page}/bins`).query(QUESTION)).rejects.toMatchObject({ code: "bad_answer" });
});

test("on InfluxDB 2 and 3 a missing bucket is asked of the operator, and one named database/policy is found", async () => {
  let names = "[]";
  const host = await fakeServer((request, response) => {
    response.setHeader("x-influxdb-version", "v2.7.1");
    if (request.url?.startsWith("/ping")) return response.writeHead(204).end();
    return response.end(
      `{"results":[{"series":[{"name":"databases","columns":["name"],"values":${names}}]}]}`,
    );
  });
  const store = open(`influx://any:token@${host}/bins`);
  await expect(store.prepare()).rejects.toThrow(/make a bucket or database bins\/raw/);
  names = '[["bins/raw"]]';
  await store.prepare();
});

test("credentials travel as Basic, and to InfluxDB 2's /api/v2 as a bare token", async () => {
  const seen: string[] = [];
  const host = await fakeServer((request, response) => {
    seen.push(`${request.url} ${request.headers.authorization}`);
    response.writeHead(204).end();
  });
  await open(`influx://u:p@${host}/bins`).write([levelPoint()]);
  await open(`influx://u:p@${host}/bins?api=v2`).write([levelPoint()]);
  await open(`influx://any:p@${host}/bins?api=v2&org=dlh&rp=r`).write([levelPoint()]);
  expect(seen).toEqual([
    "/write?precision=ms&db=bins&rp=raw Basic dTpw",
    "/api/v2/write?precision=ms&bucket=bins%2Fraw Basic dTpw",
    "/api/v2/write?precision=ms&org=dlh&bucket=bins%2Fr Token p",
  ]);
});

test("5,000 refused points end, each refused", async () => {
  const server = inject("influxUrl");
  const database = newInfluxDatabase(server);
  onTestFinished(() => database.drop());
  const store = open(`influx://${new URL(server).host}/${database.name}`);
  await store.prepare();
  const points = Array.from({ length: 5_000 }, (_, at) =>
    levelPoint({ t: START_MS - 95 * 24 * HOUR_MS + at }),
  );
  const outcome = await store.write(points);
  expect(outcome).toMatchObject({ kind: "stored" });
  expect(outcome.kind === "stored" && outcome.refused.length).toBe(5_000);
}, 60_000);
