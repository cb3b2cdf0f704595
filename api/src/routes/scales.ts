/** Scales, each with the weight that it showed last. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  NewScale,
  Scale,
  ScaleListQuery,
  ScalePage,
  ScaleVerification,
} from "@jumpa-madu/contracts/http/places";
import {
  insertScale,
  listScales,
  replaceVerification,
  type Scale as ScaleRow,
} from "@jumpa-madu/store/scales";
import type { LatestWeight, TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import Type from "typebox";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

export const scaleRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, telemetry, nowMs }) => {
  app.get(
    "/v1/scales",
    {
      schema: {
        tags: ["places"],
        summary: "Scales by id",
        querystring: ScaleListQuery,
        response: { 200: ScalePage, ...PROBLEMS },
      },
      config: { permission: "scales.read" },
    },
    async (request, reply) => {
      const wasteBank = wasteBankInScope(callerOf(request), request.query.waste_bank ?? null);
      await sendList(request, reply, {
        item: Scale,
        read: async (page) => {
          const { items, next } = await listScales(store.db, { wasteBank }, page);
          return { items: await withWeights(telemetry, items), next };
        },
      });
    },
  );

  app.post(
    "/v1/scales",
    {
      schema: {
        tags: ["places"],
        summary: "Add a scale",
        body: NewScale,
        response: { 201: Scale, ...PROBLEMS },
      },
      config: { permission: "scales.write" },
    },
    (request, reply) => {
      const { body } = request;
      const scale: ScaleRow = {
        id: body.id,
        name: body.name,
        wasteBank: body.waste_bank,
        capacityG: body.capacity_g,
        divisionG: body.division_g,
        verifiedUntilMs: parseMoment(body.verified_until, "/verified_until"),
        node: null,
        createdMs: nowMs(),
      };
      return answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `there is a scale ${body.id} already`,
          unknown: `there is no waste bank ${body.waste_bank}`,
        },
        work: async (tx) => {
          await insertScale(tx, scale);
          return { status: 201, body: toScale(scale, undefined) };
        },
      });
    },
  );

  app.put(
    "/v1/scales/:id/verification",
    {
      schema: {
        tags: ["places"],
        summary: "Say until when a scale is verified (tera); its terminal fetches it with the catalogue",
        params: NamePath,
        body: ScaleVerification,
        response: { 204: Type.Null(), ...PROBLEMS },
      },
      config: { permission: "scales.write" },
    },
    async (request, reply) => {
      const { id } = request.params;
      const untilMs = parseMoment(request.body.verified_until, "/verified_until");
      if (!(await store.transaction((tx) => replaceVerification(tx, id, untilMs))))
        throw new ProblemError("not_found", `there is no scale ${id}`);
      return reply.code(204).send(null);
    },
  );
};

async function withWeights(telemetry: TelemetryStore, scales: ScaleRow[]): Promise<Scale[]> {
  if (scales.length === 0) return [];
  const weights = await telemetry.latestWeights(scales.map(({ id }) => id));
  const byScale = new Map(weights.map((weight) => [weight.scale, weight]));
  return scales.map((scale) => toScale(scale, byScale.get(scale.id)));
}

function toScale(scale: ScaleRow, weight: LatestWeight | undefined): Scale {
  return {
    id: scale.id,
    name: scale.name,
    waste_bank: scale.wasteBank,
    capacity_g: scale.capacityG,
    division_g: scale.divisionG,
    verified_until: toIsoOrNull(scale.verifiedUntilMs),
    node: scale.node,
    weight:
      weight === undefined
        ? null
        : { weight_g: weight.weightG, stable: weight.stable, measured_at: toIso(weight.t) },
    created_at: toIso(scale.createdMs),
  };
}
