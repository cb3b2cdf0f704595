/** Solvency and alarms of cash: whether what is owed could be paid, and what waits for a person. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  CashAlarm,
  CashAlarmListQuery,
  CashAlarmPage,
  ProgrammeSolvency,
  Solvency,
  SolvencyListQuery,
  SolvencyPage,
} from "@jumpa-madu/contracts/http/cash";
import { DAY_MS } from "@jumpa-madu/contracts/local-day";
import { type CashAlarm as AlarmRow, listCashAlarms } from "@jumpa-madu/store/cash-alarms";
import {
  listSolvency,
  programmeSolvency,
  type Solvency as SolvencyRow,
  type SolvencySums,
  type SolvencyViewer,
} from "@jumpa-madu/store/solvency";
import type { User } from "@jumpa-madu/store/users";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { PROBLEMS } from "./problems.ts";

export const solvencyRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/solvency",
    {
      schema: {
        tags: ["cash"],
        summary: "What members are owed beside what is there to pay them, by waste bank",
        description:
          "Whoever may have to count a drawer is not told what the books hold in it: an operator while a shift of the waste bank is open, others while their own is. Then `without_drawers` is true, `drawers_idr` and `node_cash_idr` are null, and `liquid_idr`, `total_idr`, both ratios, `flag` and `missing_idr` are reckoned without that money, so they may look worse than it is.",
        querystring: SolvencyListQuery,
        response: { 200: SolvencyPage, ...PROBLEMS },
      },
      config: { permission: "solvency.read" },
    },
    (request, reply) => {
      const caller = callerOf(request);
      const question = {
        wasteBank: wasteBankInScope(caller, request.query.waste_bank ?? null),
        viewer: viewerOf(caller),
        nowMs: nowMs(),
      };
      return sendList(request, reply, {
        item: Solvency,
        read: async (page) => {
          const { items, next } = await listSolvency(store.db, question, page);
          return { items: items.map(toSolvency), next };
        },
      });
    },
  );

  app.get(
    "/v1/solvency/programme",
    {
      schema: {
        tags: ["cash"],
        summary: "The same for the whole programme",
        response: { 200: ProgrammeSolvency, ...PROBLEMS },
      },
      config: { permission: "solvency.programme" },
    },
    async (request, reply) => {
      const question = { viewer: viewerOf(callerOf(request)), nowMs: nowMs() };
      const { wasteBanks, shortBanks, reconciled, ...sums } = await programmeSolvency(store.db, question);
      await reply.send({
        waste_banks: wasteBanks,
        short_banks: shortBanks,
        ...toSums(sums),
        reconciled: reconciled.map(({ differenceIdr, ...one }) => ({
          ...one,
          difference_idr: differenceIdr,
        })),
      });
    },
  );

  app.get(
    "/v1/cash-alarms",
    {
      schema: {
        tags: ["cash"],
        summary: "What is wrong with cash and waits for a person",
        querystring: CashAlarmListQuery,
        response: { 200: CashAlarmPage, ...PROBLEMS },
      },
      config: { permission: "cash_alarms.read" },
    },
    (request, reply) => {
      const question = { wasteBank: request.query.waste_bank ?? null, nowMs: nowMs() };
      return sendList(request, reply, {
        item: CashAlarm,
        read: async (page) => {
          const { items, next } = await listCashAlarms(store.db, question, page);
          return { items: items.map(toAlarm), next };
        },
      });
    },
  );
};

const DETAILS: Record<AlarmRow["kind"], string> = {
  difference: "a count is far from the books; hear the cashier, then confirm the close",
  unconfirmed_close: "nobody has confirmed this close for more than a day",
  unanswered_node_cash:
    "this terminal has paid cash that no close has taken over for more than two days; name it at the next close of the drawer that it paid from",
};

function viewerOf({ id, role }: User): SolvencyViewer {
  return { user: id, isAtCounter: role !== "admin" && role !== "staff" };
}

function toAlarm({ kind, wasteBank, subject, amountIdr, sinceMs }: AlarmRow): CashAlarm {
  return {
    kind,
    waste_bank: wasteBank,
    subject,
    amount_idr: amountIdr,
    since: toIso(sinceMs),
    detail: DETAILS[kind],
  };
}

function toSolvency(one: SolvencyRow): Solvency {
  return {
    waste_bank: one.wasteBank,
    ...toSums(one),
    materials: one.materials.map((material) => ({
      material: material.material,
      owned_g: material.ownedG,
      consigned_g: material.consignedG,
      price_from: material.priceFrom,
      price_idr_per_kg: material.priceIdrPerKg,
      sales_of: material.salesOf,
      sales_kg: material.salesG === null ? null : material.salesG / 1_000,
      sales_age_days: material.salesAgeMs === null ? null : Math.floor(material.salesAgeMs / DAY_MS),
      owned_idr: material.ownedIdr,
      consigned_idr: material.consignedIdr,
    })),
  };
}

function toSums(sums: SolvencySums): Omit<Solvency, "waste_bank" | "materials"> {
  return {
    savings_idr: sums.savingsIdr,
    held_idr: sums.heldIdr,
    clearing_idr: sums.clearingIdr,
    owed_to_former_idr: sums.owedToFormerIdr,
    payable_idr: sums.payableIdr,
    owed_idr: sums.owedIdr,
    vault_idr: sums.vaultIdr,
    drawers_idr: sums.drawersIdr,
    node_cash_idr: sums.nodeCashIdr,
    without_drawers: sums.withoutDrawers,
    bank_idr: sums.bankIdr,
    provider_idr: sums.providerIdr,
    liquid_idr: sums.liquidIdr,
    receivable_idr: sums.receivableIdr,
    stock_idr: sums.stockIdr,
    stock_cost_idr: sums.stockCostIdr,
    total_idr: sums.totalIdr,
    consigned_idr: sums.consignedIdr,
    consigned_members_idr: sums.consignedMembersIdr,
    liquid_per_owed: sums.liquidPerOwed,
    total_per_owed: sums.totalPerOwed,
    flag: sums.flag,
    missing_idr: sums.missingIdr,
  };
}
