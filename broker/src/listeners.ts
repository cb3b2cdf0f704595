/** Listeners: MQTT over TCP, TLS, WebSocket and secure WebSocket; each is optional. */
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer as createTlsServer } from "node:tls";
import { createWebSocketStream, WebSocketServer } from "ws";
import { BrokerError } from "./broker-error.ts";
import type { BrokerConfig } from "./config.ts";
import type { BrokerLimits } from "./limits.ts";

/** How clients reach the broker. */
export type Transport = "tcp" | "tls" | "ws" | "wss";

/** The port of each listener that is open. */
export type Ports = Partial<Record<Transport, number>>;

/** What listeners hand over. */
export interface Acceptor {
  /** Asked for each raw socket; false closes it. */
  admit(socket: Socket, transport: Transport): boolean;
  /** Takes a stream of MQTT bytes over. */
  accept(stream: Duplex, address: string, request?: IncomingMessage): void;
  refuse(reason: "accept" | "tls_handshake" | "subprotocol", fields: Record<string, unknown>): void;
}

const SUBPROTOCOL = "mqtt";
const SOCKET_OPTIONS = { noDelay: true, keepAlive: true } as const;

/** Opens all listeners of the configuration, or none: throws BrokerError when one cannot be opened. */
export async function openListeners(
  config: BrokerConfig,
  acceptor: Acceptor,
): Promise<{ ports: Ports; close(): void }> {
  const servers = buildServers(config, acceptor);
  const close = () => {
    for (const { server } of servers) server.close();
  };
  const ports: Ports = {};
  try {
    for (const { transport, server, host, port } of servers) {
      ports[transport] = await listen(server, { host, port });
      // Such as too many open files: the connection is lost, the listener goes on.
      server.on("error", (error) => acceptor.refuse("accept", { transport, error: error.message }));
    }
  } catch (cause) {
    close();
    throw cause;
  }
  return { ports, close };
}

interface Planned {
  transport: Transport;
  server: Server;
  host: string;
  port: number;
}

function buildServers({ plain, secure, limits }: BrokerConfig, acceptor: Acceptor): Planned[] {
  const planned: Planned[] = [];
  const { host } = plain;
  if (plain.tcpPort !== null) {
    planned.push({ transport: "tcp", server: tcpServer(acceptor), host, port: plain.tcpPort });
  }
  if (plain.wsPort !== null) {
    const server = webServer(createHttpServer(webOptions(limits)), "ws", { acceptor, limits });
    planned.push({ transport: "ws", server, host, port: plain.wsPort });
  }
  if (secure === null) return planned;
  const tls = {
    ...readCertificate(secure),
    ...SOCKET_OPTIONS,
    minVersion: "TLSv1.2",
    handshakeTimeout: limits.connectTimeoutMs,
  } as const;
  if (secure.tlsPort !== null) {
    planned.push({
      transport: "tls",
      server: tlsServer(tls, acceptor),
      host: secure.host,
      port: secure.tlsPort,
    });
  }
  if (secure.wssPort !== null) {
    const server = webServer(createHttpsServer({ ...tls, ...webOptions(limits) }), "wss", {
      acceptor,
      limits,
    });
    planned.push({ transport: "wss", server, host: secure.host, port: secure.wssPort });
  }
  return planned;
}

function readCertificate({ certFile, keyFile }: { certFile: string; keyFile: string }): {
  cert: Buffer;
  key: Buffer;
} {
  try {
    return { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  } catch (cause) {
    throw new BrokerError("certificate_unreadable", `cannot read ${certFile} and ${keyFile}`, { cause });
  }
}

function tcpServer(acceptor: Acceptor): Server {
  return createServer(SOCKET_OPTIONS, (socket) => {
    if (acceptor.admit(socket, "tcp")) acceptor.accept(socket, addressOfSocket(socket));
  });
}

function tlsServer(options: Parameters<typeof createTlsServer>[0], acceptor: Acceptor): Server {
  const server = createTlsServer(options ?? {}, (socket) => acceptor.accept(socket, addressOfSocket(socket)));
  return admitting(server, "tls", acceptor);
}

/** Options of an HTTP server that takes WebSockets. Node looks for late heads every 30 s unless told otherwise. */
function webOptions({ connectTimeoutMs }: BrokerLimits) {
  return {
    ...SOCKET_OPTIONS,
    headersTimeout: connectTimeoutMs,
    requestTimeout: connectTimeoutMs,
    connectionsCheckingInterval: connectTimeoutMs / 2,
  };
}

function webServer(
  server: HttpServer,
  transport: "ws" | "wss",
  { acceptor, limits }: { acceptor: Acceptor; limits: BrokerLimits },
): Server {
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: limits.packetBytesMax,
    handleProtocols: () => SUBPROTOCOL,
  });
  server.on("request", (_request, response) => {
    response.writeHead(426, { Connection: "close", Upgrade: "websocket" }).end();
  });
  server.on("upgrade", (request, socket, head) => {
    // [MQTT-6.0.0-3]
    const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((one) => one.trim());
    if (!offered.includes(SUBPROTOCOL)) {
      acceptor.refuse("subprotocol", { address: request.socket.remoteAddress });
      socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
      return;
    }
    const address = addressOfSocket(request.socket);
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      acceptor.accept(createWebSocketStream(webSocket), address, request);
    });
  });
  return admitting(server, transport, acceptor);
}

/** Asks for every raw socket before TLS or HTTP spends anything on it. */
function admitting(server: Server, transport: Transport, acceptor: Acceptor): Server {
  server.prependListener("connection", (socket: Socket) => acceptor.admit(socket, transport));
  server.on("tlsClientError", (error: Error, socket: Socket) => {
    acceptor.refuse("tls_handshake", { address: socket.remoteAddress, error: error.message });
    socket.destroy();
  });
  return server;
}

/** Remote IP address of a socket; "unknown" when it is gone already. */
export function addressOfSocket(socket: Socket): string {
  return socket.remoteAddress ?? "unknown";
}

/** Listens, and answers the port. Throws BrokerError `listen_failed`. */
export async function listen(server: Server, at: { host: string; port: number }): Promise<number> {
  const opened = Promise.withResolvers<void>();
  server.once("error", opened.reject);
  server.listen(at, opened.resolve);
  try {
    await opened.promise;
  } catch (cause) {
    throw new BrokerError("listen_failed", `cannot listen on ${at.host}:${at.port}`, { cause });
  } finally {
    server.off("error", opened.reject);
  }
  const address = server.address();
  return address === null || typeof address === "string" ? at.port : address.port;
}
