/** Profile of a node: its types of container, its printer and readers, and what it does about an expired verification. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NodeProfile } from "@jumpa-madu/contracts/node-config";
import { profileOf, replaceProfile } from "@jumpa-madu/store/node-configuration";
import { findNode } from "@jumpa-madu/store/node-registry";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

export const nodeProfileRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, publisher }) => {
  app.get(
    "/v1/nodes/:id/profile",
    {
      schema: {
        tags: ["nodes"],
        summary: "What a node has besides its ports",
        params: NamePath,
        response: { 200: NodeProfile, ...PROBLEMS },
      },
      config: { permission: "nodes.read" },
    },
    async (request) => {
      const { id } = request.params;
      const node = await findNode(store.db, id);
      const profile = await profileOf(store.db, id);
      if (node === null || profile === null) throw unknown(id);
      wasteBankInScope(callerOf(request), node.wasteBank ?? "");
      return profile;
    },
  );

  app.put(
    "/v1/nodes/:id/profile",
    {
      schema: {
        tags: ["nodes"],
        summary: "Replace what a node has besides its ports; the node is told at once",
        description:
          "From then on the configuration of the cloud replaces that of the node's own file as a whole, its ports as well: bind them (POST /v1/nodes/{id}/devices).",
        params: NamePath,
        body: NodeProfile,
        response: { 200: NodeProfile, ...PROBLEMS },
      },
      config: { permission: "nodes.write" },
    },
    async (request) => {
      const { id: node } = request.params;
      await store.transaction(async (tx) => {
        const outcome = await replaceProfile(tx, { node, profile: request.body });
        if (outcome.kind === "refused") throw new ProblemError("refused", outcome.reason);
        if (outcome.kind === "no_such_node") throw unknown(node);
      });
      await publisher.publish(node);
      return request.body;
    },
  );
};

function unknown(node: string): ProblemError {
  return new ProblemError("not_found", `there is no node ${node}`);
}
