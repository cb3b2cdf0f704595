/**
 * Webhooks: `POST /webhooks/ttn/{webhook}` and `POST /webhooks/chirpstack/{webhook}?event=up`.
 *
 * 200 means that the readings are stored, or that the message is in quarantine, came before, or holds none: in no case is it
 * to come again. 503 means that it is. The secret is asked for before the body is read, and nothing of either is logged.
 */
import { STATUS_CODES } from "node:http";
import { FAILURES_WINDOW_MS, FailureBudget } from "@jumpa-madu/contracts/failure-budget";
import { WEBHOOK_SERVERS, type WebhookServer } from "@jumpa-madu/contracts/http/remote";
import { isName } from "@jumpa-madu/contracts/ids";
import { PROBLEM_MEDIA_TYPE, type Problem } from "@jumpa-madu/contracts/problem";
import { pause } from "@jumpa-madu/contracts/wake";
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { parseJson, quarantineItem, textOf } from "../intake/envelope-intake.ts";
import type { Metrics } from "../metrics.ts";
import { Seldom } from "../seldom.ts";
import { parseChirpstackMessage } from "./chirpstack-message.ts";
import type { LorawanMessage, LorawanUplink } from "./lorawan-message.ts";
import { readPayload } from "./models.ts";
import type { RemoteJudgement } from "./remote-judgement.ts";
import { parseTtnMessage } from "./ttn-message.ts";
import type { UplinkOutcome } from "./uplink.ts";
import type { WebhookKeys } from "./webhook-keys.ts";

/** Bytes of a body: an uplink that a hundred gateways heard has some 60 KiB. Beyond: 413. */
export const WEBHOOK_BODY_BYTES_MAX = 256 * 1024;

/**
 * Longest that a message waits until it is durable, in milliseconds. Beyond: 503, and it is durable later or not at all;
 * sent again it is known. The Things Stack gives up after 10 s.
 */
export const WEBHOOK_ANSWER_MS_MAX = 8_000;

/** After which a sender that was answered 503 may come again, in seconds. */
const RETRY_AFTER_S = 10;

export interface WebhookOptions {
  judgement: RemoteJudgement;
  keys: WebhookKeys;
  metrics: Metrics;
  log: Logger;
  /** Aborts when the service ends: what waits is answered 503. */
  signal: AbortSignal;
}

interface Path {
  server: string;
  webhook: string;
}

/** A problem that ends a request. */
interface Trouble {
  status: 400 | 401 | 404 | 413 | 429 | 503;
  code: string;
  detail: string;
  headers?: Record<string, string>;
}

/** Registers the two addresses. */
export const webhookRoutes: FastifyPluginAsync<WebhookOptions> = async (app, options) => {
  const guard = webhookGuard(options);
  app.removeAllContentTypeParsers();
  // Whatever the media type, so that what is no JSON is told of in quarantine and not refused for ever.
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, _request, reply) => sendTrouble(reply, troubleOf(error, options.log)));
  // Such as a path that was filled in at the network server's form, or a slash too many.
  app.all(
    "/webhooks/*",
    { onRequest: async (_request, reply) => sendTrouble(reply, NO_SUCH_ADDRESS) },
    () => null,
  );
  app.post<{ Params: Path; Querystring: { event?: unknown } }>(
    "/webhooks/:server/:webhook",
    { bodyLimit: WEBHOOK_BODY_BYTES_MAX, onRequest: guard },
    async (request, reply) => {
      const { params, query, body } = request;
      const server = serverOf(params.server);
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      const event = typeof query.event === "string" ? query.event : undefined;
      const taken = takeMessage(options, { server, webhook: params.webhook, event, bytes });
      const outcome = await beforeDeadline(taken, options.signal);
      await sendOutcome(reply, outcome);
    },
  );
};

/** An outcome, or an event that holds no uplink. */
type Answer = UplinkOutcome | { kind: "ignored"; event: string };

async function takeMessage(
  { judgement, metrics }: WebhookOptions,
  from: { server: WebhookServer; webhook: string; event: string | undefined; bytes: Buffer },
): Promise<Answer> {
  const { server, webhook, event, bytes } = from;
  const path = pathOf(server, webhook);
  const receivedMs = Date.now();
  const message = messageOf(server, event, bytes);
  if (message.kind === "event") {
    metrics.webhookEvents.inc({ server, event: message.event });
    return { kind: "ignored", event: message.event };
  }
  if (message.kind === "fault") {
    metrics.uplinks.inc({ source: "lorawan", outcome: "quarantined" });
    const place = { node: null, topic: path, stream: null, epoch: null, receivedMs };
    return judgement.quarantine(quarantineItem(place, { seq: null, ...message.fault, body: textOf(bytes) }));
  }
  const { uplink } = message;
  if (uplink.payload.length === 0) {
    // Commands of the network alone, or a sign of life.
    metrics.webhookEvents.inc({ server, event: "empty" });
    return { kind: "ignored", event: "empty" };
  }
  return judgement.take({
    sensor: { source: "lorawan", node: uplink.devEui, key: uplink.devEui },
    site: "",
    from: path,
    atMs: uplink.atMs,
    receivedMs,
    mark: uplink.mark,
    seq: uplink.counter,
    body: textOf(bytes),
    read: readerOf(uplink),
  });
}

function readerOf({ port, payload }: LorawanUplink) {
  return (model: string) => readPayload(model, { port, bytes: payload });
}

