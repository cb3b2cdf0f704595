/** Webhooks: the addresses at ingest that LoRaWAN network servers post uplinks to. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { CreatedWebhook, NewWebhook, Webhook, WebhookPage } from "@jumpa-madu/contracts/http/remote";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import type { Tx } from "@jumpa-madu/store/relational-store";
import {
  createWebhook,
  findWebhook,
  listWebhooks,
  revokeWebhook,
  rotateWebhookSecret,
  WEBHOOKS_MAX,
  type Webhook as WebhookRow,
} from "@jumpa-madu/store/webhooks";
import { answerOnce, shownOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

const words = {
  exists: "there is such a webhook already",
  unknown: "something that is named does not exist",
};

export const webhookRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/webhooks",
    {
      schema: {
        tags: ["nodes"],
        summary: "Webhooks of network servers by id",
        querystring: NameListQuery,
        response: { 200: WebhookPage, ...PROBLEMS },
      },
      config: { permission: "webhooks.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: Webhook,
        read: async (page) => {
          const { items, next } = await listWebhooks(store.db, page);
          return { items: items.map(toWebhook), next };
        },
      }),
  );

  app.post(
    "/v1/webhooks",
    {
      schema: {
        tags: ["nodes"],
        summary: "Add a webhook; its secret is shown once",
        body: NewWebhook,
        response: { 201: CreatedWebhook, ...PROBLEMS },
      },
      config: { permission: "webhooks.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words,
        work: async (tx) => {
          const secret = await createWebhook(tx, request.body, nowMs());
          if (secret === null)
            throw new ProblemError(
              "conflict",
              `there are ${WEBHOOKS_MAX} webhooks already, the most there may be`,
            );
          return shownOnce(await webhookIn(tx, request.body.id), { secret });
        },
      }),
  );

  app.post(
    "/v1/webhooks/:id/secret",
    {
      schema: {
        tags: ["nodes"],
        summary: "Draw a new secret; the old one stops working within seconds, a revoked webhook comes back",
        params: NamePath,
        response: { 201: CreatedWebhook, ...PROBLEMS },
      },
      config: { permission: "webhooks.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words,
        work: async (tx) => {
          const { id } = request.params;
          const secret = await rotateWebhookSecret(tx, id);
          return shownOnce(await webhookIn(tx, id), { secret });
        },
      }),
  );

  app.post(
    "/v1/webhooks/:id/revocation",
    {
      schema: {
        tags: ["nodes"],
        summary: "Shut a webhook",
        params: NamePath,
        response: { 201: Webhook, ...PROBLEMS },
      },
      config: { permission: "webhooks.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words,
        work: async (tx) => {
          const { id } = request.params;
          await revokeWebhook(tx, id, nowMs());
          return { status: 201, body: await webhookIn(tx, id) };
        },
      }),
  );
};

/** The webhook of this id. Throws ProblemError when there is none. */
async function webhookIn(tx: Tx, id: string): Promise<Webhook> {
  const webhook = await findWebhook(tx, id);
  if (webhook === null) throw new ProblemError("not_found", `there is no webhook ${id}`);
  return toWebhook(webhook);
}

function toWebhook({ id, server, revokedMs, createdMs }: WebhookRow): Webhook {
  return {
    id,
    server,
    path: `/webhooks/${server}/${id}`,
    revoked_at: toIsoOrNull(revokedMs),
    created_at: toIso(createdMs),
  };
}
