/** Catalogue of a node's waste bank: fetched by the node itself, with its own id and secret. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Catalogue } from "@jumpa-madu/contracts/catalogue";
import { catalogueOf } from "@jumpa-madu/store/catalogue-of-waste-bank";
import { authenticateNode, type Node } from "@jumpa-madu/store/node-registry";
import type { Db } from "@jumpa-madu/store/relational-store";
import Type from "typebox";
import type { Rooms } from "../app.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

export const catalogueRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, vault, nowMs }) => {
  app.get(
    "/v1/nodes/:id/catalogue",
    {
      schema: {
        tags: ["nodes"],
        summary:
          "Members, materials, the node's scales, and prices in force and to come; answers 304 to the ETag it gave",
        params: NamePath,
        response: { 200: Catalogue, 304: Type.Null(), ...PROBLEMS },
      },
      config: { permission: "node" },
    },
    async (request, reply) => {
      const node = await nodeOf(store.db, request.headers.authorization);
      if (node.id !== request.params.id)
        throw new ProblemError("forbidden", "a node fetches its own catalogue alone");
      if (node.wasteBank === null)
        throw new ProblemError("not_found", `node ${node.id} stands at no waste bank`);
      reply.header("cache-control", "private, no-cache");
      return await catalogueOf(
        { db: store.db, vault },
        { node: node.id, wasteBank: node.wasteBank },
        nowMs(),
      );
    },
  );
};

/** Node of HTTP Basic credentials (RFC 7617). */
async function nodeOf(db: Db, authorization: string | undefined): Promise<Node> {
  const encoded = /^Basic ([A-Za-z0-9+/=]{1,300})$/i.exec(authorization ?? "")?.[1] ?? "";
  const [, id = "", secret = ""] =
    /^([a-z0-9-]{1,64}):([A-Za-z0-9_-]{1,200})$/.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  const node = id === "" ? null : await authenticateNode(db, id, secret);
  if (node !== null) return node;
  throw new ProblemError("unauthenticated", "send the node's id and secret as HTTP Basic", {
    headers: { "www-authenticate": 'Basic realm="jumpa-madu"' },
  });
}
