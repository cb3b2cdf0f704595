/** Bounds of the HTTP face, hit. */
import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { expect, onTestFinished, test } from "vitest";
import { APP_LIMITS, type AppLimits } from "./app-limits.ts";
import { closeApp } from "./close-app.ts";
import { startTestApi, type TestApi } from "./testing/api-fixture.ts";

const DEADLINE_MS = 10_000;

async function listening(limits: Partial<AppLimits>, more: Parameters<typeof startTestApi>[0] = {}) {
  const api = await startTestApi({ limits, ...more });
  onTestFinished(() => api.close());
  await api.app.listen({ host: "127.0.0.1", port: 0 });
  return api;
}

/** A bare connection, and what has come over it. */
async function openSocket({
  app,
}: TestApi): Promise<{ socket: Socket; text: () => string; closed: Promise<unknown> }> {
  const { port } = app.server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (bytes: Buffer) => {
    text += bytes.toString();
  });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await once(socket, "connect");
  return { socket, text: () => text, closed };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("a request that does not arrive within requestMsMax is answered 408 and cut", async () => {
  const api = await listening({ requestMsMax: 100 });
  const [head, body] = [await openSocket(api), await openSocket(api)];
  head.socket.write("GET /healthz HTTP/1.1\r\nHost: a");
  body.socket.write(
    "POST /v1/sessions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{",
  );
  await Promise.all([head.closed, body.closed]);
  expect([head.text(), body.text()].map((text) => text.slice(0, 12))).toEqual([
    "HTTP/1.1 408",
    "HTTP/1.1 408",
  ]);
});

test("a connection over which nothing passes for idleMsMax is cut, whether it asked or did not read its answer", async () => {
  const api = await listening({ idleMsMax: 200 });
  for (let page = 0; page < 4; page++) {
    const rows = Array.from({ length: 500 }, (_, n) => ({ id: `z-${page}-${n}`, name: "n".repeat(100) }));
    await api.store.db.insertInto("zones").values(rows).execute();
  }
  const silent = await openSocket(api);
  const stuck = await openSocket(api);
  stuck.socket.pause();
  for (let n = 0; n < 200; n++) {
    stuck.socket.write(
      `GET /v1/zones?format=csv HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${api.tokens.admin}\r\n\r\n`,
    );
  }
  await silent.closed;
  await until("both are cut", async () => (await connections(api)) === 0);
});

test("one connection more than connectionsMax is closed at once", async () => {
  const api = await listening({ connectionsMax: 1 });
  const first = await openSocket(api);
  const second = await openSocket(api);
  await second.closed;
  expect(first.socket.destroyed).toBe(false);
});

test("beyond rateCountersMax the counter longest unused is forgotten", async () => {
  const api = await listening({ rateCountersMax: 2 }, { ratePerMinute: 20, trustedProxies: ["127.0.0.1"] });
  const ask = async (address: string) =>
    (await api.call(null, "GET", "/v1/nothing", { headers: { "x-forwarded-for": address } })).statusCode;
  for (let n = 0; n < 20; n++) expect(await ask("10.0.0.1")).toBe(404);
  expect(await ask("10.0.0.1")).toBe(429);
  for (const address of ["10.0.0.2", "10.0.0.3"]) await ask(address);
  expect(await ask("10.0.0.1")).toBe(404);
});

test("while the event loop is late, requests are refused, and the health routes are not", async () => {
  const api = await listening({}, { eventLoopDelayMsMax: 300 });
  const status = async (path: string) => (await api.call(null, "GET", path)).statusCode;
  await until("refused", async () => {
    const endMs = performance.now() + 1_000;
    while (performance.now() < endMs);
    return (await status("/v1/nothing")) === 503;
  });
  expect(await status("/healthz")).toBe(200);
  await until("served again", async () => (await status("/v1/nothing")) === 404);
});

test("a store that does not answer in time makes the api unready", async () => {
  const telemetry = { ping: () => new Promise(() => {}), close: async () => {} } as unknown as TelemetryStore;
  const api = await startTestApi({ telemetry });
  onTestFinished(() => api.close());
  const answer = await api.call(null, "GET", "/readyz");
  expect(answer.statusCode).toBe(503);
  expect(answer.json().faults).toEqual([{ path: "/telemetry", message: expect.stringContaining("2000 ms") }]);
});

test("the api closes although a request does not end", async () => {
  const asked = Promise.withResolvers<void>();
  const latestLevels = () => {
    asked.resolve();
    return new Promise(() => {});
  };
  const api = await listening(
    {},
    { telemetry: { latestLevels, close: async () => {} } as unknown as TelemetryStore },
  );
  const { socket, closed } = await openSocket(api);
  socket.write(`GET /v1/bins HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${api.tokens.admin}\r\n\r\n`);
  await asked.promise;
  await closeApp(api.app, 100);
  await closed;
});

test("the bounds are those of a service", () => {
  expect(APP_LIMITS).toMatchObject({ requestMsMax: 30_000, connectionsMax: 2_000 });
});

function connections({ app }: TestApi): Promise<number> {
  return new Promise((resolve, reject) => {
    app.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