function messageOf(server: WebhookServer, event: string | undefined, bytes: Buffer): LorawanMessage {
  const value = parseJson(bytes);
  if (value === undefined && (server === "ttn" || event === "up" || event === undefined)) {
    const reason = "not JSON; set the format of the webhook or the encoding of the integration to JSON";
    return { kind: "fault", fault: { code: "malformed", reason } };
  }
  return server === "ttn" ? parseTtnMessage(value) : parseChirpstackMessage(event, value);
}

/** Shows the secret's owner in; throws Trouble for everybody else, before the body is read. */
function webhookGuard({ keys, metrics, log }: WebhookOptions) {
  const budget = new FailureBudget();
  const told = new Seldom(FAILURES_WINDOW_MS);
  return async (request: FastifyRequest<{ Params: Path }>, reply: FastifyReply) => {
    const { server, webhook } = request.params;
    if (!WEBHOOK_SERVERS.some((one) => one === server)) return sendTrouble(reply, NO_SUCH_ADDRESS);
    const secret = /^Bearer (\S{1,200})$/i.exec(request.headers.authorization ?? "")?.[1];
    const key = secret === undefined || !isName(webhook) ? null : await keys.open(webhook, secret);
    if (key === null) {
      const waitMs = budget.spend(request.ip, performance.now());
      metrics.webhookRefused.inc({ reason: waitMs === 0 ? "secret" : "rate" });
      if (told.isDue(request.ip, performance.now()))
        log.warn({ address: request.ip, hasSecret: secret !== undefined }, "a webhook was refused");
      return sendTrouble(reply, waitMs === 0 ? wrongSecret(secret) : tooMany(waitMs));
    }
    if (key.server !== server) {
      metrics.webhookRefused.inc({ reason: "server" });
      const detail = `webhook ${webhook} is one of ${key.server}; post to ${pathOf(key.server, webhook)}`;
      return sendTrouble(reply, { status: 404, code: "not_found", detail });
    }
  };
}

const NO_SUCH_ADDRESS: Trouble = {
  status: 404,
  code: "not_found",
  detail: `there is no webhook at this address; POST to ${WEBHOOK_SERVERS.map((one) => pathOf(one, "{webhook}")).join(" or ")}, and leave the path of the message empty at The Things Stack`,
};

/** The same for an unknown webhook, a revoked one and a wrong secret, so that nobody learns which webhooks there are. */
function wrongSecret(secret: string | undefined): Trouble {
  const what =
    secret === undefined
      ? "the request shows no secret; add the header `Authorization: Bearer <secret>` to the webhook"
      : "the webhook's name or its secret is wrong, or it was revoked; check the address and the header `Authorization: Bearer <secret>`";
  return {
    status: 401,
    code: "wrong_credentials",
    detail: `${what}. A lost secret is replaced with POST /v1/webhooks/{webhook}/secret`,
    headers: { "www-authenticate": 'Bearer realm="jumpa-madu webhooks"' },
  };
}

function tooMany(waitMs: number): Trouble {
  const afterS = Math.ceil(waitMs / 1_000);
  return {
    status: 429,
    code: "too_many_requests",
    detail: `too many wrong secrets from this address; put the secret right and try again in ${afterS} seconds`,
    headers: { "retry-after": String(afterS) },
  };
}

function troubleOf(error: unknown, log: Logger): Trouble {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    const detail = `the body has more than ${WEBHOOK_BODY_BYTES_MAX / 1024} KiB; leave out fields that are not needed, such as the gateways' metadata`;
    return { status: 413, code: "too_large", detail };
  }
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  // Fastify's own words on a request that it could not read, such as a length that is not the body's.
  if (error instanceof Error && typeof status === "number" && status >= 400 && status < 500)
    return { status: 400, code: "malformed", detail: `the request could not be read: ${error.message}` };
  log.error({ err: error }, "a webhook could not be served");
  return away("the database does not answer");
}

function away(reason: string): Trouble {
  return {
    status: 503,
    code: "unavailable",
    detail: `${reason}; nothing is lost when it is sent again`,
    headers: { "retry-after": String(RETRY_AFTER_S) },
  };
}

async function beforeDeadline(taken: Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  const late = new AbortController();
  const end = AbortSignal.any([signal, late.signal]);
  const deadline = pause(WEBHOOK_ANSWER_MS_MAX, end).then(
    (): Answer => ({ kind: "unavailable", reason: "the stores do not answer in time" }),
  );
  const answer = await Promise.race([taken, deadline]);
  late.abort();
  return answer;
}

async function sendOutcome(reply: FastifyReply, answer: Answer): Promise<void> {
  const { kind, ...more } = answer;
  if (kind === "unavailable") await sendTrouble(reply, away(answer.reason));
  else await reply.header("cache-control", "no-store").send({ outcome: kind, ...more });
}

function sendTrouble(reply: FastifyReply, { status, code, detail, headers = {} }: Trouble): FastifyReply {
  const problem: Problem = { type: "about:blank", title: STATUS_CODES[status] ?? "", status, code, detail };
  return reply
    .code(status)
    .headers({ "cache-control": "no-store", ...headers })
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problem));
}

/** The guard has let no other through. */
function serverOf(text: string): WebhookServer {
  return text === "ttn" ? "ttn" : "chirpstack";
}

function pathOf(server: WebhookServer, webhook: string): string {
  return `/webhooks/${server}/${webhook}`;
}
