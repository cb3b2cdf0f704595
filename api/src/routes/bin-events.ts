/** What has happened to bins: full, emptied, tipped, fire, and what their sensors suffer. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { BinEventItem, BinEventListQuery, BinEventPage } from "@jumpa-madu/contracts/http/telemetry";
import { BIN_EVENTS } from "@jumpa-madu/contracts/readings";
import type { BinEventRow } from "@jumpa-madu/store/telemetry-store";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { parseSpan, toIso } from "../moments.ts";
import { PROBLEMS } from "./problems.ts";
import { namesOf } from "./route-parts.ts";

export const binEventRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { telemetry }) => {
  app.get(
    "/v1/bin-events",
    {
      schema: {
        tags: ["telemetry"],
        summary: "Events of bins, newest first",
        querystring: BinEventListQuery,
        response: { 200: BinEventPage, ...PROBLEMS },
      },
      config: { permission: "telemetry.read" },
    },
    async (request, reply) => {
      const { query } = request;
      const named = namesOf(query.event);
      const question = {
        bins: namesOf(query.bin),
        zone: query.zone ?? null,
        events: named && BIN_EVENTS.filter((event) => named.includes(event)),
        ...parseSpan(query),
      };
      await sendList(request, reply, {
        item: BinEventItem,
        read: async (page) => {
          const { items, next } = await telemetry.binEvents(question, page);
          return { items: items.map(toItem), next };
        },
      });
    },
  );
};

function toItem({ bin, zone, event, fillBefore, fillAfter, t }: BinEventRow): BinEventItem {
  return { bin, zone, event, fill_before: fillBefore, fill_after: fillAfter, occurred_at: toIso(t) };
}
