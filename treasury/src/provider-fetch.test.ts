import { afterEach, describe, expect, it } from "vitest";
import { type FetchOptions, providerFetch, troubleOf } from "./provider-fetch.ts";
import {
  bodyOf,
  deadUrl,
  type FaultyServer,
  startHttpServer,
  startRawServer,
} from "./testing/faulty-server.ts";

let server: FaultyServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

const NEVER = new AbortController().signal;
const BODY = new TextEncoder().encode('{"amount":50000}');

function send(url: string, options: Partial<FetchOptions> = {}) {
  return providerFetch(
    { method: "POST", url, headers: { authorization: "Basic c2VjcmV0Og==" }, body: BODY },
    { signal: NEVER, timeoutMs: 2_000, ...options },
  );
}

describe("an answer", () => {
  it("is the status, the headers and the bytes, whatever they say", async () => {
    server = await startHttpServer((_request, response) => {
      response.writeHead(502, { "content-type": "text/html", "rate-limit-reset": "7" });
      response.end("<html>bad gateway</html>");
    });
    const fetched = await send(server.url);
    expect(fetched).toMatchObject({ ok: true, answer: { status: 502 } });
    if (!fetched.ok) throw new Error("no answer");
    expect(fetched.answer.headers.get("rate-limit-reset")).toBe("7");
    expect(Buffer.from(fetched.answer.bytes).toString()).toBe("<html>bad gateway</html>");
  });

  it("may be empty", async () => {
    server = await startHttpServer((_request, response) => response.writeHead(503).end());
    expect(await send(server.url)).toMatchObject({
      ok: true,
      answer: { status: 503, bytes: Buffer.alloc(0) },
    });
  });

  it("is asked for with the very bytes that were given", async () => {
    let body = "";
    server = await startHttpServer(async (request, response) => {
      body = await bodyOf(request);
      response.end();
    });
    await send(server.url);
    expect(body).toBe('{"amount":50000}');
  });

  it("that redirects is not followed", async () => {
    server = await startHttpServer((_request, response) =>
      response.writeHead(307, { location: "/elsewhere" }).end(),
    );
    expect(await send(server.url)).toMatchObject({ ok: true, answer: { status: 307 } });
    expect(server.received()).toBe("POST /\n");
  });
});

describe("trouble after which nothing can have arrived", () => {
  it("is a refused connection", async () => {
    expect(await send(await deadUrl())).toEqual({
      ok: false,
      trouble: { kind: "refused", sent: "no", code: "ECONNREFUSED" },
    });
  });

  it("is a name that does not resolve", async () => {
    const fetched = await send("http://provider.invalid/");
    expect(fetched).toMatchObject({ ok: false, trouble: { kind: "dns", sent: "no" } });
  });

  it("is a service that ends before it begins", async () => {
    expect(await send("http://127.0.0.1:1/", { signal: AbortSignal.abort() })).toMatchObject({
      trouble: { kind: "stopped", sent: "no" },
    });
  });

  it("is a name of which every address refuses, but not one of which a single address is silent", () => {
    const refused = Object.assign(new Error(), { code: "ECONNREFUSED" });
    const silent = Object.assign(new Error(), { code: "ETIMEDOUT" });
    const tried = (errors: Error[]) => new TypeError("x", { cause: new AggregateError(errors) });
    expect(troubleOf(tried([refused, refused]))).toMatchObject({ kind: "refused", sent: "no" });
    expect(troubleOf(tried([refused, silent]))).toMatchObject({ kind: "timeout", sent: "maybe" });
    expect(troubleOf(tried([refused, new Error()]))).toMatchObject({ sent: "maybe" });
  });
});

describe("trouble after which it may have arrived", () => {
  const raw: [string, Parameters<typeof startRawServer>[0], string][] = [
    ["a reset", (socket) => socket.resetAndDestroy(), "reset"],
    ["a connection that ends without an answer", (socket) => socket.end(), "reset"],
    [
      "an answer that breaks off in its body",
      (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"),
      "reset",
    ],
    ["bytes that are no HTTP", (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"), "malformed"],
  ];
  it.each(raw)("is %s", async (_name, answer, kind) => {
    server = await startRawServer(answer);
    expect(await send(server.url)).toMatchObject({ ok: false, trouble: { kind, sent: "maybe" } });
  });

  it("is silence", async () => {
    server = await startRawServer(() => undefined);
    expect(await send(server.url, { timeoutMs: 100 })).toMatchObject({
      trouble: { kind: "timeout", sent: "maybe" },
    });
  });

  it("is an answer that comes without end, a byte at a time", async () => {
    const timers: NodeJS.Timeout[] = [];
    server = await startHttpServer((_request, response) => {
      response.writeHead(200);
      timers.push(setInterval(() => response.write(" "), 10));
    });
    expect(await send(server.url, { timeoutMs: 150 })).toMatchObject({ trouble: { kind: "timeout" } });
    for (const timer of timers) clearInterval(timer);
  });

  it("is an answer larger than the bound, of which no more is read", async () => {
    server = await startHttpServer((_request, response) => response.end("x".repeat(1_001)));
    expect(await send(server.url, { answerBytesMax: 1_000 })).toMatchObject({
      trouble: { kind: "too_large", sent: "maybe" },
    });
    expect(await send(server.url, { answerBytesMax: 1_001 })).toMatchObject({ ok: true });
  });

  it("is the end of the service while it waits", async () => {
    const stopping = new AbortController();
    server = await startRawServer(() => stopping.abort());
    expect(await send(server.url, { signal: stopping.signal })).toMatchObject({
      trouble: { kind: "stopped", sent: "maybe" },
    });
  });

  it("is whatever is not known", () => {
    expect(troubleOf(new Error("connect ECONNREFUSED"))).toEqual({
      kind: "other",
      sent: "maybe",
      code: "none",
    });
    expect(troubleOf("ECONNREFUSED")).toMatchObject({ sent: "maybe" });
    const network = Object.assign(new Error(), { code: "ENETUNREACH" });
    expect(troubleOf(new TypeError("x", { cause: network }))).toMatchObject({ kind: "other", sent: "maybe" });
    const handshake = Object.assign(new Error(), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" });
    expect(troubleOf(new TypeError("x", { cause: handshake }))).toMatchObject({ kind: "tls", sent: "maybe" });
  });
});
