import { once } from "node:events";
import { connect } from "node:net";
import { Registry } from "prom-client";
import { expect, onTestFinished, test } from "vitest";
import { buildHttp, CONNECTIONS_MAX } from "./http.ts";

test(`${CONNECTIONS_MAX} connections are served, a further one is closed at once`, async () => {
  const app = buildHttp({ registry: new Registry(), faults: async () => [] });
  const url = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
  onTestFinished(() => app.close());
  const open = async () => {
    const socket = connect(Number(url.port), url.hostname).on("error", () => undefined);
    onTestFinished(() => void socket.destroy());
    await once(socket, "connect");
    return socket.resume();
  };
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS_MAX }, open));
  const surplus = connect(Number(url.port), url.hostname).on("error", () => undefined);
  await once(surplus.resume(), "close");
  expect(sockets.every((socket) => !socket.destroyed)).toBe(true);
});

test("a request that takes longer than the limit to arrive is answered 408 and cut", async () => {
  const app = buildHttp({
    registry: new Registry(),

    faults: async () => [],
    requestMsMax: 200,
  });
  const url = new URL(await app.listen({ host: "127.0.0.1", port: 0 }));
  onTestFinished(() => app.close());
  const socket = connect(Number(url.port), url.hostname).on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  let answer = "";
  socket.on("data", (chunk) => {
    answer += chunk.toString();
  });
  socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\n");
  await once(socket, "close");
  expect(answer).toContain("408 Request Timeout");
});
