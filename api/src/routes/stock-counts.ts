/** Stock counts: what somebody found in the store, and who agreed to it. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  NewStockCount,
  StockCount,
  StockCountListQuery,
  StockCountPage,
} from "@jumpa-madu/contracts/http/stock";
import { countStock, decideCount } from "@jumpa-madu/store/count-stock";
import type { Db } from "@jumpa-madu/store/relational-store";
import { findStockCount, listStockCounts, type PostedCount } from "@jumpa-madu/store/stock-counts";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { stockProblem } from "../stock-problem.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const stockCountRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/stock-counts",
    {
      schema: {
        tags: ["stock"],
        summary: "Stock counts, newest first",
        querystring: StockCountListQuery,
        response: { 200: StockCountPage, ...PROBLEMS },
      },
      config: { permission: "stock.read" },
    },
    async (request, reply) => {
      const filter = {
        wasteBank: wasteBankInScope(callerOf(request), request.query.waste_bank ?? null),
        state: request.query.state ?? null,
      };
      await sendList(request, reply, {
        item: StockCount,
        read: async (page) => {
          const { items, next } = await listStockCounts(store.db, filter, page);
          return { items: items.map(toCount), next };
        },
      });
    },
  );

  app.post(
    "/v1/stock-counts",
    {
      schema: {
        tags: ["stock"],
        summary: "Tell what was counted in the store (opname)",
        description:
          "A small difference to the books is posted at once as shrinkage or surplus; a large one waits until another person agrees. The same id is kept once.",
        body: NewStockCount,
        response: { 200: StockCount, 201: StockCount, ...PROBLEMS },
      },
      config: { permission: "stock_counts.write" },
    },
    async (request, reply) => {
      const { body } = request;
      const caller = callerOf(request);
      wasteBankInScope(caller, body.waste_bank);
      const occurredMs = parseMoment(body.occurred_at, "/occurred_at");
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `count ${body.id} was kept at this moment; send it again to see it`,
          unknown: "the material or the waste bank does not exist",
        },
        work: async (tx) => {
          const count = {
            id: body.id,
            wasteBank: body.waste_bank,
            material: body.material,
            countedG: body.counted_g,
            reason: body.reason,
            occurredMs: occurredMs ?? nowMs(),
            countedBy: `user:${caller.id}`,
          };
          const outcome = await countStock(tx, count, nowMs());
          if (outcome.kind === "refused") throw stockProblem(outcome);
          return { status: outcome.isReplay ? 200 : 201, body: await countOf(tx, body.id) };
        },
      });
    },
  );

  for (const [act, agrees, summary] of [
    ["approve", true, "Agree to a count that waits: its difference is posted"],
    ["dismiss", false, "Dismiss a count that waits: nothing is posted"],
  ] as const) {
    app.post(
      `/v1/stock-counts/:id/${act}`,
      {
        schema: {
          tags: ["stock"],
          summary,
          description: "By somebody other than who counted.",
          params: EventPath,
          response: { 200: StockCount, ...PROBLEMS },
        },
        config: { permission: "stock_counts.decide" },
      },
      async (request, reply) => {
        const { id } = request.params;
        const decidedBy = `user:${callerOf(request).id}`;
        await answerOnce(request, reply, {
          store,
          nowMs: nowMs(),
          words: {
            exists: `count ${id} was decided at this moment`,
            unknown: `there is no count ${id}`,
          },
          work: async (tx) => {
            const outcome = await decideCount(tx, { id, agrees, decidedBy }, nowMs());
            if (outcome.kind === "refused") {
              if (outcome.code === "unknown_count") throw new ProblemError("not_found", outcome.reason);
              throw stockProblem(outcome);
            }
            return { status: 200, body: await countOf(tx, id) };
          },
        });
      },
    );
  }
};

async function countOf(db: Db, id: string): Promise<StockCount> {
  const count = await findStockCount(db, id);
  if (count === null) throw new ProblemError("not_found", `there is no count ${id}`);
  return toCount(count);
}

function toCount(count: PostedCount): StockCount {
  return {
    id: count.id,
    waste_bank: count.wasteBank,
    material: count.material,
    counted_g: count.countedG,
    book_g: count.bookG,
    difference_g: count.countedG - count.bookG,
    value_idr: count.valueIdr,
    reason: count.reason,
    counted_by: count.countedBy,
    occurred_at: toIso(count.occurredMs),
    state: count.state,
    decided_by: count.decidedBy,
    ended_at: toIsoOrNull(count.endedMs),
  };
}
