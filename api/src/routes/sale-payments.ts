/** Payments of sales: what buyers pay, at once or later, in full or in part. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewSalePayment, Sale } from "@jumpa-madu/contracts/http/stock";
import { pay } from "@jumpa-madu/store/pay-sale";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { parseMoment } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { stockProblem } from "../stock-problem.ts";
import { PROBLEMS } from "./problems.ts";
import { refuseParentsMoney, saleInScope, toSale } from "./sales.ts";

export const salePaymentRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.post(
    "/v1/sale-payments",
    {
      schema: {
        tags: ["stock"],
        summary: "Take a buyer's payment for a sale",
        description:
          "A parent's payment leaves its own cash or bank account at the same time, so `from` must say which. Answers the sale. The same id posts once.",
        body: NewSalePayment,
        response: { 200: Sale, 201: Sale, ...PROBLEMS },
      },
      config: { permission: "sales.write" },
    },
    async (request, reply) => {
      const { body } = request;
      const caller = callerOf(request);
      const payment = {
        id: body.id,
        sale: body.sale,
        into: body.into,
        from: body.from ?? null,
        amountIdr: body.amount_idr,
        occurredMs: parseMoment(body.occurred_at, "/occurred_at"),
        paidBy: `user:${caller.id}`,
      };
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: `payment ${body.id} was posted at this moment; send it again to see it`,
          unknown: `there is no sale ${body.sale}`,
        },
        work: async (tx) => {
          const { buyer } = await saleInScope(tx, caller, body.sale);
          refuseParentsMoney(caller, "wasteBank" in buyer);
          const outcome = await pay(tx, payment, nowMs());
          if (outcome.kind === "refused") throw stockProblem(outcome);
          return {
            status: outcome.kind === "posted" ? 201 : 200,
            body: toSale(await saleInScope(tx, caller, body.sale)),
          };
        },
      });
    },
  );
};
