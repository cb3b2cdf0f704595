/** What lies in the store, and what became of it over a time: mass balance and margin. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  MarginReport,
  MassBalance,
  MaterialBalance,
  MaterialMargin,
  StockLevel,
  StockLevelListQuery,
  StockLevelPage,
  StockReportQuery,
} from "@jumpa-madu/contracts/http/stock";
import { DAY_MS } from "@jumpa-madu/contracts/local-day";
import { type MaterialMargin as MarginRow, marginsOf } from "@jumpa-madu/store/margin";
import { type MaterialBalance as BalanceRow, massBalance } from "@jumpa-madu/store/mass-balance";
import { listStock } from "@jumpa-madu/store/stock-levels";
import type { User } from "@jumpa-madu/store/users";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { csvColumnsOf, csvHeader, csvLine } from "../lists/csv.ts";
import { sendCsv, sendList, wantsCsv } from "../lists/send-list.ts";
import { parseDay, parseDays } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";

export const stockRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/stock",
    {
      schema: {
        tags: ["stock"],
        summary: "What lies in the store of a waste bank, by material",
        querystring: StockLevelListQuery,
        response: { 200: StockLevelPage, ...PROBLEMS },
      },
      config: { permission: "stock.read" },
    },
    async (request, reply) => {
      const wasteBank = askedWasteBank(callerOf(request), request.query.waste_bank);
      await sendList(request, reply, {
        item: StockLevel,
        read: async (page) => {
          const { items, next } = await listStock(store.db, wasteBank, page);
          return {
            items: items.map((level) => ({
              material: level.material,
              owned_g: level.ownedG,
              consigned_g: level.consignedG,
              value_idr: level.valueIdr,
              average_idr_per_kg: level.averageIdrPerKg,
            })),
            next,
          };
        },
      });
    },
  );

  app.get(
    "/v1/reports/mass-balance",
    {
      schema: {
        tags: ["reports"],
        summary: "Grams that came and went, by material, with what a person should look at",
        description:
          "opening + intake + received + surplus = sold + delivered + shrinkage + rejects + closing, from the ledger's transfers; days in WIB, both included. As CSV: the materials alone.",
        querystring: StockReportQuery,
        response: { 200: MassBalance, ...PROBLEMS },
      },
      config: { permission: "reports.read" },
    },
    async (request, reply) => {
      const asked = askedReport(callerOf(request), request.query);
      const { materials, alarms } = await massBalance(store.db, asked.period, nowMs());
      await sendReport(request, reply, {
        item: MaterialBalance,
        rows: materials.map(toBalance),
        report: (rows) => ({ ...asked.of, materials: rows, alarms }),
      });
    },
  );

  app.get(
    "/v1/reports/margin",
    {
      schema: {
        tags: ["reports"],
        summary: "What was sold, what it had cost, and what is left, by material",
        description: "Sales less cost less members' share less shrinkage; days in WIB, both included.",
        querystring: StockReportQuery,
        response: { 200: MarginReport, ...PROBLEMS },
      },
      config: { permission: "reports.read" },
    },
    async (request, reply) => {
      const asked = askedReport(callerOf(request), request.query);
      const margins = await marginsOf(store.db, asked.period);
      await sendReport(request, reply, {
        item: MaterialMargin,
        rows: margins.map(toMargin),
        report: (rows) => ({ ...asked.of, materials: rows }),
      });
    },
  );
};

function askedWasteBank(caller: User, given: string | undefined): string {
  const wasteBank = wasteBankInScope(caller, given ?? null);
  if (wasteBank !== null) return wasteBank;
  throw new ProblemError("invalid", "say which waste bank", {
    faults: [{ path: "/querystring/waste_bank", message: "is needed" }],
  });
}

function askedReport(caller: User, query: StockReportQuery) {
  const wasteBank = askedWasteBank(caller, query.waste_bank);
  parseDays(query);
  const fromMs = parseDay(query.from, "/querystring/from");
  const toMs = parseDay(query.to, "/querystring/to") + DAY_MS;
  return {
    period: { wasteBank, fromMs, toMs },
    of: { waste_bank: wasteBank, from: query.from, to: query.to },
  };
}

/** A report has a row for each material, so it is sent whole. */
async function sendReport<Row>(
  { query, headers }: { query: StockReportQuery; headers: FastifyRequest["headers"] },
  reply: FastifyReply,
  { item, rows, report }: { item: TSchema; rows: Row[]; report: (rows: Row[]) => unknown },
): Promise<void> {
  const format = query.format === undefined ? {} : { format: query.format };
  if (!wantsCsv(format, headers.accept)) {
    await reply.send(report(rows));
    return;
  }
  const columns = csvColumnsOf(item);
  await sendCsv(reply, csvHeader(columns) + rows.map((row) => csvLine(columns, row)).join(""));
}

function toBalance(balance: BalanceRow): MaterialBalance {
  return {
    material: balance.material,
    opening_g: balance.opening,
    intake_g: balance.intake,
    received_g: balance.received,
    surplus_g: balance.surplus,
    sold_g: balance.sold,
    delivered_g: balance.delivered,
    shrinkage_g: balance.shrinkage,
    rejects_g: balance.rejects,
    closing_g: balance.closing,
    difference_g: balance.difference,
  };
}

function toMargin(margin: MarginRow): MaterialMargin {
  return {
    material: margin.material,
    sold_g: margin.soldG,
    sales_idr: margin.salesIdr,
    cost_idr: margin.costIdr,
    members_idr: margin.membersIdr,
    shrinkage_idr: margin.shrinkageIdr,
    margin_idr: margin.marginIdr,
    average_buy_idr_per_kg: margin.averageBuyIdrPerKg,
    average_sell_idr_per_kg: margin.averageSellIdrPerKg,
  };
}
