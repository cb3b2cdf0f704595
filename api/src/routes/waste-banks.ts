/** Waste banks: where members bring waste. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewWasteBank, WasteBank, WasteBankChange, WasteBankPage } from "@jumpa-madu/contracts/http/places";
import { NameListQuery } from "@jumpa-madu/contracts/http/text";
import {
  changeWasteBank,
  insertWasteBank,
  listWasteBanks,
  type WasteBank as WasteBankRow,
} from "@jumpa-madu/store/waste-banks";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { NamePath } from "./route-parts.ts";

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
          const bank = { parent: null, ...request.body, createdMs: nowMs() };
          const fault = await insertWasteBank(tx, bank, `user:${callerOf(request).id}`);
          if (fault !== null) throw new ProblemError("refused", fault.reason);
          return { status: 201, body: toWasteBank(bank) };
        },
      }),
  );

  app.put(
    "/v1/waste-banks/:id",
    {
      schema: {
        tags: ["places"],
        summary: "Change a waste bank; with a parent, the parent's prices and terms hold where it has none",
        params: NamePath,
        body: WasteBankChange,
        response: { 200: WasteBank, ...PROBLEMS },
      },
      config: { permission: "waste_banks.write" },
    },
    (request, reply) =>
      answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: "something that is named exists already",
          unknown: `there is no zone ${request.body.zone}`,
        },
        work: async (tx) => {
          const change = { id: request.params.id, ...request.body };
          const by = `user:${callerOf(request).id}`;
          const bank = await changeWasteBank(tx, change, { by, nowMs: nowMs() });
          if (!("kind" in bank)) return { status: 200, body: toWasteBank(bank) };
          throw new ProblemError(bank.kind === "unknown" ? "not_found" : "refused", bank.reason);
        },
      }),
  );
};

function toWasteBank({ createdMs, ...bank }: WasteBankRow): WasteBank {
  return { ...bank, created_at: toIso(createdMs) };
}
