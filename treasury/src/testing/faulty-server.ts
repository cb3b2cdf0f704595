/** Servers that misbehave in one named way, each on a port of its own. */
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";

export interface FaultyServer {
  url: string;
  /** Bytes that have arrived, as text. */
  received(): string;
  close(): Promise<void>;
}

/** A TCP server that hands each connection's first bytes to `answer`. */
export async function startRawServer(answer: (socket: Socket) => void): Promise<FaultyServer> {
  const sockets = new Set<Socket>();
  let received = "";
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("data", () => answer(socket));
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** An HTTP server. */
export async function startHttpServer(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<FaultyServer> {
  let received = "";
  const server = createHttpServer((request, response) => {
    received += `${request.method} ${request.url}\n`;
    listener(request, response);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received: () => received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The whole body of a request. */
export async function bodyOf(request: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

/** Address that nobody listens at: the port of a server that was closed. */
export async function deadUrl(): Promise<string> {
  const server = await startRawServer(() => undefined);
  await server.close();
  return server.url;
}
