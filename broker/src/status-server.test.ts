import { once } from "node:events";
import { connect } from "node:net";
import { Registry } from "prom-client";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import {
  connectAs,
  openTestStore,
  startTestBroker,
  type TestBroker,
  type TestStore,
} from "./broker-fixture.ts";

import { listen } from "./listeners.ts";
import { createStatusServer, type StatusParts } from "./status-server.ts";

let kept: TestStore;
let broker: TestBroker;

beforeAll(async () => {
  kept = await openTestStore();
  broker = await startTestBroker(kept.store);
});
afterAll(async () => {
  await broker.close();
});

const get = (path: string, method = "GET") =>
  fetch(`http://127.0.0.1:${broker.ports.http}${path}`, { method });

describe("status face", () => {
  test("says that the process runs and what it does not know", async () => {
    expect((await get("/healthz")).status).toBe(200);
    expect((await get("/nowhere")).status).toBe(404);
    expect((await get("/healthz", "POST")).status).toBe(405);
  });

  test("shows what passed, by channel, and what was refused, by reason", async () => {
    const node = await connectAs(broker.url, "bin-1", { password: await kept.node("bin-1") });
    await node.publishAsync("jm/v1/a/bin-1/readings", "{}", { qos: 1 });
    await expect(connectAs(broker.url, "bin-1", { password: "no" })).rejects.toThrow();
    const text = await (await get("/metrics")).text();
    expect(text).toContain('broker_messages_in_total{channel="readings"} 1');
    expect(text).toContain('broker_messages_in_total{channel="records"} 0');
    expect(text).toContain('broker_authentication_failures_total{reason="wrong_secret"} 1');
    expect(text).toContain("broker_sessions 1");
    expect(text).toMatch(/broker_bytes_total\{direction="in"\} [1-9]/);
    await node.endAsync();
  });

  test("is ready while the store answers, and not after", async () => {
    expect((await get("/readyz")).status).toBe(200);
    await kept.close();
    expect((await get("/readyz")).status).toBe(503);
    expect((await get("/healthz")).status).toBe(200);
  });
});

describe("limits of the status face", () => {
  async function open(parts: Partial<StatusParts>): Promise<number> {
    const server = createStatusServer({ registry: new Registry(), checkReady: async () => {}, ...parts });
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    return listen(server, { host: "127.0.0.1", port: 0 });
  }

  test("a store that does not answer in time is not ready", async () => {
    const port = await open({ checkReady: () => new Promise(() => {}), readyMsMax: 20 });
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(503);
  });

  test("one connection too many is closed at once", async () => {
    const port = await open({ connectionsMax: 1 });
    const first = connect(port, "127.0.0.1");
    onTestFinished(() => void first.destroy());
    await once(first, "connect");
    const second = connect(port, "127.0.0.1").on("error", () => undefined);
    second.resume();
    await once(second, "close");
    expect(first.destroyed).toBe(false);
  });
});
