/** Remote sensors: which LoRaWAN or SenML sensor looks into which bin. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  NewRemoteSensor,
  RemoteSensor,
  RemoteSensorPage,
  RemoteSensorQuery,
} from "@jumpa-madu/contracts/http/remote";
import {
  bindRemoteSensor,
  listRemoteSensors,
  type RemoteSensor as RemoteSensorRow,
  retireRemoteSensor,
} from "@jumpa-madu/store/remote-sensors";
import Type from "typebox";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const remoteSensorRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/remote-sensors",
    {
      schema: {
        tags: ["nodes"],
        summary:
          "Sensors of bins without a node of ours, in the order in which they were bound; the retired ones too",
        querystring: RemoteSensorQuery,
        response: { 200: RemoteSensorPage, ...PROBLEMS },
      },
      config: { permission: "remote_sensors.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: RemoteSensor,
        read: async (page) => {
          const filter = { bin: request.query.bin ?? null };
          const { items, next } = await listRemoteSensors(store.db, filter, page);
          return { items: items.map(toRemoteSensor), next };
        },
      }),
  );

  app.post(
    "/v1/remote-sensors",
    {
      schema: {
        tags: ["nodes"],
        summary: "Bind a LoRaWAN sensor, or a sensor of a node's SenML packs, to a bin",
        body: NewRemoteSensor,
        response: { 201: RemoteSensor, ...PROBLEMS },
      },
      config: { permission: "remote_sensors.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `the sensor or bin ${request.body.bin} is bound already; retire what is bound first`,
          unknown: `there is no bin ${request.body.bin}`,
        },
        work: async (tx) => {
          const outcome = await bindRemoteSensor(tx, request.body, nowMs());
          if (outcome.kind === "bound") return { status: 201, body: toRemoteSensor(outcome.sensor) };
          throw new ProblemError(PROBLEM_OF_FAULT[outcome.code], outcome.reason);
        },
      }),
  );

  app.delete(
    "/v1/remote-sensors/:id",
    {
      schema: {
        tags: ["nodes"],
        summary: "Retire a sensor; what it sent stays its bin's",
        params: EventPath,
        response: { 204: Type.Null(), ...PROBLEMS },
      },
      config: { permission: "remote_sensors.write" },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await retireRemoteSensor(store.db, id, nowMs())))
        throw new ProblemError("not_found", `there is no remote sensor ${id} in use`);
      return reply.code(204).send(null);
    },
  );
};

const PROBLEM_OF_FAULT = {
  no_such_node: "unknown_reference",
  bad_settings: "refused",
  in_use: "exists",
} as const;

function toRemoteSensor({ lastUplinkMs, createdMs, retiredMs, ...sensor }: RemoteSensorRow): RemoteSensor {
  return {
    ...sensor,
    last_uplink_at: toIsoOrNull(lastUplinkMs),
    created_at: toIso(createdMs),
    retired_at: toIsoOrNull(retiredMs),
  };
}
