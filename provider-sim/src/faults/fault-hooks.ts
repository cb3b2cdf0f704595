/** Lets armed faults strike requests: before the handler, or on its answer. */
import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { RequestLog } from "../http/request-log.ts";
import type { ArmedFaults } from "./armed-faults.ts";
import { type HttpFaultOrder, matchesRequest, strikesBefore } from "./http-fault.ts";
import { spoilAnswer } from "./spoil-answer.ts";

/** What a proxy in front of a provider says when the provider is away. */
const BAD_GATEWAY_PAGE =
  "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n";

/** What the hooks need. */
export interface FaultHooks {
  armed: ArmedFaults<HttpFaultOrder>;
  log: RequestLog;
  /** Requests that no fault strikes, such as the control calls. */
  isExempt: (path: string) => boolean;
}

/** The fault that strikes a request, for the handlers that must know. */
const struck = new WeakMap<FastifyRequest, HttpFaultOrder>();

/** How long the payout that this request creates stays hidden from lookups, in milliseconds. */
export function lagMsOf(request: FastifyRequest): number {
  return struck.get(request)?.lagMs ?? 0;
}

/** The path without its query, which may hold what must not be kept. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "";
}

/** Adds the hooks; must come before those of the providers. */
export function addFaultHooks(app: FastifyInstance, { armed, log, isExempt }: FaultHooks): void {
  const entries = new WeakMap<FastifyRequest, { status: number | null }>();

  app.addHook("preHandler", async (request, reply) => {
    const path = pathOf(request);
    if (isExempt(path)) return;
    const { method } = request;
    const fault = armed.draw((order) => matchesRequest(order, { method, path }));
    entries.set(request, log.add({ method, path, fault: fault?.fault ?? null, status: null }));
    if (fault === null) return;
    struck.set(request, fault);
    if (strikesBefore(fault)) await strike(fault, request, reply);
  });

  app.addHook("onSend", async (request, reply, payload) => {
    const fault = struck.get(request);
    const struckAfter = fault !== undefined && !strikesBefore(fault);
    const body = struckAfter ? await spoilSent(fault, { request, reply, payload }) : payload;
    const entry = entries.get(request);
    if (entry) entry.status = reply.statusCode;
    return body;
  });
}

/** Answers in the provider's place, or not at all. */
async function strike(
  { fault }: HttpFaultOrder,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (fault === "hang") reply.hijack();
  else if (fault === "reset") {
    reply.hijack();
    request.raw.socket.resetAndDestroy();
  } else if (fault === "bad-gateway") await reply.code(502).type("text/html").send(BAD_GATEWAY_PAGE);
  else if (fault === "unavailable") await reply.code(503).send();
  else if (fault === "server-error") await reply.code(500).send(SERVER_ERROR);
}

const SERVER_ERROR = { error_code: "SERVER_ERROR", message: "An unexpected error occured." };

interface Sent {
  request: FastifyRequest;
  reply: FastifyReply;
  payload: unknown;
}

/** What is sent in place of the answer. */
async function spoilSent(
  { fault, delayMs }: HttpFaultOrder,
  { request, reply, payload }: Sent,
): Promise<unknown> {
  switch (fault) {
    case "hang":
      return never();
    case "reset":
      request.raw.socket.resetAndDestroy();
      return never();
    case "slow":
      await sleep(delayMs, undefined, { ref: false });
      return payload;
    case "bad-gateway":
      reply.code(502).type("text/html").removeHeader("content-length");
      return BAD_GATEWAY_PAGE;
    case "unavailable":
      reply.code(503).removeHeader("content-length");
      return "";
    case "server-error":
      reply.code(500).removeHeader("content-length");
      return JSON.stringify(SERVER_ERROR);
    default:
      return typeof payload === "string" && reply.statusCode < 300 ? spoilAnswer(fault, payload) : payload;
  }
}

/** Holds an answer back for ever; the connection ends with the client or the server. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}
