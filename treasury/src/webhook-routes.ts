/**
 * Webhooks of payment providers: `POST /webhooks/payouts/{provider}`.
 *
 * A message that shows our token is kept sealed in the inbox and answered 200; only then is it worked on. It moves nothing by
 * itself: what it is about is asked of the provider. 503 means that it is to come again. Nothing of a body is logged.
 */
import { STATUS_CODES } from "node:http";
import { FailureBudget } from "@jumpa-madu/contracts/failure-budget";
import { PAYOUT_PROVIDERS, type PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import { PROBLEM_MEDIA_TYPE, type Problem } from "@jumpa-madu/contracts/problem";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import type { Metrics } from "./metrics.ts";
import type { PayoutProvider } from "./payout-provider.ts";

/** Bytes of a webhook's body: one payout has some 2 KiB. Beyond: 413. */
export const WEBHOOK_BODY_BYTES_MAX = 64 * 1024;

/** After which a sender that was answered 503 may come again, in seconds. */
const RETRY_AFTER_S = 30;

/** A message that showed our token. */
export interface Message {
  provider: PayoutProviderId;
  /** Equal for two deliveries of one event. */
  dedupe: string;
  raw: Uint8Array;
}

export interface WebhookOptions {
  /** Providers that are on. */
  providers: ReadonlyMap<PayoutProviderId, PayoutProvider>;
  /** Makes the message durable; throws when it cannot. */
  keep: (message: Message) => Promise<"new" | "seen">;
  metrics: Metrics;
  log: Logger;
}

interface Trouble {
  status: 400 | 401 | 404 | 413 | 429 | 503;
  code: string;
  detail: string;
  headers?: Record<string, string>;
}

/** Registers the address. */
export const webhookRoutes: FastifyPluginAsync<WebhookOptions> = async (app, options) => {
  const { providers, keep, metrics, log } = options;
  const budget = new FailureBudget();
  app.removeAllContentTypeParsers();
  // Whatever the media type: the adapter reads the bytes.
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => sendTrouble(reply, troubleOf(error, log)));
  app.post<{ Params: { provider: string } }>(
    "/webhooks/payouts/:provider",
    { bodyLimit: WEBHOOK_BODY_BYTES_MAX },
    async (request, reply) => {
      const provider = providerOf(providers, request.params.provider);
      if (provider === null) return sendTrouble(reply, NO_SUCH_ADDRESS);
      const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      if (!provider.showsToken(request.headers, raw)) {
        const waitMs = budget.spend(request.ip, performance.now());
        metrics.webhooksRefused.inc({ provider: provider.id, reason: waitMs === 0 ? "token" : "rate" });
        if (waitMs === 0)
          log.warn({ address: request.ip, provider: provider.id }, "a webhook shows no token of ours");
        return sendTrouble(reply, waitMs === 0 ? wrongToken(request) : tooMany(waitMs));
      }
      const outcome = await keep({ provider: provider.id, dedupe: provider.noteOf(raw).dedupe, raw });
      metrics.webhooks.inc({ provider: provider.id, outcome });
      return reply.header("cache-control", "no-store").send({ outcome });
    },
  );
};

function providerOf(providers: WebhookOptions["providers"], name: string): PayoutProvider | null {
  const id = PAYOUT_PROVIDERS.find((one) => one === name);
  return id === undefined ? null : (providers.get(id) ?? null);
}

const NO_SUCH_ADDRESS: Trouble = {
  status: 404,
  code: "not_found",
  detail: `there is no such webhook, or its provider is off; POST to ${PAYOUT_PROVIDERS.map((id) => `/webhooks/payouts/${id}`).join(" or ")} of a provider whose secrets are configured`,
};

function wrongToken(request: FastifyRequest<{ Params: { provider: string } }>): Trouble {
  const name = request.params.provider === "xendit-v2" ? "XENDIT_CALLBACK_TOKEN" : "FLIP_CALLBACK_TOKEN";
  return {
    status: 401,
    code: "wrong_credentials",
    detail: `the webhook does not show the token that is configured as ${name}; copy it from the provider's dashboard`,
  };
}

function tooMany(waitMs: number): Trouble {
  const afterS = Math.ceil(waitMs / 1_000);
  return {
    status: 429,
    code: "too_many_requests",
    detail: `too many wrong tokens from this address; put the token right and try again in ${afterS} seconds`,
    headers: { "retry-after": String(afterS) },
  };
}

function troubleOf(error: unknown, log: Logger): Trouble {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE")
    return {
      status: 413,
      code: "too_large",
      detail: `the body has more than ${WEBHOOK_BODY_BYTES_MAX / 1024} KiB; a webhook about one payout is far smaller`,
    };
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  // Fastify's own words on a request that it could not read, such as a length that is not the body's.
  if (error instanceof Error && typeof status === "number" && status >= 400 && status < 500)
    return { status: 400, code: "malformed", detail: `the request could not be read: ${error.message}` };
  log.error({ err: error }, "a webhook could not be kept; the provider sends it again");
  return {
    status: 503,
    code: "unavailable",
    detail: "the database does not answer; nothing is lost when it is sent again",
    headers: { "retry-after": String(RETRY_AFTER_S) },
  };
}

function sendTrouble(reply: FastifyReply, { status, code, detail, headers = {} }: Trouble): FastifyReply {
  const problem: Problem = { type: "about:blank", title: STATUS_CODES[status] ?? "", status, code, detail };
  return reply
    .code(status)
    .headers({ "cache-control": "no-store", ...headers })
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problem));
}
