import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Port } from "@jumpa-madu/contracts/node-config";
import pino from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Agent, startAgent } from "./agent.ts";
import type { StartChannel } from "./channels.ts";
import { type EdgeConfig, loadConfig } from "./config.ts";
import { freshFolder } from "./fresh-folder.ts";
import { openOutbox } from "./outbox/outbox.ts";
import { level } from "./outbox/outbox-fixture.ts";
import { OUTBOX_LIMITS } from "./outbox/outbox-limits.ts";
import { CATALOGUE, MEMBER, NOW_MS, TestScale } from "./terminal/terminal-fixture.ts";
import { type TestBroker, testBroker, until } from "./uplink/broker-fixture.ts";

const log = pino({ level: "silent" });

/** An agent with a scripted channel, a real broker and a real API that serves the catalogue. */
async function world(folder = freshFolder(), bound = ["scale-1"]) {
  const broker: TestBroker = await testBroker();
  const catalogue = { ...CATALOGUE, scales: bound.map((id) => ({ id, verified_until: NOW_MS })) };
  const api = createServer((_request, response) => response.end(JSON.stringify(catalogue)));
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  const address = api.address();
  const config: EdgeConfig = loadConfig(
    {
      EDGE_NODE: "node-1",
      EDGE_BROKER_URL: broker.url,
      EDGE_API_URL: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
      EDGE_SECRET: "a-secret-of-some-length",
      EDGE_DATA_DIR: join(folder, "data"),
      EDGE_HTTP_PORT: "0",
      EDGE_CONFIG: "f",
    },
    () => JSON.stringify({ ports: [{ path: "/dev/a", protocol: "st-gs", scale: "scale-1" }] }),
  );
  const scale = new TestScale();
  const starts: ({ port: Port } & Parameters<StartChannel>[1])[] = [];
  const startChannel: StartChannel = (port, options) => {
    starts.push({ port, ...options });
    return {
      device: { isOpen: true, done: Promise.resolve() },
      get live() {
        return { weight: scale.current() };
      },
      captureStable: () => scale.captureStable(),
    };
  };
  onTestFinished(async () => {
    await broker.stop();
    api.closeAllConnections();
    api.close();
  });
  return { broker, config, scale, starts, parts: { version: "1.2.3", startChannel } };
}

