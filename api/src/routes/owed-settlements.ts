/** Cash for people who had left when a payout of theirs came back: asked for by a cashier, approved by another person. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  NewOwedSettlement,
  OwedSettlement,
  OwedSettlementPage,
  OwedSettlementQuery,
} from "@jumpa-madu/contracts/http/cash";
import {
  findOwedSettlement,
  listOwedSettlements,
  type OwedSettlement as SettlementRow,
} from "@jumpa-madu/store/owed-list";
import { askOwedSettlement, decideOwedSettlement } from "@jumpa-madu/store/owed-settlements";
import { findPayout } from "@jumpa-madu/store/payout";
import type { Db } from "@jumpa-madu/store/relational-store";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { answerCashDeed } from "./cash-deed.ts";
import { payoutInScope } from "./payout-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const owedSettlementRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/owed-settlements",
    {
      schema: {
        tags: ["payouts"],
        summary: "Cash for people who had left when a payout came back, the one asked for last first",
        querystring: OwedSettlementQuery,
        response: { 200: OwedSettlementPage, ...PROBLEMS },
      },
      config: { permission: "owed_settlements.read" },
    },
    (request, reply) => {
      const { query } = request;
      const filter = {
        wasteBank: wasteBankInScope(callerOf(request), query.waste_bank ?? null),
        state: query.state ?? null,
      };
      return sendList(request, reply, {
        item: OwedSettlement,
        read: async (page) => {
          const { items, next } = await listOwedSettlements(store.db, filter, page);
          return { items: items.map(toSettlement), next };
        },
      });
    },
  );

  app.post(
    "/v1/payouts/:id/settle-owed",
    {
      schema: {
        tags: ["payouts"],
        summary: "Ask to pay out in cash what came back for a person who had left",
        description:
          "All that the payout has left owing, out of the own drawer. Another person approves it, then the cash is handed out.",
        params: EventPath,
        body: NewOwedSettlement,
        response: { 200: OwedSettlement, 201: OwedSettlement, ...PROBLEMS },
      },
      config: { permission: "owed_settlements.ask" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { id: payout } = payoutInScope(caller, await findPayout(store.db, request.params.id));
      await answerCashDeed(request, reply, {
        store,
        nowMs,
        act: (tx, by) => askOwedSettlement(tx, { ...request.body, payout, ...by }),
        read: (tx) => settlementOf(tx, request.body.id),
      });
    },
  );

  for (const [verb, decision] of [
    ["approve", "approved"],
    ["reject", "rejected"],
  ] as const) {
    app.post(
      `/v1/owed-settlements/:id/${verb}`,
      {
        schema: {
          tags: ["payouts"],
          summary:
            verb === "approve"
              ? "Approve cash that a cashier has asked for; it is posted and gets its receipt number"
              : "Reject cash that a cashier has asked for",
          params: EventPath,
          response: { 200: OwedSettlement, 201: OwedSettlement, ...PROBLEMS },
        },
        config: { permission: "owed_settlements.approve" },
      },
      async (request, reply) => {
        const { id: settlement } = request.params;
        await answerCashDeed(request, reply, {
          store,
          nowMs,
          act: (tx, by) => decideOwedSettlement(tx, { settlement, decision, ...by }),
          read: (tx) => settlementOf(tx, settlement),
        });
      },
    );
  }
};

async function settlementOf(db: Db, id: string): Promise<OwedSettlement> {
  const settlement = await findOwedSettlement(db, id);
  if (settlement === null)
    throw new ProblemError("not_found", `there is no settlement ${id}; take the id from the list`);
  return toSettlement(settlement);
}

function toSettlement(row: SettlementRow): OwedSettlement {
  return {
    id: row.id,
    payout: row.payout,
    member: row.member,
    waste_bank: row.wasteBank,
    amount_idr: row.amountIdr,
    shift: row.shift,
    reason: row.reason,
    state: row.state,
    requested_by: row.requestedBy,
    requested_at: toIso(row.requestedMs),
    decided_by: row.decidedBy,
    decided_at: toIsoOrNull(row.decidedMs),
    receipt_no: row.receiptNo,
  };
}
