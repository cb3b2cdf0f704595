/** Devices: which bin's sensor or which scale hangs on which port of a node. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Device, DevicePage, NewDevice } from "@jumpa-madu/contracts/http/field";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import { EventId, NameId } from "@jumpa-madu/contracts/ids";
import { checkPort } from "@jumpa-madu/contracts/port-check";
import { bindDevice, type Device as DeviceRow, listDevices, retireDevice } from "@jumpa-madu/store/devices";
import { findNode } from "@jumpa-madu/store/node-registry";
import Type from "typebox";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

const DevicePath = Type.Object({ id: NameId, device: EventId });

export const deviceRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, publisher, nowMs }) => {
  app.get(
    "/v1/nodes/:id/devices",
    {
      schema: {
        tags: ["nodes"],
        summary: "Devices in use at a node",
        params: NamePath,
        querystring: NameListQuery,
        response: { 200: DevicePage, ...PROBLEMS },
      },
      config: { permission: "nodes.read" },
    },
    async (request, reply) => {
      const { id } = request.params;
      const node = await findNode(store.db, id);
      if (node === null) throw new ProblemError("not_found", `there is no node ${id}`);
      wasteBankInScope(callerOf(request), node.wasteBank ?? "");
      await sendList(request, reply, {
        item: Device,
        read: async () => ({ items: (await listDevices(store.db, id)).map(toDevice), next: null }),
      });
    },
  );

  app.post(
    "/v1/nodes/:id/devices",
    {
      schema: {
        tags: ["nodes"],
        summary: "Bind a bin's sensor or a scale to a port; the node is told at once",
        description:
          "From the first binding on, the configuration of the cloud replaces that of the node's own file as a whole: ports that only the file has, and its printer and readers, are no longer configured. Bind every port; put printer and readers into the profile (PUT /v1/nodes/{id}/profile).",
        params: NamePath,
        body: NewDevice,
        response: { 201: Device, ...PROBLEMS },
      },
      config: { permission: "nodes.write" },
      preValidation: async ({ body }) => refuseWrongPort(body),
    },
    async (request, reply) => {
      const { id: node } = request.params;
      const { port } = request.body;
      const name = "bin" in port ? `bin ${port.bin}` : `scale ${port.scale}`;
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `${name} is bound already; retire its device or remote sensor first`,
          unknown: `there is no ${name}`,
        },
        after: () => publisher.publish(node),
        work: async (tx) => {
          const outcome = await bindDevice(tx, { node, port }, nowMs());
          if (outcome.kind === "bound") return { status: 201, body: toDevice(outcome.device) };
          throw new ProblemError(PROBLEM_OF_FAULT[outcome.code], outcome.reason);
        },
      });
    },
  );

  app.delete(
    "/v1/nodes/:id/devices/:device",
    {
      schema: {
        tags: ["nodes"],
        summary: "Retire a device; what it sent stays",
        params: DevicePath,
        response: { 204: Type.Null(), ...PROBLEMS },
      },
      config: { permission: "nodes.write" },
    },
    async (request, reply) => {
      const { id: node, device } = request.params;
      const isRetired = await store.transaction((tx) => retireDevice(tx, { node, id: device }, nowMs()));
      if (!isRetired) throw new ProblemError("not_found", `node ${node} has no device ${device} in use`);
      await publisher.publish(node);
      return reply.code(204).send(null);
    },
  );
};

/** Says what is wrong with a port of the kind that is meant, before the schema says why it is none of all kinds. */
function refuseWrongPort(body: unknown): void {
  if (typeof body !== "object" || body === null || !("port" in body)) return;
  const checked = checkPort(body.port, "/port");
  if (checked.ok) return;
  const faults = checked.faults.map((fault) => {
    const [path = "/port", ...words] = fault.split(" ");
    return { path, message: words.join(" ") };
  });
  throw new ProblemError("invalid", "the body is not what this route takes", { faults });
}

const PROBLEM_OF_FAULT = {
  no_such_node: "not_found",
  bad_port: "refused",
  too_many_ports: "conflict",
  path_in_use: "conflict",
  unknown_container: "refused",
  foreign_scale: "refused",
} as const;

function toDevice({ createdMs, ...device }: DeviceRow): Device {
  return { ...device, created_at: toIso(createdMs) };
}
