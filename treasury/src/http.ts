/** The treasury's HTTP server, with what it shows to whoever watches over it: /healthz, /readyz, /metrics. */
import Fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";

/** Longest that a check of readiness may take, in milliseconds; a check that takes longer has failed. */
export const CHECK_MS_MAX = 2_000;

/** Open connections; a further one is closed at once. */
export const CONNECTIONS_MAX = 256;

/** Longest that a request may take to arrive, in milliseconds; beyond, it is answered 408. */
export const REQUEST_MS_MAX = 10_000;

export interface HttpOptions {
  registry: Registry;
  /** What keeps the service from doing its work, in words; empty when it is ready. */
  faults: () => Promise<string[]>;
  /** REQUEST_MS_MAX when absent. */
  requestMsMax?: number;
}

/** Builds the server; does not listen. */
export function buildHttp({ registry, faults, requestMsMax = REQUEST_MS_MAX }: HttpOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    requestTimeout: requestMsMax,
    // Node looks for late requests every 30 s unless told otherwise.
    http: { connectionsCheckingInterval: requestMsMax / 2 },
  });
  // Node swaps the two timeouts when this one, 60 s by default, is the longer.
  app.server.headersTimeout = requestMsMax;
  app.server.maxConnections = CONNECTIONS_MAX;
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const found = await faults();
    return reply
      .code(found.length === 0 ? 200 : 503)
      .send({ status: found.length === 0 ? "ready" : "not ready", faults: found });
  });
  app.get("/metrics", async (_request, reply) => {
    return reply.header("content-type", registry.contentType).send(await registry.metrics());
  });
  return app;
}
