/** A proxy before a real InfluxDB that fails as a test tells it. */
import { once } from "node:events";
import { createServer, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** `pass`: to the server. `hang`: no answer until the fault changes. `refuse`: the connection breaks. Else this answer. */
type Fault = "pass" | "hang" | "refuse" | { status: number; body?: string; headers?: Record<string, string> };

export interface FaultProxy {
  /** Port of 127.0.0.1 that the proxy listens on. */
  readonly port: number;
  /** Requests to `/write` so far. */
  readonly writes: number;
  /** Fault of requests to `/write`; others pass, unless the fault is `refuse`. */
  fail(fault: Fault): void;
  close(): Promise<void>;
}

export async function startFaultProxy(targetUrl: string): Promise<FaultProxy> {
  const target = new URL(targetUrl);
  const sockets = new Set<Socket>();
  const hung = new Set<ServerResponse>();
  let fault: Fault = "pass";
  let writes = 0;
  const server: Server = createServer((incoming, answer) => {
    const isWrite = incoming.url?.startsWith("/write") ?? false;
    if (isWrite) writes++;
    if (fault === "refuse") {
      incoming.socket.destroy();
      return;
    }
    if (isWrite && fault === "hang") {
      hung.add(answer);
      return;
    }
    if (isWrite && fault !== "pass" && fault !== "hang") {
      answer.writeHead(fault.status, fault.headers).end(fault.body ?? "");
      return;
    }
    const { method, url, headers } = incoming;
    const onward = request(
      { host: target.hostname, port: target.port, method, path: url, headers },
      (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      },
    );
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    get writes() {
      return writes;
    },
    fail(next) {
      fault = next;
      for (const answer of hung) answer.destroy();
      hung.clear();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
