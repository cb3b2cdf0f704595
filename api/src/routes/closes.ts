/** Closes of days: what the nightly close found, and the heads of the chains to print and keep. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { Close, CloseListQuery, ClosePage } from "@jumpa-madu/contracts/http/proof";
import type { Close as CloseRow } from "@jumpa-madu/store/close-day";
import { listCloses } from "@jumpa-madu/store/closes";
import { hasOpenShift } from "@jumpa-madu/store/shifts";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { parseDays, toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { PROBLEMS } from "./problems.ts";

export const closeRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store }) => {
  app.get(
    "/v1/closes",
    {
      schema: {
        tags: ["proof"],
        summary: "Closes of days, the latest first",
        description:
          "The nightly close seals all journals, verifies the books and keeps for each waste bank what moved since its last close and where it stands. Print `journals.hash` and keep the paper: books that were changed later end at another hash. Whoever may have to count a drawer sees no rupiah of a close at which one was open.",
        querystring: CloseListQuery,
        response: { 200: ClosePage, ...PROBLEMS },
      },
      config: { permission: "closes.read" },
    },
    async (request, reply) => {
      const { waste_bank = null, from = null, to = null } = request.query;
      parseDays(request.query);
      const caller = callerOf(request);
      // Who may have to count a drawer must not read here what the books hold in it.
      const isBlind = caller.role === "operator" || (await hasOpenShift(store.db, caller.id));
      const filter = {
        wasteBank: wasteBankInScope(caller, waste_bank),
        fromDay: from,
        toDay: to,
      };
      await sendList(request, reply, {
        item: Close,
        read: async (page) => {
          const { items, next } = await listCloses(store.db, filter, page);
          return { items: items.map((close) => toClose(close, isBlind)), next };
        },
      });
    },
  );
};

function toClose({ totals, ...close }: CloseRow, isBlind: boolean): Close {
  const hasDrawer = totals.accounts.some(({ kind, standing }) => kind === "cash_drawer" && standing !== 0);
  return {
    id: close.id,
    waste_bank: close.wasteBank,
    day: close.day,
    journals: { seq: close.journals.seq, hash: close.journals.hash },
    audit: { seq: close.audit.seq, hash: close.audit.hash },
    violations: close.violations,
    closed_by: close.closedBy,
    closed_at: toIso(close.closedMs),
    // All of the rupiah, because the debits of a ledger equal its credits: what is left out is the rest of what is shown.
    accounts:
      isBlind && hasDrawer ? totals.accounts.filter(({ ledger }) => ledger !== "IDR") : totals.accounts,
    journal_counts: totals.journals,
  };
}