const post = (agent: Agent, path: string, body: object): Promise<Response> =>
  fetch(`${agent.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

const statusOf = async (agent: Agent): Promise<Record<string, unknown>> =>
  JSON.parse(await (await fetch(`${agent.url}/status`)).text());

describe("the agent", () => {
  test("carries a reading, its health and a deposit to ingest and forgets them when acknowledged", async () => {
    const { broker, config, scale, starts, parts } = await world();
    const agent = await startAgent(config, log, parts);
    onTestFinished(() => agent.stop());
    starts[0]?.sink(level(1));
    let status = await statusOf(agent);
    const end = performance.now() + 5000;
    const isReady = () => status.connected === true && JSON.stringify(status.catalogue).includes("true");
    while (!isReady() && performance.now() < end) status = await statusOf(agent);
    scale.put(2500);
    const deposit = await post(agent, "/deposits", { member: MEMBER, lines: [{ material: "cardboard" }] });
    expect(deposit.status).toBe(201);
    await until(() => broker.arrived.some(({ stream }) => stream === "records"), "deposit at ingest");
    const items = (stream: string) =>
      broker.arrived.filter((one) => one.stream === stream).flatMap(({ envelope }) => envelope.items);
    await until(() => items("readings").length >= 2, "readings at ingest");
    expect(items("readings")).toEqual(
      expect.arrayContaining([
        level(1),
        expect.objectContaining({ kind: "edge_health", ports_open: 1, ports_total: 1 }),
      ]),
    );
    expect(items("records")).toMatchObject([{ kind: "deposit", lines: [{ net_g: 2500 }] }]);
    const emptied = performance.now() + 5000;
    do status = await statusOf(agent);
    while (JSON.stringify(status.outbox) !== '{"readings":0,"records":0}' && performance.now() < emptied);
    expect(status.outbox).toEqual({ readings: 0, records: 0 });
  });

  test("puts a configuration from the broker in force without a restart, and remembers it", async () => {
    const folder = freshFolder();
    const first = await world(folder);
    const agent = await startAgent(first.config, log, first.parts);
    await until(() => first.broker.statuses.length > 0, "connected");
    const port = { path: "/dev/b", protocol: "mt-sics", scale: "scale-2" };
    await first.broker.publish("config", JSON.stringify({ version: 7, ports: [port] }), true);
    await until(() => first.starts.length === 2, "second port");
    expect(first.starts.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    await agent.stop();
    const second = await world(folder);
    const again = await startAgent(second.config, log, second.parts);
    onTestFinished(() => again.stop());
    expect(second.starts.map((start) => start.port)).toEqual([port]);
    expect((await statusOf(again)).config_version).toBe(7);
  });

  test("puts a profile from the broker in force without a restart, tells of it, and keeps the last good one", async () => {
    const { broker, config, scale, starts, parts } = await world();
    const agent = await startAgent(config, log, parts);
    onTestFinished(() => agent.stop());
    const end = performance.now() + 5000;
    const isReady = async () => JSON.stringify((await statusOf(agent)).catalogue).includes("true");
    while (!(await isReady()) && performance.now() < end);
    await until(() => broker.statuses.length > 0, "connected");
    scale.put(1_000);
    const weighing = async () => (await post(agent, "/weighings", {})).json();
    const expired = [expect.objectContaining({ code: "verification_expired", scale: "scale-1" })];
    expect(await weighing()).toMatchObject({ net_g: 1_000, warnings: expired });
    const bin = { path: "/dev/b", protocol: "a02yyuw", bin: "bin-1", container: "drum" };
    const good = {
      version: 7,
      ports: [starts[0]?.port, bin],
      container_types: { drum: { shape: "lying_drum" } },
      on_expired_verification: "block",
    };
    await broker.publish("config", JSON.stringify(good), true);
    await until(() => starts.length === 2, "bin started");
    expect(starts[0]?.signal.aborted, "the scale goes on").toBe(false);
    expect(starts[1]?.containerTypes).toEqual(good.container_types);
    expect(await weighing()).toMatchObject({ status: 409, code: "verification_expired" });
    await broker.publish("config", JSON.stringify({ ...good, version: 8, container_types: {} }), true);
    await until(() => broker.statuses.at(-1)?.config_wanted_version === 8, "refusal told");
    expect(broker.statuses.at(-1)).toMatchObject({
      config_version: 7,
      config_fault: "bin bin-1: container drum is not among container_types",
      notices: [{ device: "scale-1", code: "verification_expired" }],
    });
    expect(await weighing()).toMatchObject({ code: "verification_expired" });
  });

  test("pays nothing on a scale of its file that the cloud has not bound, tells of it, and pays once it is bound", async () => {
    const { broker, config, scale, starts, parts } = await world(freshFolder(), []);
    const agent = await startAgent(config, log, parts);
    onTestFinished(() => agent.stop());
    scale.put(1_000);
    const notices = async () => JSON.stringify((await statusOf(agent)).notices);
    const end = performance.now() + 5000;
    while (!(await notices()).includes("scale_unbound") && performance.now() < end);
    expect(await notices()).toContain("POST /v1/nodes/node-1/devices");
    const deposit = { member: MEMBER, lines: [{ material: "cardboard" }] };
    expect(await (await post(agent, "/deposits", deposit)).json()).toMatchObject({ code: "scale_unbound" });
    await until(() => broker.statuses.length > 0, "connected");
    await broker.publish("config", JSON.stringify({ version: 1, ports: [starts[0]?.port] }), true);
    await until(() => broker.statuses.at(-1)?.config_version === 1, "bound");
    expect(await notices()).not.toContain("scale_unbound");
    expect((await post(agent, "/deposits", deposit)).status).toBe(201);
  });

  test("does not pay a load twice that lies on the scale while it starts again", async () => {
    const folder = freshFolder();
    const body = { member: MEMBER, lines: [{ material: "cardboard" }] };
    const start = async () => {
      const made = await world(folder);
      const agent = await startAgent(made.config, log, made.parts);
      const end = performance.now() + 5000;
      while (!JSON.stringify((await statusOf(agent)).catalogue).includes("true") && performance.now() < end);
      made.scale.put(2500);
      return { ...made, agent };
    };
    const first = await start();
    expect((await post(first.agent, "/deposits", body)).status).toBe(201);
    await first.agent.stop();
    const second = await start();
    onTestFinished(() => second.agent.stop());
    expect((await post(second.agent, "/deposits", body)).status).toBe(409);
    second.scale.put(2500);
    expect((await post(second.agent, "/deposits", body)).status).toBe(201);
  });

  test("stops in order, and the outbox can be opened at once", async () => {
    const { broker, config, starts, parts } = await world();
    const agent = await startAgent(config, log, parts);
    await until(() => broker.statuses.length > 0, "connected");
    broker.script = () => undefined;
    const screen = await fetch(`${agent.url}/weight`);
    starts[0]?.sink(level(1));
    const began = performance.now();
    await agent.stop();
    expect(performance.now() - began).toBeLessThan(3000);
    expect(broker.statuses.at(-1)).toMatchObject({ online: false });
    await screen.body?.cancel();
    const outbox = openOutbox(join(config.data_dir, "outbox.sqlite"), OUTBOX_LIMITS);
    expect(outbox.backlog().readings).toBeGreaterThanOrEqual(1);
    outbox.close();
  });

  test("that cannot open its outbox or listen leaves nothing running", async () => {
    const { config, parts } = await world();
    mkdirSync(config.data_dir, { recursive: true });
    const path = join(config.data_dir, "outbox.sqlite");
    const other = openOutbox(path, OUTBOX_LIMITS);
    await expect(startAgent(config, log, parts)).rejects.toMatchObject({ code: "outbox_locked" });
    other.close();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void taken.close());
    const address = taken.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const wrong = { ...config, http: { ...config.http, port } };
    await expect(startAgent(wrong, log, parts)).rejects.toMatchObject({ code: "EADDRINUSE" });
    openOutbox(path, OUTBOX_LIMITS).close();
  });
});
