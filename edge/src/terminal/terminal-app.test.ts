import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { ScaleCheck } from "@jumpa-madu/contracts/records";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import { itemsOf } from "../outbox/outbox-fixture.ts";
import { until } from "../uplink/broker-fixture.ts";
import { ask, MEMBER, TestScale, testTerminal } from "./terminal-fixture.ts";

describe("who may call", () => {
  test.each([
    ["another Host", { host: "evil.example" }, 403, "forbidden_host"],
    ["a Host that begins like ours", { host: "localhost.evil.example" }, 403, "forbidden_host"],
    ["another Origin", { origin: "https://evil.example" }, 403, "forbidden_origin"],
    ["a page of another port", { origin: "http://127.0.0.1:1" }, 403, "forbidden_origin"],
    ["an opaque Origin", { origin: "null" }, 403, "forbidden_origin"],
    ["a form", { "content-type": "application/x-www-form-urlencoded" }, 415, "unsupported_media_type"],
    ["plain text", { "content-type": "text/plain" }, 415, "unsupported_media_type"],
  ])("%s is refused", async (_name, headers, status, code) => {
    const terminal = await testTerminal();
    terminal.scale.put(1000);
    const answer = await terminal.post("/weighings", {}, headers);
    expect(answer).toMatchObject({ status, body: { code } });
  });

  test("a body that is not said to be JSON is refused, even an empty one", async () => {
    const { port } = await testTerminal();
    const answer = await ask({ port, method: "POST", path: "/weighings", text: "", headers: {} });
    expect(answer).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
  });

  test("our own origin and allowed ones are let in, and told so for the browser", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(1000);
    const own = `http://127.0.0.1:${terminal.port}`;
    expect((await terminal.post("/weighings", {}, { origin: own })).status).toBe(201);
    const allowed = await terminal.post("/weighings", {}, { origin: "http://terminal.example" });
    expect(allowed.status).toBe(201);
    expect(allowed.headers["access-control-allow-origin"]).toBe("http://terminal.example");
    const { port } = terminal;
    const headers = { origin: "http://terminal.example" };
    const preflight = await ask({ port, method: "OPTIONS", path: "/deposits", text: "", headers });
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-headers"]).toBe("content-type");
  });
});

describe("bad requests", () => {
  test("bodies that are too large, no JSON, or not there are problems", async () => {
    const terminal = await testTerminal({ limits: { bodyBytesMax: 1000 } });
    expect(await terminal.post("/deposits", `{"member":"${"x".repeat(1000)}"}`)).toMatchObject({
      status: 413,
      body: { code: "too_large" },
    });
    expect(await terminal.post("/deposits", "{")).toMatchObject({
      status: 400,
      body: { code: "invalid_request" },
    });
    expect(await terminal.post("/deposits", "")).toMatchObject({
      status: 400,
      body: { code: "invalid_request" },
    });
    expect(await terminal.get("/nowhere")).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  test("every wrong field is named", async () => {
    const terminal = await testTerminal();
    const answer = await terminal.post("/deposits", { member: "", lines: [{ material: "A B" }] });
    const faults = answer.body.faults;
    expect(faults).toEqual([
      { path: "/member", message: expect.any(String) },
      { path: "/lines/0/material", message: expect.any(String) },
    ]);
  });

  test("no JSON whatsoever brings the terminal to answer 500", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(1000);
    const paths = ["/deposits", "/weighings", "/scale-checks", `/deposits/${MEMBER}/void`];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue(), async (path, body) => {
        const { status } = await terminal.post(path, body);
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });

  test("what was not foreseen answers 500 without its message", async () => {
    const ports = (): never => {
      throw new Error("secret inside");
    };
    const terminal = await testTerminal({ parts: { ports } });
    const answer = await terminal.get("/status");
    expect(answer).toMatchObject({ status: 500, body: { code: "internal" } });
    expect(JSON.stringify(answer)).not.toContain("secret inside");
  });
});

/** Opens a bare connection, sends some bytes, and answers what comes until the server closes. */
function untilClosed(port: number, sent: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(sent));
    socket.on("data", (piece) => {
      text += piece.toString();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
  });
}

describe("connections", () => {
  test("a request that does not arrive within requestTimeoutMs is given up", async () => {
    const { port } = await testTerminal({ limits: { requestTimeoutMs: 100 } });
    const half =
      "POST /deposits HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{";
    expect(await untilClosed(port, half)).toContain("408");
  });

  test("one connection more than connectionsMax is closed at once", async () => {
    const { port } = await testTerminal({ limits: { connectionsMax: 1 } });
    await stream(port);
    expect(await untilClosed(port, "GET /status HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")).toBe("");
  });
});

describe("status and scale checks", () => {
  test("the status tells what waits, what is connected and how old things are", async () => {
    const terminal = await testTerminal();
    expect(await terminal.get("/status")).toMatchObject({
      status: 200,
      body: {
        node: "node-1",
        version: "1.2.3",
        connected: false,
        outbox: { readings: 0, records: 0 },
        ports: [{ device: "scale-1", open: true, last_reading_age_ms: 7 }],
        catalogue: { present: true, age_ms: 1234 },
        config_version: 3,
      },
    });
  });

  test("a scale check records what was shown beside the known weight", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(5010.5);
    const answer = await terminal.post("/scale-checks", { scale: "scale-1", reference_g: 5000 });
    expect(answer).toMatchObject({ status: 201, body: { shown_g: 5010.5, difference_g: 10.5 } });
    const [record] = itemsOf(terminal.outbox, "records").values();
    expect(checkerOf(ScaleCheck).check(record)).toMatchObject({ ok: true });
    terminal.scale.refuse("moving");
    const refused = await terminal.post("/scale-checks", { reference_g: 5000 });
    expect(refused).toMatchObject({ status: 409, body: { code: "moving" } });
  });
});

