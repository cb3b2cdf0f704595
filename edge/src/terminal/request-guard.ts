/**
 * Lets in only what a page of this terminal would send.
 *
 * The server listens on loopback, yet any web page open in the same browser can reach it: by its address from another
 * origin, or by a name of its own that it has pointed at 127.0.0.1 (DNS rebinding). So the Host must be one that is
 * allowed, an Origin must be our own or allowed, and a body must be JSON, which no form can send.
 */
import type { FastifyReply, FastifyRequest } from "fastify";
import { type Fault, sendProblem } from "./problems.ts";
import type { TerminalParts, TerminalServer } from "./terminal-parts.ts";

/** Seconds for which a browser may remember that an allowed origin may call. */
const PREFLIGHT_MAX_AGE_S = 600;

/** Registers the guard for every request, known route or not. */
export function requestGuard(app: TerminalServer, { allowed }: Pick<TerminalParts, "allowed">): void {
  app.addHook("onRequest", (request: FastifyRequest, reply: FastifyReply, next: () => void) => {
    const fault = faultOf(request, allowed);
    if (fault !== null) return void sendProblem(reply, fault);
    const { origin } = request.headers;
    if (origin !== undefined)
      void reply.header("access-control-allow-origin", origin).header("vary", "origin");
    if (request.method === "OPTIONS") return void answerPreflight(reply);
    next();
  });
}

function faultOf(request: FastifyRequest, { hosts, origins }: TerminalParts["allowed"]): Fault | null {
  const { host, origin } = request.headers;
  if (!hosts.includes(nameOf(host))) return { code: "forbidden_host" };
  const isOwn = origin === `http://${host}`;
  if (origin !== undefined && !isOwn && !origins.includes(origin)) return { code: "forbidden_origin" };
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (request.method === "POST" && type !== "application/json") return { code: "unsupported_media_type" };
  return null;
}

/** Host without its port; brackets of an IPv6 address stay. Empty when it is missing or no host. */
function nameOf(host: string | undefined): string {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(host ?? "")?.[1]?.toLowerCase() ?? "";
}

function answerPreflight(reply: FastifyReply): FastifyReply {
  return reply
    .code(204)
    .headers({
      "access-control-allow-methods": "GET, POST",
      "access-control-allow-headers": "content-type",
      "access-control-max-age": PREFLIGHT_MAX_AGE_S,
    })
    .send();
}
