/** The terminal server: what the touch screen at the scale talks to. Builds it; `agent.ts` listens. */
import type { TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fastify, { type FastifyError, type FastifyReply, type FastifyRequest, LogController } from "fastify";
import type { TSchema } from "typebox";
import { catalogueRoute } from "./catalogue-route.ts";
import { depositRoutes } from "./deposit-routes.ts";
import { type Fault, sendProblem } from "./problems.ts";
import { receiptRoutes } from "./receipt-routes.ts";
import { requestGuard } from "./request-guard.ts";
import { scaleRoutes } from "./scale-routes.ts";
import { scanStreamRoute } from "./scan-stream.ts";
import { statusRoute } from "./status-route.ts";
import { supervisorChecksOf } from "./supervisor-checks.ts";
import type { RouteParts, TerminalParts, TerminalServer } from "./terminal-parts.ts";
import { voidRoutes } from "./void-routes.ts";
import { weighingsOf } from "./weighings.ts";
import { weightStreamRoute } from "./weight-stream.ts";

/** Builds the server with all its routes. */
export function buildTerminal(parts: TerminalParts): TerminalServer {
  const { limits, log } = parts;
  const app: TerminalServer = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    exposeHeadRoutes: false,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    // Node looks for late requests every 30 s unless told otherwise.
    http: { connectionsCheckingInterval: limits.requestTimeoutMs / 2 },
    forceCloseConnections: true,
    return503OnClosing: false,
  }).withTypeProvider<TypeBoxTypeProvider>();
  // Node swaps the two timeouts when this one, 60 s by default, is the longer.
  app.server.headersTimeout = limits.requestTimeoutMs;
  app.server.maxConnections = limits.connectionsMax;
  app.removeContentTypeParser("text/plain");
  app.setValidatorCompiler<TSchema>(({ schema }) => {
    const checker = checkerOf(schema);
    return (value: unknown) => {
      const checked = checker.check(value);
      return checked.ok ? { value: checked.value } : { error: new InvalidRequest(checked.faults) };
    };
  });
  app.setErrorHandler(answerError);
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, { code: "not_found" }));
  requestGuard(app, parts);

  const weighings = weighingsOf(limits, (scale) => parts.outbox.lastUsed(scale));
  const supervisors = supervisorChecksOf(limits, { kept: parts.tries, log });
  const routeParts: RouteParts = { nowMs: Date.now, ...parts, weighings, supervisors };
  depositRoutes(app, routeParts);
  voidRoutes(app, routeParts);
  receiptRoutes(app, routeParts);
  scaleRoutes(app, routeParts);
  weightStreamRoute(app, routeParts);
  scanStreamRoute(app, routeParts);
  catalogueRoute(app, routeParts);
  statusRoute(app, routeParts);
  return app;
}

/** Carries what a schema found wrong through Fastify to the error handler. */
class InvalidRequest extends Error {
  readonly faults: string[];

  constructor(faults: string[]) {
    super("invalid request");
    this.name = "InvalidRequest";
    this.faults = faults;
  }
}

/** Nothing of an error that was not foreseen leaves the server. */
function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const fault = faultOf(error);
  if (fault.code === "internal") request.log.error({ err: error, url: request.url }, "request failed");
  return sendProblem(reply, fault);
}

function faultOf(error: FastifyError): Fault {
  if (error instanceof InvalidRequest) {
    const faults = error.faults.map((fault) => {
      const [path = "/", ...words] = fault.split(" ");
      return { path, message: words.join(" ") };
    });
    return { code: "invalid_request", faults };
  }
  if (error.statusCode === 413) return { code: "too_large" };
  if (error.statusCode === 415) return { code: "unsupported_media_type" };
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return { code: "invalid_request", detail: error.message };
  }
  return { code: "internal" };
}
