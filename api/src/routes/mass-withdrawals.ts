/** Mass withdrawals: asked for by one person, approved by another, paid by the list. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  MassItem,
  MassItemPage,
  MassItemQuery,
  MassWithdrawal,
  MassWithdrawalPage,
  MassWithdrawalQuery,
  NewMassWithdrawal,
} from "@jumpa-madu/contracts/http/savings";
import { approveMass } from "@jumpa-madu/store/mass-approval";
import {
  findMass,
  type MassItem as ItemRow,
  listMasses,
  listMassItems,
  type MassWithdrawal as MassRow,
} from "@jumpa-madu/store/mass-list";
import { requestMass } from "@jumpa-madu/store/mass-withdrawals";
import { namesOf } from "@jumpa-madu/store/personal-data";
import type { User } from "@jumpa-madu/store/users";
import type { Rooms } from "../app.ts";
import { wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";
import { unlessRefused } from "./savings-refusal.ts";

export const massWithdrawalRoutes: FastifyPluginAsyncTypebox<Rooms> = async (
  app,
  { store, vault, payoutProvider: provider, nowMs },
) => {
  app.get(
    "/v1/mass-withdrawals",
    {
      schema: {
        tags: ["savings"],
        summary: "Mass withdrawals, newest first",
        querystring: MassWithdrawalQuery,
        response: { 200: MassWithdrawalPage, ...PROBLEMS },
      },
      config: { permission: "mass_withdrawals.read" },
    },
    async (request, reply) => {
      const wasteBank = wasteBankInScope(callerOf(request), request.query.waste_bank ?? null);
      await sendList(request, reply, {
        item: MassWithdrawal,
        read: async (page) => {
          const { items, next } = await listMasses(store.db, wasteBank, page);
          return { items: items.map(toMass), next };
        },
      });
    },
  );

  app.get(
    "/v1/mass-withdrawals/:id",
    {
      schema: {
        tags: ["savings"],
        summary: "One mass withdrawal, and how far it has come",
        params: EventPath,
        response: { 200: MassWithdrawal, ...PROBLEMS },
      },
      config: { permission: "mass_withdrawals.read" },
    },
    async (request) => toMass(await massInScope(callerOf(request), request.params.id)),
  );

  app.get(
    "/v1/mass-withdrawals/:id/items",
    {
      schema: {
        tags: ["savings"],
        summary: "Its pay list: every book with its payout, or why none was asked for",
        params: EventPath,
        querystring: MassItemQuery,
        response: { 200: MassItemPage, ...PROBLEMS },
      },
      config: { permission: "mass_withdrawals.read" },
    },
    async (request, reply) => {
      const { id } = await massInScope(callerOf(request), request.params.id);
      await sendList(request, reply, {
        item: MassItem,
        read: async (page) => {
          const { items, next } = await listMassItems(store.db, id, page);
          const names = await namesOf(
            vault,
            store.db,
            items.map(({ member }) => member),
          );
          return { items: items.map((item) => toItem(item, names.get(item.member) ?? null)), next };
        },
      });
    },
  );

  app.post(
    "/v1/mass-withdrawals",
    {
      schema: {
        tags: ["savings"],
        summary: "Ask for a payout from every book of a product at a waste bank",
        description:
          "Deals with up to 100 books a call. While `prepared` is false, send the same request again: it goes on where it stopped and asks for nothing twice.",
        body: NewMassWithdrawal,
        response: { 200: MassWithdrawal, 201: MassWithdrawal, ...PROBLEMS },
      },
      config: { permission: "mass_withdrawals.request" },
    },
    async (request, reply) => {
      const { id, waste_bank: wasteBank, product, channel, amount, reason } = request.body;
      const caller = callerOf(request);
      wasteBankInScope(caller, wasteBank);
      const outcome = await requestMass(
        store,
        { provider },
        {
          id,
          wasteBank,
          product,
          channel,
          amountIdr: amount === "all" ? null : amount.idr,
          reason,
          requestedBy: `user:${caller.id}`,
          nowMs: nowMs(),
        },
      );
      const { kind, mass } = unlessRefused(outcome);
      await reply.code(kind === "begun" ? 201 : 200).send(toMass(mass));
    },
  );

  app.post(
    "/v1/mass-withdrawals/:id/approve",
    {
      schema: {
        tags: ["savings"],
        summary: "Approve every payout of it that waits, as another person than the one who asked",
        description:
          "Deals with up to 100 payouts a call. While your entry in `approvals` is not `done`, approve again: it goes on where it stopped.",
        params: EventPath,
        response: { 200: MassWithdrawal, ...PROBLEMS },
      },
      config: { permission: "mass_withdrawals.approve" },
    },
    async (request) => {
      const approver = `user:${callerOf(request).id}`;
      const approval = { mass: request.params.id, approver, nowMs: nowMs() };
      const desk = { vault, provider };
      return toMass(unlessRefused(await approveMass(store, desk, approval)).mass);
    },
  );

  async function massInScope(caller: User, id: string): Promise<MassRow> {
    const mass = await findMass(store.db, id);
    if (mass === null) throw new ProblemError("not_found", "there is no such mass withdrawal");
    wasteBankInScope(caller, mass.wasteBank);
    return mass;
  }
};

function toMass(mass: MassRow): MassWithdrawal {
  return {
    id: mass.id,
    waste_bank: mass.wasteBank,
    product: mass.product,
    channel: mass.channel,
    amount_idr: mass.amountIdr,
    reason: mass.reason,
    requested_by: mass.requestedBy,
    requested_at: toIso(mass.requestedMs),
    prepared: mass.preparedMs !== null,
    books: mass.books,
    payouts: mass.payouts,
    total_idr: mass.totalIdr,
    approvals: mass.approvals.map(({ lastRefusal, doneMs, ...approval }) => ({
      ...approval,
      last_refusal: lastRefusal,
      done: doneMs !== null,
    })),
  };
}

function toItem(item: ItemRow, name: string | null): MassItem {
  return {
    member_number: item.memberNumber,
    member_name: name,
    amount_idr: item.amountIdr,
    state: item.state,
    refusal: item.code,
    reason: item.reason,
    payout: item.payout,
    member: item.member,
    book: item.book,
  };
}
