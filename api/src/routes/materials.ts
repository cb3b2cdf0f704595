/** Materials: the kinds of waste that a waste bank takes. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import { Material, MaterialPage, NewMaterial } from "@jumpa-madu/contracts/http/trade";
import { insertMaterial, listMaterials } from "@jumpa-madu/store/materials";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { PROBLEMS } from "./problems.ts";

export const materialRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/materials",
    {
      schema: {
        tags: ["trade"],
        summary: "Materials by id",
        querystring: NameListQuery,
        response: { 200: MaterialPage, ...PROBLEMS },
      },
      config: { permission: "materials.read" },
    },
    (request, reply) =>
      sendList(request, reply, { item: Material, read: (page) => listMaterials(store.db, page) }),
  );

  app.post(
    "/v1/materials",
    {
      schema: {
        tags: ["trade"],
        summary: "Add a material",
        body: NewMaterial,
        response: { 201: Material, ...PROBLEMS },
      },
      config: { permission: "materials.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `there is a material ${request.body.id} already`,
          unknown: "something that is named does not exist",
        },
        work: async (tx) => {
          await insertMaterial(tx, request.body, nowMs());
          return { status: 201, body: request.body };
        },
      }),
  );
};
