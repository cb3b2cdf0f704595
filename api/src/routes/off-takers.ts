/** Off-takers: businesses that buy sorted waste. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewOffTaker, OffTaker, OffTakerPage } from "@jumpa-madu/contracts/http/stock";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import { insertOffTaker, listOffTakers, type OffTaker as OffTakerRow } from "@jumpa-madu/store/off-takers";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { PROBLEMS } from "./problems.ts";

export const offTakerRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/off-takers",
    {
      schema: {
        tags: ["stock"],
        summary: "Businesses that buy waste, by id",
        querystring: NameListQuery,
        response: { 200: OffTakerPage, ...PROBLEMS },
      },
      config: { permission: "off_takers.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: OffTaker,
        read: async (page) => {
          const { items, next } = await listOffTakers(store.db, page);
          return { items: items.map(toOffTaker), next };
        },
      }),
  );

  app.post(
    "/v1/off-takers",
    {
      schema: {
        tags: ["stock"],
        summary: "Add a business that buys waste",
        body: NewOffTaker,
        response: { 201: OffTaker, ...PROBLEMS },
      },
      config: { permission: "off_takers.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `there is an off-taker ${request.body.id} already`,
          unknown: "something that is named does not exist",
        },
        work: async (tx) => {
          const offTaker = {
            ...request.body,
            createdMs: nowMs(),
            createdBy: `user:${callerOf(request).id}`,
          };
          await insertOffTaker(tx, offTaker);
          return { status: 201, body: toOffTaker(offTaker) };
        },
      }),
  );
};

function toOffTaker({ id, name, createdBy, createdMs }: OffTakerRow): OffTaker {
  return { id, name, created_by: createdBy, created_at: toIso(createdMs) };
}
