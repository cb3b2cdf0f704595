/** Payouts: asked for by members or for them, and looked at. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  NewPayout,
  Payout,
  PayoutDetail,
  PayoutListQuery,
  PayoutPage,
} from "@jumpa-madu/contracts/http/payouts";
import { REGULAR_PRODUCT } from "@jumpa-madu/store/books";
import { findMember } from "@jumpa-madu/store/members";
import { describePayout, listPayouts } from "@jumpa-madu/store/payout-list";
import { requestPayout } from "@jumpa-madu/store/request-payout";
import type { User } from "@jumpa-madu/store/users";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { memberInScope, wasteBankInScope } from "../auth/scope.ts";
import { sendList } from "../lists/send-list.ts";
import { parseSpan } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { actorOf, payoutInScope, toDetail, toPayout, unlessRefused } from "./payout-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const payoutRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, rooms) => {
  const { store, nowMs, payoutProvider } = rooms;

  app.get(
    "/v1/payouts",
    {
      schema: {
        tags: ["payouts"],
        summary: "Payouts, the one that was asked for last first",
        querystring: PayoutListQuery,
        response: { 200: PayoutPage, ...PROBLEMS },
      },
      config: { permission: "payouts.read" },
    },
    async (request, reply) => {
      const { query } = request;
      const caller = callerOf(request);
      const filter = {
        wasteBank: wasteBankInScope(caller, query.waste_bank ?? null),
        member: caller.role === "member" ? caller.member : (query.member ?? null),
        state: query.state ?? null,
        channel: query.channel ?? null,
        isUnderReview: query.review === "true",
        ...parseSpan(query),
      };
      await sendList(request, reply, {
        item: Payout,
        read: async (page) => {
          const { items, next } = await listPayouts(store.db, filter, page);
          return { items: items.map(toPayout), next };
        },
      });
    },
  );

  app.get(
    "/v1/payouts/:id",
    {
      schema: {
        tags: ["payouts"],
        summary: "A payout with its attempts, its place in the queue, and what whoever approves should see",
        params: EventPath,
        response: { 200: PayoutDetail, ...PROBLEMS },
      },
      config: { permission: "payouts.read" },
    },
    async (request) => {
      const detail = await describePayout(store.db, request.params.id);
      payoutInScope(callerOf(request), detail?.payout ?? null);
      if (detail === null) throw new ProblemError("not_found", "there is no such payout");
      return toDetail(detail);
    },
  );

  app.post(
    "/v1/payouts",
    {
      schema: {
        tags: ["payouts"],
        summary: "Ask for a payout; its money is held from now on",
        description:
          "The id is drawn by whoever asks: sent again, the first payout is answered. Another person must approve it: POST /v1/payouts/{id}/approve.",
        body: NewPayout,
        response: { 200: Payout, 201: Payout, ...PROBLEMS },
      },
      config: { permission: "payouts.request" },
    },
    async (request, reply) => {
      const caller = callerOf(request);
      const { body } = request;
      const member = await memberAsked(rooms, caller, body.member);
      if (caller.role !== "member") wasteBankInScope(caller, body.waste_bank);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: {
          exists: "this id was used for another payout",
          unknown: "the product or waste bank does not exist",
        },
        work: async (tx) => {
          const outcome = await requestPayout({ provider: payoutProvider }, tx, {
            id: body.id,
            member,
            wasteBank: body.waste_bank,
            product: body.product ?? REGULAR_PRODUCT,
            amountIdr: body.amount_idr,
            channel: body.channel,
            destination: body.destination ?? null,
            closes: body.closes ?? false,
            requestedBy: actorOf(caller),
            nowMs: nowMs(),
          });
          const { kind, payout } = unlessRefused(outcome, "unknown_reference");
          return { status: kind === "requested" ? 201 : 200, body: toPayout(payout) };
        },
      });
    },
  );
};

/** The member for whom it is asked: a member for itself alone, others for those whom they know. */
async function memberAsked({ store }: Rooms, caller: User, asked: string | undefined): Promise<string> {
  const member = asked ?? (caller.role === "member" ? caller.member : null);
  if (member === null) {
    throw new ProblemError("invalid", "name the member who is to be paid", {
      faults: [{ path: "/member", message: "must be given" }],
    });
  }
  return memberInScope(caller, await findMember(store.db, member)).id;
}
