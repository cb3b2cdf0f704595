/** HTTP face for supervisors: `/healthz` (the process runs), `/readyz` (it can do its work), `/metrics` (Prometheus). */
import { createServer, type RequestListener, type Server } from "node:http";
import type { Registry } from "prom-client";
import { READY_MS_MAX, STATUS_CONNECTIONS_MAX } from "./limits.ts";

export interface StatusParts {
  registry: Registry;
  /** Rejects when the broker cannot authenticate anyone. */
  checkReady: () => Promise<void>;
  /** READY_MS_MAX and STATUS_CONNECTIONS_MAX when absent. */
  readyMsMax?: number;
  connectionsMax?: number;
}

/** Builds the server; does not listen. */
export function createStatusServer(parts: StatusParts): Server {
  const handle: RequestListener = (request, response) => {
    const reply = (status: number, body: string, type = "text/plain; charset=utf-8") => {
      response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store" }).end(body);
    };
    if (request.method !== "GET" && request.method !== "HEAD") return reply(405, "only GET\n");
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (path === "/healthz") return reply(200, "ok\n");
    if (path === "/readyz") {
      isReady(parts).then(
        (ready) => reply(ready ? 200 : 503, ready ? "ready\n" : "not ready\n"),
        () => reply(503, "not ready\n"),
      );
      return;
    }
    if (path === "/metrics") {
      parts.registry.metrics().then(
        (text) => reply(200, text, parts.registry.contentType),
        () => reply(500, "no metrics\n"),
      );
      return;
    }
    reply(404, "not here\n");
  };
  const server = createServer(handle);
  server.maxConnections = parts.connectionsMax ?? STATUS_CONNECTIONS_MAX;
  return server;
}

async function isReady({ checkReady, readyMsMax = READY_MS_MAX }: StatusParts): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(false), readyMsMax);
  try {
    return await Promise.race([
      checkReady().then(
        () => true,
        () => false,
      ),
      late.promise,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
