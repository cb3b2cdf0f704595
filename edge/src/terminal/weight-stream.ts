/** `GET /weight`: the live weight as server-sent events (WHATWG HTML §9.2), one `weight` event for each change. */
import type { ServerResponse } from "node:http";
import { NameId } from "@jumpa-madu/contracts/ids";
import Type from "typebox";
import { sendProblem } from "./problems.ts";
import { findScale, type Scale, viewOf } from "./scale.ts";
import type { RouteParts, TerminalServer } from "./terminal-parts.ts";

const WeightQuery = Type.Object({ scale: Type.Optional(NameId) }, { additionalProperties: false });

/** Registers the stream. Without `?scale=` it tells of all scales. */
export function weightStreamRoute(app: TerminalServer, { scales, limits }: RouteParts): void {
  const open = new Set<ServerResponse>();
  // A screen that stays open must not hold up the stopping of the agent.
  app.addHook("preClose", (done) => {
    for (const response of open) response.end();
    done();
  });

  app.get("/weight", { schema: { querystring: WeightQuery } }, (request, reply) => {
    const name = request.query.scale;
    if (name !== undefined) {
      const found = findScale(scales(), name);
      if (!found.ok) return sendProblem(reply, found.fault);
    }
    if (open.size >= limits.listenersMax) {
      return sendProblem(reply, { code: "too_many_listeners", detail: `at most ${limits.listenersMax}` });
    }
    reply.hijack();
    const response = reply.raw;
    for (const [header, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) response.setHeader(header, value);
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    open.add(response);
    const stop = follow(response, {
      scales: () => scales().filter((scale) => name === undefined || scale.name === name),
      limits,
    });
    response.on("error", () => response.destroy());
    response.on("close", () => {
      stop();
      open.delete(response);
    });
    return reply;
  });
}

/** Writes what has changed, look by look, until told to stop. */
function follow(
  response: ServerResponse,
  { scales, limits }: { scales: () => Scale[]; limits: RouteParts["limits"] },
): () => void {
  const told = new Map<string, string>();
  let writtenMs = performance.now();

  const write = (text: string): void => {
    writtenMs = performance.now();
    if (!response.write(text) && response.writableLength > limits.listenerBytesMax) response.destroy();
  };
  const look = (): void => {
    for (const scale of scales()) {
      const view = JSON.stringify(viewOf(scale));
      if (told.get(scale.name) === view) continue;
      told.set(scale.name, view);
      write(`event: weight\ndata: ${view}\n\n`);
    }
    if (performance.now() - writtenMs >= limits.heartbeatEveryMs) write(": still here\n\n");
  };

  response.flushHeaders();
  look();
  const timer = setInterval(look, limits.weightEveryMs);
  return () => clearInterval(timer);
}
