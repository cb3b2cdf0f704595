/** Materials: the kinds of waste that a waste bank takes. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import { Material, MaterialChange, MaterialPage, NewMaterial } from "@jumpa-madu/contracts/http/trade";
import {
  changeMaterial,
  insertMaterial,
  listMaterials,
  type Material as MaterialRow,
  retireMaterial,
} from "@jumpa-madu/store/materials";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

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
      sendList(request, reply, {
        item: Material,
        read: async (page) => {
          const { items, next } = await listMaterials(store.db, page);
          return { items: items.map(toMaterial), next };
        },
      }),
  );

  app.post(
    "/v1/materials",
    {
      schema: {
        tags: ["trade"],
        summary: "Add a material",
        description:
          "Qualities with prices of their own, such as clean and mixed, are materials of their own.",
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
          const { id, name, category, condition = "", sipsn_class: sipsnClass = null } = request.body;
          const material = { id, name, category, condition, sipsnClass };
          await insertMaterial(tx, material, { by: `user:${callerOf(request).id}`, nowMs: nowMs() });
          return { status: 201, body: toMaterial({ ...material, retiredMs: null }) };
        },
      }),
  );

  app.put(
    "/v1/materials/:id",
    {
      schema: {
        tags: ["trade"],
        summary: "Change the words of a material; its id is for ever",
        params: NamePath,
        body: MaterialChange,
        response: { 200: Material, ...PROBLEMS },
      },
      config: { permission: "materials.write" },
    },
    async (request) => {
      const { name, category, condition, sipsn_class: sipsnClass } = request.body;
      const words = { name, category, condition, sipsnClass };
      const by = `user:${callerOf(request).id}`;
      const { id } = request.params;
      return found(
        id,
        await store.transaction((tx) => changeMaterial(tx, id, { words, by, nowMs: nowMs() })),
      );
    },
  );

  for (const [act, isRetired, summary] of [
    ["retire", true, "Take a material out of the terminals' catalogues; what is left of it is still sold"],
    ["restore", false, "Offer a retired material again"],
  ] as const) {
    app.post(
      `/v1/materials/:id/${act}`,
      {
        schema: {
          tags: ["trade"],
          summary,
          params: NamePath,
          response: { 200: Material, ...PROBLEMS },
        },
        config: { permission: "materials.write" },
      },
      async (request) => {
        const by = `user:${callerOf(request).id}`;
        const { id } = request.params;
        return found(
          id,
          await store.transaction((tx) => retireMaterial(tx, id, { isRetired, by, nowMs: nowMs() })),
        );
      },
    );
  }
};

function found(id: string, material: MaterialRow | null): Material {
  if (material === null) throw new ProblemError("not_found", `there is no material ${id}`);
  return toMaterial(material);
}

function toMaterial({ id, name, category, condition, sipsnClass, retiredMs }: MaterialRow): Material {
  return { id, name, category, condition, sipsn_class: sipsnClass, retired_at: toIsoOrNull(retiredMs) };
}
