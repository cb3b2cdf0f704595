/** TLS, WebSocket and secure WebSocket, with a certificate made for the test. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Broker, startBroker } from "./broker.ts";
import {
  closedOf,
  connectAs,
  inboxOf,
  memoryLog,
  openRaw,
  openTestStore,
  startTestBroker,
  type TestBroker,
  type TestStore,
  testConfig,
  until,
} from "./broker-fixture.ts";

let kept: TestStore;
let broker: TestBroker;
let secret: string;
let certFile: string;
let keyFile: string;

beforeAll(async () => {
  kept = await openTestStore();
  secret = await kept.node("bin-1");
  await kept.service("ingest-a-1", "ingest");
  certFile = join(kept.folder, "broker.crt");
  keyFile = join(kept.folder, "broker.key");
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync(
    "openssl",
    ["req", "-x509", ...key, "-keyout", keyFile, "-out", certFile, "-days", "1", ...subject],
    {
      stdio: "ignore",
    },
  );
  broker = await startTestBroker(
    kept.store,
    testConfig(
      {},
      {
        plain: { host: "127.0.0.1", tcpPort: 0, wsPort: 0 },
        secure: { host: "127.0.0.1", tlsPort: 0, wssPort: 0, certFile, keyFile },
      },
    ),
  );
});
afterAll(async () => {
  await broker.close();
  await kept.close();
});

const urlOf = (transport: "tls" | "ws" | "wss") =>
  `${transport === "tls" ? "mqtts" : transport}://127.0.0.1:${broker.ports[transport]}`;

describe.each(["tls", "ws", "wss"] as const)("%s", (transport) => {
  const trust = () => ({ ca: readFileSync(certFile) });

  test("carries messages of any size that is allowed, both ways", async () => {
    const ingest = await connectAs(urlOf(transport), "ingest-a-1", {
      password: "secret-of-ingest-a-1",
      ...trust(),
    });
    const heard = inboxOf(ingest);
    await ingest.subscribeAsync("jm/v1/a/+/readings", { qos: 1 });
    const node = await connectAs(urlOf(transport), "bin-1", { password: secret, ...trust() });
    const text = "x".repeat(128 * 1024);
    await node.publishAsync("jm/v1/a/bin-1/readings", text, { qos: 1 });
    await until("the message arrives", () => heard.length === 1);
    expect(heard[0]?.text).toBe(text);
    await Promise.all([ingest.endAsync(), node.endAsync()]);
  });

  test("tells why it refuses before it closes", async () => {
    const wrong = connectAs(urlOf(transport), "bin-1", { password: `wrong ${transport}`, ...trust() });
    await expect(wrong).rejects.toMatchObject({ code: 4 });
    const unnamed = connectAs(urlOf(transport), "bin/1", { password: "x", ...trust() });
    await expect(unnamed).rejects.toMatchObject({ code: 2 });
  });

  test("closes on a packet too large", async () => {
    const before = await broker.refused("packet_bytes");
    const node = await connectAs(urlOf(transport), "bin-1", { password: secret, ...trust() });
    node.on("error", () => undefined);
    node.publish("jm/v1/a/bin-1/readings", Buffer.alloc(140 * 1024), { qos: 1 }, () => undefined);
    await closedOf(node);
    // On WebSocket the frame itself may be refused first, by its own length.
    if (transport === "tls") expect(await broker.refused("packet_bytes")).toBe(before + 1);
  });
});

test("a certificate that the client does not trust is a failed handshake, counted", async () => {
  await expect(connectAs(urlOf("tls"), "bin-1", { password: secret })).rejects.toThrow(/certificate/);
  const plain = await openRaw(broker.ports.tls ?? 0);
  plain.socket.write("this is no TLS at all, and long enough to be told apart");
  await plain.closed();
  await until("it is counted", async () => (await broker.refused("tls_handshake")) > 0);
});

test.each(["tls", "wss", "ws"] as const)(
  "a connection over %s that does not finish its handshake is closed",
  async (transport) => {
    const hasty = await startTestBroker(
      kept.store,
      testConfig(
        { connectTimeoutMs: 100 },
        {
          plain: { host: "127.0.0.1", tcpPort: null, wsPort: 0 },
          secure: { host: "127.0.0.1", tlsPort: 0, wssPort: 0, certFile, keyFile },
        },
      ),
    );
    // The first bytes of a TLS record, of an HTTP head: enough to begin, and then nothing more.
    const begin = transport === "ws" ? "GET / HT" : Buffer.of(0x16, 0x03, 0x01, 0x02);
    const closed = [null, begin].map((first) => {
      const socket = connectSocket(hasty.ports[transport] ?? 0, "127.0.0.1", () => {
        if (first !== null) socket.write(first);
      });
      socket.on("error", () => undefined).resume();
      return once(socket, "close");
    });
    await Promise.all(closed);
    await hasty.close();
  },
);

test("TLS below 1.2 is refused", async () => {
  const socket = connectTls({
    port: broker.ports.tls ?? 0,
    host: "127.0.0.1",
    maxVersion: "TLSv1.1",
    minVersion: "TLSv1",
    rejectUnauthorized: false,
  });
  const failed = Promise.withResolvers<Error>();
  socket.on("error", failed.resolve);
  expect(await failed.promise).toBeInstanceOf(Error);
});

test("a WebSocket without the subprotocol mqtt is refused", async () => {
  const webSocket = new WebSocket(`ws://127.0.0.1:${broker.ports.ws}`, ["soap"]);
  const failed = Promise.withResolvers<Error>();
  webSocket.on("error", failed.resolve);
  expect((await failed.promise).message).toContain("400");
  expect(await broker.refused("subprotocol")).toBe(1);
});

test("a plain HTTP request to the WebSocket port is told what it is", async () => {
  const response = await fetch(`http://127.0.0.1:${broker.ports.ws}/`);
  expect(response.status).toBe(426);
});

test("connections are counted by transport and given back", async () => {
  const node = await connectAs(urlOf("wss"), "bin-1", { password: secret, ca: readFileSync(certFile) });
  const text = await broker.metrics.registry.metrics();
  expect(text).toContain('broker_connections{transport="wss"} 1');
  await node.endAsync();
  await until("it is given back", async () =>
    (await broker.metrics.registry.metrics()).includes('broker_connections{transport="wss"} 0'),
  );
});

test("a certificate that cannot be read, or a port in use, is an error that names it and leaves nothing open", async () => {
  const { log } = memoryLog();
  const start = (more: Parameters<typeof testConfig>[1]): Promise<Broker> =>
    startBroker(testConfig({}, more), { store: kept.store, log });
  const secure = { host: "127.0.0.1", tlsPort: 0, wssPort: null, certFile: "/nowhere", keyFile };
  await expect(start({ secure })).rejects.toMatchObject({ code: "certificate_unreadable" });
  const plain = { host: "127.0.0.1", tcpPort: broker.tcpPort, wsPort: null };
  await expect(start({ plain })).rejects.toMatchObject({ code: "listen_failed" });
});
