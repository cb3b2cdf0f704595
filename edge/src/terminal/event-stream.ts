/** Event stream: a page follows something of the terminal as server-sent events (WHATWG HTML §9.2). */
import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";
import { sendProblem } from "./problems.ts";
import type { TerminalLimits } from "./terminal-limits.ts";
import type { TerminalServer } from "./terminal-parts.ts";

/** An event to be written: its name and what it carries. */
export interface StreamEvent {
  readonly name: string;
  readonly data: object;
}

/** Opens a stream; `look` gives what has changed since it was last called, and is called again and again. */
export type OpenStream = (reply: FastifyReply, look: () => StreamEvent[]) => FastifyReply;

/** Makes the streams of one route. All are ended before the server closes: an open screen must not hold up the agent. */
export function eventStreams(app: TerminalServer, limits: TerminalLimits): OpenStream {
  const open = new Set<ServerResponse>();
  app.addHook("preClose", (done) => {
    for (const response of open) response.end();
    done();
  });

  return (reply, look) => {
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
    const stop = follow(response, look, limits);
    response.on("error", () => response.destroy());
    response.on("close", () => {
      stop();
      open.delete(response);
    });
    return reply;
  };
}

/** Writes what has changed, look by look, until told to stop. */
function follow(response: ServerResponse, look: () => StreamEvent[], limits: TerminalLimits): () => void {
  let writtenMs = performance.now();
  const write = (text: string): void => {
    writtenMs = performance.now();
    if (!response.write(text) && response.writableLength > limits.listenerBytesMax) response.destroy();
  };
  const writeChanges = (): void => {
    for (const { name, data } of look()) write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
    if (performance.now() - writtenMs >= limits.heartbeatEveryMs) write(": still here\n\n");
  };
  response.flushHeaders();
  writeChanges();
  const timer = setInterval(writeChanges, limits.weightEveryMs);
  return () => clearInterval(timer);
}
