/** Prices: set for a time to come or from now on, never changed. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewPrice, Price, PriceListQuery, PricePage } from "@jumpa-madu/contracts/http/trade";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { insertPrice, listPrices, type Price as PriceRow, unknownOfPrice } from "@jumpa-madu/store/prices";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { refuseOutOfTime } from "./valid-from.ts";

export const priceRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/prices",
    {
      schema: {
        tags: ["trade"],
        summary: "Prices, the one that begins latest first",
        description:
          "With `waste_bank`: the price list in force there, at `at` or now, one row for each material that is taken: its own price, else its parent's, else the general one.",
        querystring: PriceListQuery,
        response: { 200: PricePage, ...PROBLEMS },
      },
      config: { permission: "prices.read" },
    },
    (request, reply) => {
      const atMs = parseMoment(request.query.at, "/querystring/at");
      const { material = null, waste_bank: wasteBank } = request.query;
      const heldAt = wasteBank === undefined ? null : { wasteBank, atMs: atMs ?? nowMs() };
      const filter = { material, atMs, heldAt };
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
        summary: "Set a price, or end an own one",
        description:
          "The waste bank's own price holds, else its parent's, else the general one. An amount of null ends an own price.",
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
          refuseOutOfTime("a price", validFromMs, createdMs);
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
          const unknown = await unknownOfPrice(tx, price);
          if (unknown !== null) throw new ProblemError("unknown_reference", unknown);
          const fault = await insertPrice(tx, price);
          if (fault !== null) throw new ProblemError("refused", fault);
          return { status: 201, body: toPrice(price) };
        },
      });
    },
  );
};

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
