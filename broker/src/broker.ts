/** Assembles the broker: listeners, limits, Aedes with its hooks, the watch over credentials, the status face. */
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import type { Aedes } from "aedes";
import type { Logger } from "pino";
import { createAedes } from "./aedes-broker.ts";
import { createAuthenticate } from "./authentication.ts";
import { closeInTime } from "./close-in-time.ts";
import type { BrokerConfig } from "./config.ts";
import { ConnectionLimit } from "./connection-limit.ts";
import { GatedConnection } from "./gated-connection.ts";
import { CONNECT_BYTES_MAX } from "./limits.ts";
import { addressOfSocket, listen, openListeners, type Ports, type Transport } from "./listeners.ts";
import { type BrokerMetrics, createMetrics } from "./metrics.ts";
import { PacketGate } from "./packet-gate.ts";
import { createNoteRefusal, type NoteRefusal } from "./refusals.ts";
import { watchCredentials } from "./revocation.ts";
import { Sessions } from "./sessions.ts";
import { createStatusServer } from "./status-server.ts";

/** A broker that runs. */
export interface Broker {
  /** Drawn at each start: messages are keyed by it, and a fixed one would re-use the keys of the run before. */
  readonly id: string;
  readonly ports: Ports & { http?: number };
  readonly metrics: BrokerMetrics;
  /** Stops listening, closes every client (their wills are published) and returns within three seconds. */
  close(): Promise<void>;
}

export interface BrokerParts {
  /** Where nodes and service accounts are; must be migrated. Not closed with the broker. */
  store: RelationalStore;
  log: Logger;
}

/** Starts the broker. Throws BrokerError when a listener or a certificate fails; then nothing is left open. */
export async function startBroker(config: BrokerConfig, { store, log }: BrokerParts): Promise<Broker> {
  const { limits } = config;
  const metrics = createMetrics();
  const noteRefusal = createNoteRefusal(log, metrics);
  const sessions = new Sessions();
  const authenticate = createAuthenticate({ db: store.db });
  const aedes = await createAedes({ authenticate, sessions, limits, metrics, noteRefusal, log });
  const sockets = new Set<Socket>();
  const stopped = new AbortController();
  const face = createStatusServer({ registry: metrics.registry, checkReady: () => store.ping() });
  let closeListeners = () => {};
  const close = async () => {
    stopped.abort();
    closeListeners();
    face.close();
    face.closeAllConnections();
    await closeInTime(aedes, sockets);
  };
  try {
    const listeners = await openListeners(
      config,
      createAcceptor(config, { aedes, sockets, metrics, noteRefusal }),
    );
    closeListeners = () => listeners.close();
    const ports: Broker["ports"] = { ...listeners.ports };
    if (config.http !== null) ports.http = await listen(face, config.http);
    const watch = { db: store.db, sessions, pollMs: limits.revocationPollMs, noteRefusal, log };
    const watching = watchCredentials(watch, stopped.signal);
    log.info({ ports, id: aedes.id }, "broker listens");
    return { id: aedes.id, ports, metrics, close: async () => void (await Promise.all([close(), watching])) };
  } catch (cause) {
    await close();
    throw cause;
  }
}

interface Accepting {
  aedes: Aedes;
  sockets: Set<Socket>;
  metrics: BrokerMetrics;
  noteRefusal: NoteRefusal;
}

function createAcceptor({ limits }: BrokerConfig, { aedes, sockets, metrics, noteRefusal }: Accepting) {
  const open = new ConnectionLimit(limits);
  const gateLimits = { connectBytesMax: CONNECT_BYTES_MAX, packetBytesMax: limits.packetBytesMax };
  return {
    admit(socket: Socket, transport: Transport): boolean {
      const address = addressOfSocket(socket);
      const admission = open.admit(address);
      if (admission !== "admitted") {
        noteRefusal(admission, { address, transport });
        socket.destroy();
        return false;
      }
      sockets.add(socket);
      metrics.connections.inc({ transport });
      socket.once("close", () => {
        open.release(address);
        sockets.delete(socket);
        metrics.connections.dec({ transport });
      });
      return true;
    },
    accept(stream: Duplex, address: string, request?: Parameters<Aedes["handle"]>[1]): void {
      const connection: GatedConnection = new GatedConnection(stream, address, {
        gate: new PacketGate(gateLimits),
        events: {
          onFault: (fault) => noteRefusal(fault, { address, clientId: client.id }),
          onBytes: (direction, bytes) => metrics.bytes.inc({ direction }, bytes),
        },
      });
      const client = aedes.handle(connection, request);
    },
    refuse: noteRefusal,
  };
}
