/** Differences between receipts and our own computation. The receipts are honoured; staff look at each difference. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  DepositDifference,
  DifferenceListQuery,
  DifferencePage,
  SettleDifference,
} from "@jumpa-madu/contracts/http/deposits";
import {
  type DepositDifference as DifferenceRow,
  listDifferences,
  settleDifference,
} from "@jumpa-madu/store/deposit-differences";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { DEPOSIT_WORDS } from "./deposit-answers.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const depositDifferenceRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/deposit-differences",
    {
      schema: {
        tags: ["trade"],
        summary: "What receipts say otherwise than we compute, newest first",
        querystring: DifferenceListQuery,
        response: { 200: DifferencePage, ...PROBLEMS },
      },
      config: { permission: "differences.read" },
    },
    (request, reply) => {
      const { state, waste_bank: wasteBank = null } = request.query;
      const filter = { wasteBank, open: state === undefined ? null : state === "open" };
      return sendList(request, reply, {
        item: DepositDifference,
        read: async (page) => {
          const { items, next } = await listDifferences(store.db, filter, page);
          return { items: items.map(toDifference), next };
        },
      });
    },
  );

  app.post(
    "/v1/deposit-differences/:id/settle",
    {
      schema: {
        tags: ["trade"],
        summary: "Settle a difference: somebody has looked, and says what it was",
        params: EventPath,
        body: SettleDifference,
        response: { 200: DepositDifference, ...PROBLEMS },
      },
      config: { permission: "differences.settle" },
    },
    async (request, reply) => {
      const settling = { id: request.params.id, note: request.body.note, by: callerOf(request).id };
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: DEPOSIT_WORDS,
        work: async (tx) => {
          const outcome = await settleDifference(tx, settling, nowMs());
          if (outcome.kind === "unknown") throw new ProblemError("not_found", "there is no such difference");
          if (outcome.kind === "settled")
            throw new ProblemError("conflict", "this difference was settled before; its note stands");
          if (outcome.kind === "own")
            throw new ProblemError(
              "forbidden",
              "whoever took or honoured a deposit does not settle its differences; ask somebody else from the office",
            );
          return { status: 200, body: toDifference(outcome.difference) };
        },
      });
    },
  );
};

function toDifference(row: DifferenceRow): DepositDifference {
  return {
    id: row.id,
    deposit: row.deposit,
    waste_bank: row.wasteBank,
    member: row.member,
    receipt_no: row.receiptNo,
    line: row.line,
    printed_idr: row.printedIdr,
    computed_idr: row.computedIdr,
    reason: row.reason,
    noticed_at: toIso(row.noticedMs),
    settled_by: row.settledBy,
    settled_at: toIsoOrNull(row.settledMs),
    note: row.note,
  };
}
