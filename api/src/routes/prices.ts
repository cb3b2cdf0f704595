/** Prices: set for a time to come or from now on, never changed. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewPrice, Price, PriceListQuery, PricePage } from "@jumpa-madu/contracts/http/trade";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { EPOCH_MS_MAX } from "@jumpa-madu/contracts/units";
import { insertPrice, listPrices, type Price as PriceRow } from "@jumpa-madu/store/prices";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";

/**
 * How far in the past a price may begin, in milliseconds: five minutes for clocks that differ. Terminals may have taken
 * deposits by the older price since.
 */
const PAST_MS_MAX = 5 * 60_000;

export const priceRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/prices",
    {
      schema: {
        tags: ["trade"],
        summary: "Prices, the one that begins latest first",
        querystring: PriceListQuery,
        response: { 200: PricePage, ...PROBLEMS },
      },
      config: { permission: "prices.read" },
    },
    (request, reply) => {
      const atMs = parseMoment(request.query.at, "/querystring/at");
      const filter = { material: request.query.material ?? null, atMs };
      return sendList(request, reply, {
        item: Price,
        read: async (page) => {
          const { items, next } = await listPrices(store.db, filter, page);
          return { items: items.map(toPrice), next };
        },
      });
    },
  );

  app.post(
    "/v1/prices",
    {
      schema: {
        tags: ["trade"],
        summary: "Set a price",
        body: NewPrice,
        response: { 201: Price, ...PROBLEMS },
      },
      config: { permission: "prices.write" },
    },
    async (request, reply) => {
      const {
        material,
        waste_bank: wasteBank = null,
        price_idr_per_kg: priceIdrPerKg,
        valid_from,
      } = request.body;
      const createdMs = nowMs();
      const validFromMs = parseMoment(valid_from, "/valid_from") ?? createdMs;
      await answerOnce(request, reply, {
        store,
        nowMs: createdMs,
        words: {
          exists: `a price of ${material} that begins at ${toIso(validFromMs)} exists already; prices are never changed, set one that begins later`,
          unknown: "the material or the waste bank does not exist",
        },
        work: async (tx) => {
          refuseOutOfTime(validFromMs, createdMs);
          const createdBy = `user:${callerOf(request).id}`;
          const price: PriceRow = {
            id: newEventId(createdMs),
            material,
            wasteBank,
            priceIdrPerKg,
            validFromMs,
            createdBy,
            createdMs,
          };
          await insertPrice(tx, price);
          return { status: 201, body: toPrice(price) };
        },
      });
    },
  );
};

/** Within the work, so that a repeat of an older request still gets its first answer. */
function refuseOutOfTime(validFromMs: number, nowMs: number): void {
  if (validFromMs < nowMs - PAST_MS_MAX) {
    throw new ProblemError(
      "refused",
      "a price cannot begin in the past; leave valid_from out to let it begin now",
    );
  }
  if (validFromMs > EPOCH_MS_MAX)
    throw new ProblemError("refused", "a price must begin before the year 2100");
}

function toPrice(price: PriceRow): Price {
  return {
    id: price.id,
    material: price.material,
    waste_bank: price.wasteBank,
    price_idr_per_kg: price.priceIdrPerKg,
    valid_from: toIso(price.validFromMs),
    created_by: price.createdBy,
    created_at: toIso(price.createdMs),
  };
}
