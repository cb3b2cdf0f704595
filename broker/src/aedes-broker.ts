/** Aedes with the rules of this broker. */
import type { EventEmitter } from "node:events";
import { Aedes, type Client } from "aedes";
import type { Logger } from "pino";
import { type AuthenticateParts, createAuthenticateHook } from "./authenticate-hook.ts";
import { deliverEverything } from "./delivery.ts";
import { DELIVERY_CONCURRENCY, EARLY_PACKETS_MAX, TOPIC_LEVELS_MAX } from "./limits.ts";
import { createPreConnect, type PendingWills } from "./pre-connect.ts";
import { createPublishHook } from "./publish-hook.ts";
import { RetainedMessages } from "./retained.ts";
import { createSubscribeHook } from "./subscribe-hook.ts";

export interface AedesParts extends Omit<AuthenticateParts, "wills"> {
  log: Logger;
}

/** Builds Aedes with every hook and remedy in place, ready to be given connections. */
export async function createAedes(parts: AedesParts): Promise<Aedes> {
  const { sessions, limits, metrics, noteRefusal } = parts;
  const wills: PendingWills = new WeakMap();
  const aedes = await Aedes.createBroker({
    // `id` stays unset: messages are keyed by it, and a fixed one would use the keys of the run before again.
    concurrency: DELIVERY_CONCURRENCY,
    connectTimeout: limits.connectTimeoutMs,
    drainTimeout: limits.drainTimeoutMs,
    queueLimit: EARLY_PACKETS_MAX,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    preConnect: createPreConnect({ wills, keepaliveSMax: limits.keepaliveSMax, noteRefusal }),
    authenticate: createAuthenticateHook({ ...parts, wills }),
    authorizePublish: createPublishHook({ sessions, metrics, noteRefusal }),
    authorizeSubscribe: createSubscribeHook({ sessions, noteRefusal }),
  });
  new RetainedMessages().serve(aedes, noteRefusal);
  followClients(aedes, parts);
  return aedes;
}

function followClients(aedes: Aedes, { sessions, metrics, noteRefusal, log }: AedesParts): void {
  aedes.on("client", (client) => {
    deliverEverything(client);
    sessions.connected(client);
    metrics.sessions.set(sessions.count);
    log.debug({ clientId: client.id }, "connected");
  });
  aedes.on("clientDisconnect", (client) => {
    sessions.disconnected(client);
    metrics.sessions.set(sessions.count);
    log.debug({ clientId: client.id }, "disconnected");
  });
  aedes.on("unsubscribe", (filters, client) => {
    for (const filter of filters) sessions.of(client)?.filters.delete(filter);
  });
  aedes.on("clientError", (client: Client, error) => {
    noteRefusal("client_error", { clientId: client.id, error: error.message });
  });
  aedes.on("connectionError", (_client: Client, error) => {
    log.debug({ error: error.message }, "connection ended before it was known whose it is");
  });
  // Aedes reports here that its persistence failed; in memory it cannot, but nothing must pass unseen.
  const emitter: EventEmitter = aedes;
  emitter.on("error", (err: unknown) => log.error({ err }, "a message may be lost"));
}