/** Opens the weight stream and collects what it says. */
async function stream(
  port: number,
  path = "/weight",
): Promise<{ response: IncomingMessage; text: () => string }> {
  let text = "";
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, resolve).on("error", reject);
  });
  response.on("data", (piece: Buffer) => {
    text += piece.toString();
  });
  // Cut connections are part of these tests.
  response.on("error", () => undefined);
  onTestFinished(() => void response.destroy());
  return { response, text: () => text };
}

describe("the live weight", () => {
  test("is told at once and on every change, in words when it cannot be taken", async () => {
    const { port, scale } = await testTerminal();
    const { response, text } = await stream(port);
    expect(response.headers["content-type"]).toBe("text/event-stream");
    await until(() => text().includes('"state":"disconnected","weight_g":null'), "disconnected");
    scale.put(1500);
    await until(() => text().includes('"state":"stable","weight_g":1500'), "stable");
    scale.refuse("moving");
    await until(() => text().includes('"state":"moving","weight_g":1500'), "moving");
    scale.refuse("stale");
    await until(() => text().includes('"state":"stale","weight_g":null'), "stale");
    // Looks without a change say nothing.
    expect(text().match(/event: weight/g)).toHaveLength(4);
  });

  test("of a scale that is not there is a problem", async () => {
    const terminal = await testTerminal();
    expect(await terminal.get("/weight?scale=other")).toMatchObject({
      status: 422,
      body: { code: "unknown_scale" },
    });
  });

  test("a heartbeat shows that the connection lives", async () => {
    const { port } = await testTerminal({ limits: { heartbeatEveryMs: 20 } });
    const { text } = await stream(port);
    await until(() => (text().match(/: still here/g) ?? []).length >= 2, "two heartbeats");
  });

  test("one screen more than listenersMax is refused, and let in when another has gone", async () => {
    const terminal = await testTerminal({ limits: { listenersMax: 2 } });
    const first = await stream(terminal.port);
    await stream(terminal.port);
    expect(await terminal.get("/weight")).toMatchObject({
      status: 503,
      body: { code: "too_many_listeners" },
    });
    first.response.destroy();
    let status = 503;
    const end = performance.now() + 5000;
    while (status !== 200 && performance.now() < end) {
      const { response } = await stream(terminal.port);
      status = response.statusCode ?? 0;
      if (status !== 200) response.destroy();
    }
    expect(status).toBe(200);
  });

  test("a screen that does not read is disconnected", async () => {
    // Long events, so that the kernel's buffers of a few MiB are soon full.
    const scale = new TestScale("s".repeat(200_000));
    const { port } = await testTerminal({
      limits: { weightEveryMs: 1, listenerBytesMax: 1 },
      parts: { scales: () => [scale] },
    });
    const { response } = await stream(port);
    response.pause();
    const closed = new Promise((resolve) => response.once("close", resolve));
    let grams = 0;
    const moving = setInterval(() => scale.put(++grams), 1);
    onTestFinished(() => clearInterval(moving));
    await closed;
  });
});
