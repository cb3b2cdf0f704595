/**
 * Flip for Business, money transfer v3: `/api/v3/disbursement`, `/api/v3/get-disbursement`. Inquiry and balance are documented under
 * `/api/v2` and answered under both versions.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Payout } from "../book/payout.ts";
import { fateOf } from "../destinations.ts";
import { lagMsOf } from "../faults/fault-hooks.ts";
import { isKeyOf } from "../http/basic-auth.ts";
import { RateCounter } from "../http/rate-counter.ts";
import type { Simulation } from "../simulation.ts";
import { readFlipCreate } from "./create-request.ts";
import { flipDisbursementBody } from "./disbursement-body.ts";
import {
  sendFlipError,
  sendFlipInvalid,
  sendFlipKeyConflict,
  sendFlipNotFound,
  sendFlipShort,
} from "./errors.ts";

/** Longest idempotency key of Flip, in characters. */
export const FLIP_KEY_LENGTH_MAX = 255;

/** A request whose X-TIMESTAMP is further than this from now, in milliseconds, is not processed. */
export const TIMESTAMP_AGE_MS_MAX = 60_000;

/** Most disbursements of a page. */
export const FLIP_PAGE_MAX = 100;

type Query = Record<string, string | undefined>;

/** Adds the routes. */
export async function flipRoutes(app: FastifyInstance, simulation: Simulation): Promise<void> {
  guard(app, simulation);
  const book = simulation.books.flip;
  const bodyOf = (payout: Payout) => disbursementOf(simulation, payout);

  app.post("/api/v3/disbursement", (request, reply) => create(simulation, request, reply));

  app.get<{ Querystring: Query }>("/api/v3/get-disbursement", async ({ query }, reply) => {
    const { id, "idempotency-key": key } = query;
    const nowMs = simulation.nowMs();
    const payout = id === undefined ? book.lookUpKey(key ?? "", nowMs) : book.lookUp(id, nowMs);
    return payout ? bodyOf(payout) : sendFlipNotFound(reply, id === undefined ? "idempotency-key" : "id");
  });

  app.get<{ Querystring: Query }>("/api/v3/disbursement", async ({ query }, reply) => {
    const perPage = Number(query.pagination ?? 20);
    const page = Number(query.page ?? 1);
    if (
      !Number.isInteger(perPage) ||
      perPage < 1 ||
      perPage > FLIP_PAGE_MAX ||
      !Number.isInteger(page) ||
      page < 1
    )
      return sendFlipInvalid(reply, [{ attribute: "pagination", message: `must be 1 to ${FLIP_PAGE_MAX}` }]);
    const all = book.list(simulation.nowMs());
    return {
      total_data: all.length,
      data_per_page: perPage,
      total_page: Math.ceil(all.length / perPage),
      page,
      data: all.slice((page - 1) * perPage, page * perPage).map(bodyOf),
    };
  });

  for (const version of ["v2", "v3"]) {
    app.get(`/api/${version}/general/balance`, async () => ({ balance: book.availableIdr }));
    app.post(`/api/${version}/disbursement/bank-account-inquiry`, async (request, reply) =>
      inquire(simulation, request, reply),
    );
  }
}

function guard(app: FastifyInstance, simulation: Simulation): void {
  const { secrets, limits, durations } = simulation;
  const counter = new RateCounter(limits.requestsPerMinuteMax, durations.rateWindowMs);
  app.addHook("preHandler", async (request, reply) => {
    if (!isKeyOf(request.headers.authorization, secrets.flipSecretKey))
      return sendFlipError(reply, 401, "Unauthorized");
    const rate = counter.count(`${request.method} ${request.routeOptions.url}`, simulation.nowMs());
    if (!rate.isOver) return;
    reply.header("retry-after", rate.resetS);
    return sendFlipError(reply, 429, "Too Many Requests");
  });
}

async function create(
  simulation: Simulation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { "idempotency-key": key, "x-timestamp": timestamp } = request.headers;
  if (typeof key !== "string" || key === "" || key.length > FLIP_KEY_LENGTH_MAX) {
    const message = `must have 1 to ${FLIP_KEY_LENGTH_MAX} characters`;
    return sendFlipInvalid(reply, [{ attribute: "idempotency-key", message }]);
  }
  if (timestamp !== undefined && !isFresh(String(timestamp), simulation.wallMs()))
    return sendFlipInvalid(reply, [{ attribute: "X-TIMESTAMP", message: "is no time, or too far from now" }]);
  const read = readFlipCreate(key, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0));
  if (!read.ok) return sendFlipInvalid(reply, read.faults);
  const fate = fateOf(read.request.accountNumber, read.channel);
  const creation = simulation.create("flip", read.request, { fate, lagMs: lagMsOf(request) });
  switch (creation.kind) {
    case "created":
    case "replay":
      return disbursementOf(simulation, creation.payout);
    case "key-conflict":
      return sendFlipKeyConflict(reply);
    case "insufficient":
      return sendFlipShort(reply);
    case "full":
      return sendFlipError(reply, 503, "Service Unavailable");
  }
}

async function inquire(
  simulation: Simulation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const form = new URLSearchParams(Buffer.isBuffer(request.body) ? request.body.toString("utf8") : "");
  const bankCode = form.get("bank_code") ?? "";
  const accountNumber = form.get("account_number") ?? "";
  if (!/^\d{1,100}$/.test(accountNumber))
    return sendFlipInvalid(reply, [{ attribute: "account_number", message: "must be digits" }]);
  const found = simulation.holders.inquire(bankCode, accountNumber);
  if (!found) return sendFlipInvalid(reply, [{ attribute: "bank_code", message: "is not a bank code" }]);
  return {
    bank_code: bankCode,
    account_number: accountNumber,
    account_holder: found.holder,
    status: found.status,
    inquiry_key: form.get("inquiry_key") ?? "",
  };
}

function disbursementOf(simulation: Simulation, payout: Payout): unknown {
  return flipDisbursementBody(payout, simulation.holders.holderOf(payout.channel, payout.accountNumber));
}

function isFresh(timestamp: string, nowMs: number): boolean {
  return Math.abs(Date.parse(timestamp) - nowMs) <= TIMESTAMP_AGE_MS_MAX;
}
