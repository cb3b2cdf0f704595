/** Metrics of the HTTP face, named by OpenTelemetry's semantic conventions for HTTP servers. */
import { isSameSecret } from "@jumpa-madu/contracts/same-secret";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { collectDefaultMetrics, Histogram, Registry } from "prom-client";
import { ProblemError } from "./problem-error.ts";

/** Upper ends of the buckets in seconds, as the conventions advise. */
const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

const LOOPBACK = new Set(["127.0.0.1", "::1", "::ffff:127.0.0.1"]);

/** `token`: who may read besides callers on this machine; "" for none. `process`: also memory, event loop and the like. */
export interface MetricsOptions {
  token: string;
  process: boolean;
}

/** Measures every request and answers GET /metrics. */
export function addMetrics(app: FastifyInstance, options: MetricsOptions): void {
  const register = new Registry();
  if (options.process) collectDefaultMetrics({ register });
  const duration = new Histogram({
    name: "http_server_request_duration_seconds",
    help: "Duration of HTTP requests.",
    labelNames: ["http_request_method", "http_route", "http_response_status_code"],
    buckets: BUCKETS_S,
    registers: [register],
  });
  app.addHook("onResponse", async (request, reply) => {
    // The template of the route, never the path itself: ids in labels would make a series for each.
    duration.observe(
      {
        http_request_method: request.method,
        http_route: request.is404 ? "" : (request.routeOptions.url ?? ""),
        http_response_status_code: reply.statusCode,
      },
      reply.elapsedTime / 1_000,
    );
  });
  app.get(
    "/metrics",
    { schema: { hide: true }, config: { permission: "metrics" } },
    async (request, reply) => {
      requireScraper(request, options.token);
      return reply.type(register.contentType).send(await register.metrics());
    },
  );
}

/** A proxy on this machine makes every caller look local, so a forwarded request needs the token. */
function requireScraper(request: FastifyRequest, token: string): void {
  const isLocal = LOOPBACK.has(request.socket.remoteAddress ?? "") && !isForwarded(request);
  if (isLocal || (token !== "" && isSameSecret(request.headers.authorization, `Bearer ${token}`))) return;
  throw new ProblemError("forbidden", "metrics are for callers on this machine, or with the metrics token");
}

function isForwarded({ headers }: FastifyRequest): boolean {
  return (
    headers["x-forwarded-for"] !== undefined || headers.forwarded !== undefined || headers.via !== undefined
  );
}
