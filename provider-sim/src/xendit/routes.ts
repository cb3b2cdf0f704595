/**
 * Xendit Payouts v2: `/v2/payouts`, `/payouts_channels`, `/balance`.
 *
 * Not documented, and ours: 404 DATA_NOT_FOUND for an id that is not there, and 400 INVALID_PAYOUT_STATUS for a cancel that comes too late.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { SIM_CHANNELS, type SimChannel } from "../channels.ts";
import { fateOf } from "../destinations.ts";
import { lagMsOf } from "../faults/fault-hooks.ts";
import { isKeyOf } from "../http/basic-auth.ts";
import { RateCounter } from "../http/rate-counter.ts";
import type { Simulation } from "../simulation.ts";
import { bodyHashOf, invalid, readXenditCreate } from "./create-request.ts";
import { sendXenditError, type XenditError } from "./errors.ts";
import { type ListQuery, xenditPage } from "./list-page.ts";
import { xenditPayoutBody } from "./payout-body.ts";

/** Longest idempotency key of Xendit, in characters. */
export const XENDIT_KEY_LENGTH_MAX = 100;

/** Adds the routes. */
export async function xenditRoutes(app: FastifyInstance, simulation: Simulation): Promise<void> {
  guard(app, simulation);
  const book = simulation.books.xendit;

  app.post("/v2/payouts", (request, reply) => create(simulation, request, reply));

  app.get<{ Querystring: ListQuery }>("/v2/payouts", async ({ query }, reply) => {
    const listed = xenditPage(book.list(simulation.nowMs()), query);
    if (listed.ok) return listed.page;
    return sendXenditError(
      reply,
      invalid([{ path: listed.path, message: "is missing or out of range" }]).error,
    );
  });

  app.get<{ Params: { id: string } }>("/v2/payouts/:id", async ({ params: { id } }, reply) => {
    const payout = book.lookUp(id, simulation.nowMs());
    return payout ? xenditPayoutBody(payout) : sendXenditError(reply, notFound(id));
  });

  app.post<{ Params: { id: string } }>("/v2/payouts/:id/cancel", async ({ params: { id } }, reply) => {
    const payout = book.lookUp(id, simulation.nowMs());
    if (!payout) return sendXenditError(reply, notFound(id));
    if (!simulation.move("xendit", { id, status: "CANCELLED" })) {
      const message = `Payout is ${payout.status} and can no longer be cancelled`;
      return sendXenditError(reply, { code: "INVALID_PAYOUT_STATUS", message });
    }
    return xenditPayoutBody(payout);
  });

  app.get<{ Querystring: Record<string, string> }>("/payouts_channels", async ({ query }) =>
    SIM_CHANNELS.filter((channel) => isAskedFor(channel, query)).map(channelBody),
  );

  app.get("/balance", async () => ({ balance: book.availableIdr }));
}

/** Key, permission and rate, in this order. */
function guard(app: FastifyInstance, simulation: Simulation): void {
  const { secrets, limits, durations } = simulation;
  const counter = new RateCounter(limits.requestsPerMinuteMax, durations.rateWindowMs);
  app.addHook("preHandler", async (request, reply) => {
    const { authorization, "for-user-id": subAccount } = request.headers;
    const isReader = isKeyOf(authorization, secrets.xenditReadOnlyKey);
    if (!isReader && !isKeyOf(authorization, secrets.xenditSecretKey))
      return sendXenditError(reply, {
        code: "INVALID_API_KEY",
        message: "API key format is invalid or unknown",
      });
    if (subAccount !== undefined || (isReader && request.method !== "GET")) {
      const message = "API key is forbidden to perform this request";
      return sendXenditError(reply, { code: "REQUEST_FORBIDDEN_ERROR", message });
    }
    const rate = counter.count(`${request.method} ${request.routeOptions.url}`, simulation.nowMs());
    reply.headers({
      "rate-limit-limit": rate.limit,
      "rate-limit-remaining": rate.remaining,
      "rate-limit-reset": rate.resetS,
    });
    if (rate.isOver)
      return sendXenditError(reply, { code: "RATE_LIMIT_EXCEEDED", message: "Rate limit was exceeded" });
  });
}

async function create(
  simulation: Simulation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const key = request.headers["idempotency-key"];
  if (typeof key !== "string" || key === "" || key.length > XENDIT_KEY_LENGTH_MAX) {
    const message = `must have 1 to ${XENDIT_KEY_LENGTH_MAX} characters`;
    return sendXenditError(reply, invalid([{ path: "header.Idempotency-key", message }]).error);
  }
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  // A key that was used is told first, whatever is wrong with the body that comes now.
  const known = simulation.books.xendit.keyState(key, bodyHashOf(bytes));
  if (known?.kind === "key-conflict") return sendXenditError(reply, KEY_CONFLICT);
  if (known?.kind === "replay") return xenditPayoutBody(known.payout);
  const read = readXenditCreate(key, bytes);
  if (!read.ok) return sendXenditError(reply, read.error);
  const fate = fateOf(read.request.accountNumber, read.channel);
  const creation = simulation.create("xendit", read.request, { fate, lagMs: lagMsOf(request) });
  if (creation.kind === "created") return xenditPayoutBody(creation.payout);
  return sendXenditError(reply, { code: "SERVER_ERROR", message: "The service is not available" });
}

const KEY_CONFLICT: XenditError = {
  code: "DUPLICATE_ERROR",
  message: "Idempotency key has already been used with a different request",
};

function notFound(id: string): XenditError {
  return { code: "DATA_NOT_FOUND", message: `Payout ${id.slice(0, 60)} was not found` };
}

function isAskedFor(channel: SimChannel, query: Record<string, string>): boolean {
  const { currency, channel_category: categories, channel_code: code } = query;
  if (currency !== undefined && currency !== "IDR") return false;
  if (categories !== undefined && !categories.split(",").includes(channel.category)) return false;
  return code === undefined || code === channel.xenditCode;
}

function channelBody({ xenditCode, category, name, minimumIdr, maximumIdr }: SimChannel): unknown {
  return {
    channel_code: xenditCode,
    channel_category: category,
    currency: "IDR",
    channel_name: name,
    amount_limits: { minimum: minimumIdr, maximum: maximumIdr, minimum_increment: 1 },
  };
}
