/** Bins, each with its latest believed level. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Bin, BinListQuery, BinPage, NewBin } from "@jumpa-madu/contracts/http/places";
import { type Bin as BinRow, findBin, insertBin, listBins } from "@jumpa-madu/store/bins";
import type { LatestLevel, TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { qualityOf } from "../level-quality.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

export const binRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, telemetry, nowMs }) => {
  app.get(
    "/v1/bins",
    {
      schema: {
        tags: ["places"],
        summary: "Bins by id",
        querystring: BinListQuery,
        response: { 200: BinPage, ...PROBLEMS },
      },
      config: { permission: "bins.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: Bin,
        read: async (page) => {
          const { items, next } = await listBins(store.db, { zone: request.query.zone ?? null }, page);
          return { items: await withLevels(telemetry, items), next };
        },
      }),
  );

  app.get(
    "/v1/bins/:id",
    {
      schema: { tags: ["places"], summary: "One bin", params: NamePath, response: { 200: Bin, ...PROBLEMS } },
      config: { permission: "bins.read" },
    },
    async (request) => {
      const row = await findBin(store.db, request.params.id);
      const [bin] = row === null ? [] : await withLevels(telemetry, [row]);
      if (bin === undefined) throw new ProblemError("not_found", `there is no bin ${request.params.id}`);
      return bin;
    },
  );

  app.post(
    "/v1/bins",
    {
      schema: { tags: ["places"], summary: "Add a bin", body: NewBin, response: { 201: Bin, ...PROBLEMS } },
      config: { permission: "bins.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `there is a bin ${request.body.id} already`,
          unknown: `there is no zone ${request.body.zone}`,
        },
        work: async (tx) => {
          const { capacity_l: capacityL, ...rest } = request.body;
          const bin = { ...rest, capacityL, createdMs: nowMs() };
          await insertBin(tx, bin);
          return { status: 201, body: toBin({ ...bin, node: null }, undefined) };
        },
      }),
  );
};

async function withLevels(telemetry: TelemetryStore, bins: BinRow[]): Promise<Bin[]> {
  if (bins.length === 0) return [];
  const levels = await telemetry.latestLevels(bins.map(({ id }) => id));
  const byBin = new Map(levels.map((level) => [level.bin, level]));
  return bins.map((bin) => toBin(bin, byBin.get(bin.id)));
}

function toBin({ capacityL, createdMs, ...bin }: BinRow, level: LatestLevel | undefined): Bin {
  return {
    ...bin,
    capacity_l: capacityL,
    level:
      level === undefined
        ? null
        : {
            fill: level.fill,
            quality: qualityOf(level.quality),
            distance_mm: level.distanceMm,
            measured_at: toIso(level.t),
          },
    created_at: toIso(createdMs),
  };
}
