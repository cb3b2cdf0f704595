/** What ingest shows to whoever watches over it: /healthz, /readyz, /metrics. */
import Fastify, { type FastifyInstance } from "fastify";
import type { Registry } from "prom-client";

/** Longest that a check of readiness may take, in milliseconds; a check that takes longer has failed. */
export const CHECK_MS_MAX = 2_000;

/** Open connections; a further one is closed at once. */
export const CONNECTIONS_MAX = 64;

export interface HttpOptions {
  registry: Registry;
  /** Brings the gauges up to date. */
  observe: () => void;
  /** What keeps the service from doing its work, in words; empty when it is ready. */
  faults: () => Promise<string[]>;
}

/** Builds the server; does not listen. */
export function buildHttp({ registry, observe, faults }: HttpOptions): FastifyInstance {
  const app = Fastify({ logger: false });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.get("/healthz", async () => ({ status: "ok" }));
  app.get("/readyz", async (_request, reply) => {
    const found = await faults();
    return reply
      .code(found.length === 0 ? 200 : 503)
      .send({ status: found.length === 0 ? "ready" : "not ready", faults: found });
  });
  app.get("/metrics", async (_request, reply) => {
    observe();
    return reply.header("content-type", registry.contentType).send(await registry.metrics());
  });
  return app;
}
