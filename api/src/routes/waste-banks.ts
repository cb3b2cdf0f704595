/** Waste banks: where members bring waste. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewWasteBank, WasteBank, WasteBankPage } from "@jumpa-madu/contracts/http/places";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import {
  insertWasteBank,
  listWasteBanks,
  type WasteBank as WasteBankRow,
} from "@jumpa-madu/store/waste-banks";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { PROBLEMS } from "./problems.ts";

export const wasteBankRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/waste-banks",
    {
      schema: {
        tags: ["places"],
        summary: "Waste banks by id",
        querystring: NameListQuery,
        response: { 200: WasteBankPage, ...PROBLEMS },
      },
      config: { permission: "waste_banks.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: WasteBank,
        read: async (page) => {
          const { items, next } = await listWasteBanks(store.db, page);
          return { items: items.map(toWasteBank), next };
        },
      }),
  );

  app.post(
    "/v1/waste-banks",
    {
      schema: {
        tags: ["places"],
        summary: "Add a waste bank",
        body: NewWasteBank,
        response: { 201: WasteBank, ...PROBLEMS },
      },
      config: { permission: "waste_banks.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `there is a waste bank ${request.body.id} already`,
          unknown: `there is no zone ${request.body.zone}`,
        },
        work: async (tx) => {
          const bank = { ...request.body, createdMs: nowMs() };
          await insertWasteBank(tx, bank);
          return { status: 201, body: toWasteBank(bank) };
        },
      }),
  );
};

function toWasteBank({ createdMs, ...bank }: WasteBankRow): WasteBank {
  return { ...bank, created_at: toIso(createdMs) };
}
