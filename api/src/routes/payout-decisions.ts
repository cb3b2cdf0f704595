/** What people decide about a payout: approve, reject, cancel, hand out, take up again, resolve. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  CashConfirmation,
  Decision,
  Ending,
  Payout,
  PayoutDetail,
  Retry,
} from "@jumpa-madu/contracts/http/payouts";
import { approvePayout } from "@jumpa-madu/store/approve-payout";
import { cancelPayout, rejectPayout } from "@jumpa-madu/store/end-payout";
import { payOutCash } from "@jumpa-madu/store/pay-out-cash";
import { findPayout, type Payout as PayoutRow } from "@jumpa-madu/store/payout";
import { describePayout } from "@jumpa-madu/store/payout-list";
import type { Refused } from "@jumpa-madu/store/payout-refusal";
import type { Tx } from "@jumpa-madu/store/relational-store";
import { resolvePayout } from "@jumpa-madu/store/resolve-payout";
import { retryPayout } from "@jumpa-madu/store/retry-payout";
import type { FastifyReply, FastifyRequest } from "fastify";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { actorOf, payoutInScope, toDetail, toPayout, unlessRefused } from "./payout-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

const WORDS = {
  exists: "this id was used for another payout",
  unknown: "something that is named does not exist",
};

export const payoutDecisionRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, rooms) => {
  const { store, vault, nowMs, payoutProvider } = rooms;

  /** Checks that the caller may see the payout, does the work once, and answers the payout. */
  async function decide(
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
    work: (
      tx: Tx,
      by: { payout: string; actor: string; nowMs: number },
    ) => Promise<{ kind: string; payout: PayoutRow } | Refused>,
  ): Promise<void> {
    const caller = callerOf(request);
    const { id: payout } = payoutInScope(caller, await findPayout(store.db, request.params.id));
    const by = { payout, actor: actorOf(caller), nowMs: nowMs() };
    await answerOnce(request, reply, {
      store,
      nowMs: by.nowMs,
      words: WORDS,
      work: async (tx) => {
        const { kind, payout: row } = unlessRefused(await work(tx, by));
        // Only taking up again makes a payout, the first time.
        return { status: kind === "requested" ? 201 : 200, body: toPayout(row) };
      },
    });
  }

  app.post(
    "/v1/payouts/:id/approve",
    {
      schema: {
        tags: ["payouts"],
        summary: "Approve a payout that somebody else has asked for",
        description:
          "Above the limit second_approval the first approval leads to half_approved; another person approves it too.",
        params: EventPath,
        response: { 200: Payout, ...PROBLEMS },
      },
      config: { permission: "payouts.approve" },
    },
    (request, reply) =>
      decide(request, reply, (tx, { actor, ...by }) =>
        approvePayout({ vault, provider: payoutProvider }, tx, {
          ...by,
          approver: actor,
        }),
      ),
  );

  app.post(
    "/v1/payouts/:id/reject",
    {
      schema: {
        tags: ["payouts"],
        summary: "Refuse a payout that somebody else has asked for; the money is given back",
        params: EventPath,
        body: Ending,
        response: { 200: Payout, ...PROBLEMS },
      },
      config: { permission: "payouts.approve" },
    },
    (request, reply) =>
      decide(request, reply, (tx, by) => rejectPayout(tx, { ...by, reason: request.body.reason })),
  );

  app.post(
    "/v1/payouts/:id/cancel",
    {
      schema: {
        tags: ["payouts"],
        summary: "Call a payout off that is not on its way; the money is given back",
        params: EventPath,
        body: Ending,
        response: { 200: Payout, ...PROBLEMS },
      },
      config: { permission: "payouts.request" },
    },
    (request, reply) =>
      decide(request, reply, (tx, by) => cancelPayout(tx, { ...by, reason: request.body.reason })),
  );

  app.post(
    "/v1/payouts/:id/pay",
    {
      schema: {
        tags: ["payouts"],
        summary: "Hand out cash of the own drawer for a payout that is approved",
        description: "Sent again, it answers what was handed out; nothing more is.",
        params: EventPath,
        body: CashConfirmation,
        response: { 200: PayoutDetail, ...PROBLEMS },
      },
      config: { permission: "payouts.pay" },
    },
    async (request) => {
      const caller = callerOf(request);
      const { id } = payoutInScope(caller, await findPayout(store.db, request.params.id));
      // A refusal is committed, because it counts wrong PINs; so it is told outside the transaction.
      const outcome = await store.transaction((tx) =>
        payOutCash(tx, {
          payout: id,
          cashier: caller.id,
          confirmation: request.body.confirmation,
          nowMs: nowMs(),
        }),
      );
      unlessRefused(outcome);
      const detail = await describePayout(store.db, id);
      if (detail === null) throw new ProblemError("not_found", "there is no such payout");
      return toDetail(detail);
    },
  );

  app.post(
    "/v1/payouts/:id/retry",
    {
      schema: {
        tags: ["payouts"],
        summary: "Take a failed payout up again: a new payout, to be approved anew",
        params: EventPath,
        body: Retry,
        response: { 200: Payout, 201: Payout, ...PROBLEMS },
      },
      config: { permission: "payouts.approve" },
    },
    (request, reply) =>
      decide(request, reply, (tx, by) =>
        retryPayout({ provider: payoutProvider }, tx, { ...by, id: request.body.id }),
      ),
  );

  app.post(
    "/v1/payouts/:id/resolve",
    {
      schema: {
        tags: ["payouts"],
        summary: "Decide about a payout under review; it holds when a second person decides the same",
        description:
          "A payout that waits to be sent, and of which nothing has left, is called off by not_paid without a review. When it is sent before the second person agrees, the first one's decision lapses.",
        params: EventPath,
        body: Decision,
        response: { 200: Payout, ...PROBLEMS },
      },
      config: { permission: "payouts.resolve" },
    },
    (request, reply) => decide(request, reply, (tx, by) => resolvePayout(tx, { ...by, ...request.body })),
  );
};
