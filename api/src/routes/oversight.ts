/** What went wrong with what nodes sent: the quarantine, and gaps in their streams. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  Gap,
  GapPage,
  GapQuery,
  Quarantined,
  QuarantinePage,
  QuarantineQuery,
} from "@jumpa-madu/contracts/http/field";
import { listGaps } from "@jumpa-madu/store/gap-list";
import { listQuarantine } from "@jumpa-madu/store/quarantine-list";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { PROBLEMS } from "./problems.ts";

export const oversightRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store }) => {
  app.get(
    "/v1/quarantine",
    {
      schema: {
        tags: ["nodes"],
        summary: "Items that were not accepted, newest first",
        querystring: QuarantineQuery,
        response: { 200: QuarantinePage, ...PROBLEMS },
      },
      config: { permission: "quarantine.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: Quarantined,
        read: async (page) => {
          const filter = { node: request.query.node ?? null, code: request.query.code ?? null };
          const { items, next } = await listQuarantine(store.db, filter, page);
          return {
            items: items.map(({ receivedMs, ...item }) => ({ ...item, received_at: toIso(receivedMs) })),
            next,
          };
        },
      }),
  );

  app.get(
    "/v1/gaps",
    {
      schema: {
        tags: ["nodes"],
        summary: "Numbers that nodes lost before they arrived, newest first",
        querystring: GapQuery,
        response: { 200: GapPage, ...PROBLEMS },
      },
      config: { permission: "gaps.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: Gap,
        read: async (page) => {
          const { items, next } = await listGaps(store.db, { node: request.query.node ?? null }, page);
          return {
            items: items.map(({ id, node, stream, epoch, fromSeq, uptoSeq, noticedMs }) => ({
              id,
              node,
              stream,
              epoch,
              from_seq: fromSeq,
              upto_seq: uptoSeq,
              noticed_at: toIso(noticedMs),
            })),
            next,
          };
        },
      }),
  );
};
