/** Zones: the districts that bins and waste banks stand in. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewZone, Zone, ZonePage } from "@jumpa-madu/contracts/http/places";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import { insertZone, listZones } from "@jumpa-madu/store/zones";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { PROBLEMS } from "./problems.ts";

export const zoneRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/zones",
    {
      schema: {
        tags: ["places"],
        summary: "Zones by id",
        querystring: NameListQuery,
        response: { 200: ZonePage, ...PROBLEMS },
      },
      config: { permission: "zones.read" },
    },
    (request, reply) => sendList(request, reply, { item: Zone, read: (page) => listZones(store.db, page) }),
  );

  app.post(
    "/v1/zones",
    {
      schema: {
        tags: ["places"],
        summary: "Add a zone",
        body: NewZone,
        response: { 201: Zone, ...PROBLEMS },
      },
      config: { permission: "zones.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `there is a zone ${request.body.id} already`,
          unknown: "something that is named does not exist",
        },
        work: async (tx) => {
          await insertZone(tx, request.body);
          return { status: 201, body: request.body };
        },
      }),
  );
};
