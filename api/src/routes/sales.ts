/** Sales: waste that leaves the store, for an off-taker or for the parent. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewSale, NewSaleVoid, Sale, SaleListQuery, SalePage } from "@jumpa-madu/contracts/http/stock";
import type { Db } from "@jumpa-madu/store/relational-store";
import { findSale, listSales, type PostedSale } from "@jumpa-madu/store/sales";
import { type NewSale as SaleRequest, sellStock } from "@jumpa-madu/store/sell";
import type { User } from "@jumpa-madu/store/users";
import { voidSale } from "@jumpa-madu/store/void-sale";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, parseSpan, toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { stockProblem } from "../stock-problem.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const saleRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/sales",
    {
      schema: {
        tags: ["stock"],
        summary: "Sales, newest first",
        querystring: SaleListQuery,
        response: { 200: SalePage, ...PROBLEMS },
      },
      config: { permission: "sales.read" },
    },
    async (request, reply) => {
      const { query } = request;
      const filter = {
        wasteBank: wasteBankInScope(callerOf(request), query.waste_bank ?? null),
        offTaker: query.off_taker ?? null,
        ...parseSpan(query),
      };
      await sendList(request, reply, {
        item: Sale,
        read: async (page) => {
          const { items, next } = await listSales(store.db, filter, page);
          return { items: items.map(toSale), next };
        },
      });
    },
  );

  app.get(
    "/v1/sales/:id",
    {
      schema: {
        tags: ["stock"],
        summary: "One sale",
        params: EventPath,
        response: { 200: Sale, ...PROBLEMS },
      },
      config: { permission: "sales.read" },
    },
    async (request) => toSale(await saleInScope(store.db, callerOf(request), request.params.id)),
  );

  app.post(
    "/v1/sales",
    {
      schema: {
        tags: ["stock"],
        summary: "Sell waste to an off-taker, or transfer it to the parent",
        description:
          "What went out, less what the buyer accepted and rejected, is shrinkage. Consigned waste goes first, the oldest first, and its members are credited their share at once. The same id posts once: sent again with the same body it answers 200.",
        body: NewSale,
        response: { 200: Sale, 201: Sale, ...PROBLEMS },
      },
      config: { permission: "sales.write" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      wasteBankInScope(caller, request.body.waste_bank);
      if (request.body.paid !== undefined) refuseParentsMoney(caller, "waste_bank" in request.body.buyer);
      const sale = toRequest(request.body, caller);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `sale ${sale.id} was posted at this moment; send it again to see it`,
          unknown: "a material of the sale does not exist",
        },
        work: async (tx) => {
          const outcome = await sellStock(tx, sale, nowMs());
          if (outcome.kind === "refused") throw stockProblem(outcome);
          return {
            status: outcome.kind === "posted" ? 201 : 200,
            body: toSale(await saleInScope(tx, caller, sale.id)),
          };
        },
      });
    },
  );

  app.post(
    "/v1/sales/:id/void",
    {
      schema: {
        tags: ["stock"],
        summary: "Void a sale with its payments",
        description:
          "By somebody other than who posted it. Everything it moved is moved back; refused when a member has withdrawn the share, the money has gone on, or the parent has sold the waste.",
        params: EventPath,
        body: NewSaleVoid,
        response: { 200: Sale, 201: Sale, ...PROBLEMS },
      },
      config: { permission: "sales.void" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id, reason } = request.body;
      const taken = { id, sale: request.params.id, reason, voidedBy: `user:${caller.id}` };
      await saleInScope(store.db, caller, request.params.id);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `void ${id} was posted at this moment; send it again to see it`,
          unknown: `there is no sale ${request.params.id}`,
        },
        work: async (tx) => {
          const outcome = await voidSale(tx, taken, nowMs());
          if (outcome.kind === "refused") throw stockProblem(outcome);
          return {
            status: outcome.kind === "posted" ? 201 : 200,
            body: toSale(await saleInScope(tx, caller, request.params.id)),
          };
        },
      });
    },
  );
};

/** The sale when the caller may see it. Throws `not_found` when there is none. */
export async function saleInScope(db: Db, caller: User, id: string): Promise<PostedSale> {
  const sale = await findSale(db, id);
  if (sale === null) throw new ProblemError("not_found", `there is no sale ${id}`);
  wasteBankInScope(caller, sale.wasteBank);
  return sale;
}

/** An operator works with the money of the own waste bank alone. */
export function refuseParentsMoney(caller: User, isPaidByParent: boolean): void {
  if (caller.role !== "operator" || !isPaidByParent) return;
  throw new ProblemError("forbidden", "the parent's money is moved by staff; let staff post the payment");
}

function toRequest(body: NewSale, caller: User): SaleRequest {
  const { paid, buyer } = body;
  return {
    id: body.id,
    wasteBank: body.waste_bank,
    buyer: "off_taker" in buyer ? { offTaker: buyer.off_taker } : { wasteBank: buyer.waste_bank },
    occurredMs: momentOf(body.occurred_at),
    lines: body.lines.map((line) => ({
      material: line.material,
      outG: line.out_g,
      acceptedG: line.accepted_g,
      rejectedG: line.rejected_g ?? 0,
      rejects: line.rejects ?? "returned",
      priceIdrPerKg: line.price_idr_per_kg ?? null,
    })),
    paid:
      paid === undefined ? null : { into: paid.into, from: paid.from ?? null, amountIdr: paid.amount_idr },
    soldBy: `user:${caller.id}`,
  };
}

/** A moment that must be there. */
function momentOf(given: string | number): number {
  const atMs = parseMoment(given, "/occurred_at");
  if (atMs === null) throw new ProblemError("invalid", "say when it happened by occurred_at");
  return atMs;
}

/** A sale as it is answered. */
export function toSale(sale: PostedSale): Sale {
  const { buyer, voided } = sale;
  const paidIdr = sale.payments.reduce((sum, { amountIdr }) => sum + amountIdr, 0);
  return {
    id: sale.id,
    waste_bank: sale.wasteBank,
    buyer:
      "offTaker" in buyer
        ? { off_taker: buyer.offTaker, waste_bank: null }
        : { off_taker: null, waste_bank: buyer.wasteBank },
    occurred_at: toIso(sale.occurredMs),
    total_idr: sale.totalIdr,
    owed_idr: voided === null ? sale.totalIdr - paidIdr : 0,
    sold_by: sale.soldBy,
    created_at: toIso(sale.createdMs),
    voided:
      voided === null
        ? null
        : { id: voided.id, reason: voided.reason, voided_by: voided.voidedBy, at: toIso(voided.voidedMs) },
    lines: sale.lines.map((line) => ({
      material: line.material,
      out_g: line.outG,
      accepted_g: line.acceptedG,
      rejected_g: line.rejectedG,
      rejects: line.rejects,
      shrinkage_g: line.shrinkageG,
      price_idr_per_kg: line.priceIdrPerKg,
      amount_idr: line.amountIdr,
      consigned_g: line.consignedG,
      members_idr: line.membersIdr,
      cost_idr: line.costIdr,
      loss_idr: line.lossIdr,
    })),
    payments: sale.payments.map((payment) => ({
      id: payment.id,
      into: payment.into,
      from: payment.from,
      amount_idr: payment.amountIdr,
      occurred_at: toIso(payment.occurredMs),
      paid_by: payment.paidBy,
    })),
  };
}
