/** Nodes: who may connect, and what they last said of themselves. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  CreatedNode,
  NewNode,
  Node,
  NodeListQuery,
  NodePage,
  RotatedSecret,
} from "@jumpa-madu/contracts/http/field";
import { Status } from "@jumpa-madu/contracts/status";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { listNodes } from "@jumpa-madu/store/node-list";
import {
  findNode,
  type Node as NodeRow,
  registerNode,
  revokeNode,
  rotateNodeSecret,
} from "@jumpa-madu/store/node-registry";
import { answerOnce, shownOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

/** Shard of a node whose registration names none: all nodes, as long as one ingest is enough. */
const SHARD_DEFAULT = "s1";

const statusChecker = checkerOf(Status);
const words = { exists: "there is such a node already", unknown: "the waste bank does not exist" };

export const nodeRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, publisher, nowMs }) => {
  app.get(
    "/v1/nodes",
    {
      schema: {
        tags: ["nodes"],
        summary: "Nodes by id",
        querystring: NodeListQuery,
        response: { 200: NodePage, ...PROBLEMS },
      },
      config: { permission: "nodes.read" },
    },
    async (request, reply) => {
      const wasteBank = wasteBankInScope(callerOf(request), request.query.waste_bank ?? null);
      await sendList(request, reply, {
        item: Node,
        read: async (page) => {
          const { items, next } = await listNodes(store.db, { wasteBank }, page);
          return { items: items.map(toNode), next };
        },
      });
    },
  );

  app.get(
    "/v1/nodes/:id",
    {
      schema: {
        tags: ["nodes"],
        summary: "One node",
        params: NamePath,
        response: { 200: Node, ...PROBLEMS },
      },
      config: { permission: "nodes.read" },
    },
    async (request) => {
      const node = found(await findNode(store.db, request.params.id), request.params.id);
      wasteBankInScope(callerOf(request), node.wasteBank ?? "");
      return toNode(node);
    },
  );

  app.post(
    "/v1/nodes",
    {
      schema: {
        tags: ["nodes"],
        summary: "Register a node",
        body: NewNode,
        response: { 201: CreatedNode, ...PROBLEMS },
      },
      config: { permission: "nodes.write" },
    },
    async (request, reply) => {
      const { id, name, shard = SHARD_DEFAULT, waste_bank: wasteBank = null } = request.body;
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words,
        after: () => publisher.publish(id),
        work: async (tx) => {
          const secret = await registerNode(tx, { id, name, shard, wasteBank }, nowMs());
          const node = toNode(found(await findNode(tx, id), id));
          return shownOnce(node, { secret });
        },
      });
    },
  );

  app.post(
    "/v1/nodes/:id/secret",
    {
      schema: {
        tags: ["nodes"],
        summary: "Draw a new secret; the old one stops working, a revoked node comes back",
        params: NamePath,
        response: { 201: RotatedSecret, ...PROBLEMS },
      },
      config: { permission: "nodes.write" },
    },
    async (request, reply) => {
      const { id } = request.params;
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words,
        after: () => publisher.publish(id),
        work: async (tx) => {
          const secret = await rotateNodeSecret(tx, id, nowMs());
          if (secret === null) throw new ProblemError("not_found", `there is no node ${id}`);
          return shownOnce({ id }, { secret });
        },
      });
    },
  );

  app.post(
    "/v1/nodes/:id/revocation",
    {
      schema: {
        tags: ["nodes"],
        summary: "Shut a node out",
        params: NamePath,
        response: { 201: Node, ...PROBLEMS },
      },
      config: { permission: "nodes.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words,
        work: async (tx) => {
          const { id } = request.params;
          if (!(await revokeNode(tx, id, nowMs())))
            throw new ProblemError("not_found", `there is no node ${id}`);
          return { status: 201, body: toNode(found(await findNode(tx, id), id)) };
        },
      }),
  );
};

function found(node: NodeRow | null, id: string): NodeRow {
  if (node === null) throw new ProblemError("not_found", `there is no node ${id}`);
  return node;
}

function toNode(node: NodeRow): Node {
  const status = parseStatus(node.status);
  return {
    id: node.id,
    name: node.name,
    shard: node.shard,
    waste_bank: node.wasteBank,
    status,
    status_at: toIsoOrNull(node.statusMs),
    config_version: node.configVersion,
    reported_config_version: status?.config_version ?? null,
    reported_wanted_config_version: status?.config_wanted_version ?? null,
    notices: status?.notices ?? [],
    revoked_at: toIsoOrNull(node.revokedMs),
    created_at: toIso(node.createdMs),
  };
}

/** What the node said; null when it said nothing, or something of another version of the contract. */
function parseStatus(text: string | null): Status | null {
  if (text === null) return null;
  const checked = statusChecker.check(JSON.parse(text));
  return checked.ok ? checked.value : null;
}
