/** Limits and fees of payouts: asked for by an admin, approved by another person, never changed. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  MomentListQuery,
  NewPayoutFee,
  NewPayoutLimit,
  PayoutFee,
  PayoutFeePage,
  PayoutLimit,
  PayoutLimitPage,
} from "@jumpa-madu/contracts/http/payouts";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { recordDeed } from "@jumpa-madu/store/audit";
import { type PayoutFee as FeeRow, findFee, insertFee, listFees } from "@jumpa-madu/store/payout-fees";
import {
  faultOfLimit,
  findLimit,
  insertLimit,
  type PayoutLimit as LimitRow,
  listLimits,
} from "@jumpa-madu/store/payout-limits";
import { decideRule, type RuleStanding } from "@jumpa-madu/store/payout-rules";
import type { Tx } from "@jumpa-madu/store/relational-store";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Static } from "typebox";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { limitWarnings } from "./payout-limit-warnings.ts";
import { actorOf, unlessRefused } from "./payout-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";
import { refuseOutOfTime } from "./valid-from.ts";

export const payoutRuleRoutes: FastifyPluginAsyncTypebox<Rooms> = async (
  app,
  { store, payoutProvider, nowMs },
) => {
  const words = (what: string) => ({
    exists: `${what} with this start exists already; set one that begins later`,
    unknown: "the waste bank does not exist",
  });

  app.get(
    "/v1/payout-limits",
    {
      schema: {
        tags: ["payouts"],
        summary: "Limits of payouts, the one that begins latest first",
        querystring: MomentListQuery,
        response: { 200: PayoutLimitPage, ...PROBLEMS },
      },
      config: { permission: "payout_rules.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: PayoutLimit,
        read: async (page) => {
          const { items, next } = await listLimits(store.db, page);
          const warnings = await limitWarnings({ store, payoutProvider }, nowMs());
          return { items: items.map(toLimit), next, warnings };
        },
      }),
  );

  app.post(
    "/v1/payout-limits",
    {
      schema: {
        tags: ["payouts"],
        summary: "Ask for a limit of payouts, or for its end",
        description:
          "It is nothing until another person approves it, and then holds from `valid_from`, or from the approval where that is later. A limit about one kind of channel and one about all of them hold both. A waste bank's own takes the place of the general one; without any there is no limit, and the list warns. Days are days in WIB. `second_approval`: above it two people approve a payout.",
        body: NewPayoutLimit,
        response: { 201: PayoutLimit, ...PROBLEMS },
      },
      config: { permission: "payout_rules.write" },
    },
    async (request, reply) => {
      const { body } = request;
      const createdMs = nowMs();
      const validFromMs = parseMoment(body.valid_from, "/valid_from") ?? createdMs;
      await answerOnce(request, reply, {
        store,
        nowMs: createdMs,
        words: words("a limit"),
        work: async (tx) => {
          refuseOutOfTime("a limit", validFromMs, createdMs);
          const fault = faultOfLimit({ scope: body.scope, amountIdr: body.amount_idr });
          if (fault !== null) throw new ProblemError("refused", fault.reason);
          const limit = await insertLimit(tx, {
            id: newEventId(createdMs),
            scope: body.scope,
            channelKind: body.channel_kind ?? null,
            wasteBank: body.waste_bank ?? null,
            amountIdr: body.amount_idr,
            validFromMs,
            createdMs,
            createdBy: actorOf(callerOf(request)),
          });
          await recordDeed(tx, {
            actor: limit.createdBy,
            action: "payout_limit.requested",
            subject: `payout_limit:${limit.id}`,
            atMs: createdMs,
          });
          return { status: 201, body: toLimit(limit) };
        },
      });
    },
  );

  app.get(
    "/v1/payout-fees",
    {
      schema: {
        tags: ["payouts"],
        summary: "Fees of payouts, the one that begins latest first",
        querystring: MomentListQuery,
        response: { 200: PayoutFeePage, ...PROBLEMS },
      },
      config: { permission: "payout_rules.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: PayoutFee,
        read: async (page) => {
          const { items, next } = await listFees(store.db, page);
          return { items: items.map(toFee), next };
        },
      }),
  );

  app.post(
    "/v1/payout-fees",
    {
      schema: {
        tags: ["payouts"],
        summary: "Ask for another fee: what a provider takes for a payout, and who bears it",
        description:
          "It is nothing until another person approves it. A payout keeps the fee of the moment at which it was asked for; one that the member bears is held with the amount.",
        body: NewPayoutFee,
        response: { 201: PayoutFee, ...PROBLEMS },
      },
      config: { permission: "payout_rules.write" },
    },
    async (request, reply) => {
      const { body } = request;
      const createdMs = nowMs();
      const validFromMs = parseMoment(body.valid_from, "/valid_from") ?? createdMs;
      await answerOnce(request, reply, {
        store,
        nowMs: createdMs,
        words: words("a fee"),
        work: async (tx) => {
          refuseOutOfTime("a fee", validFromMs, createdMs);
          const fee = await insertFee(tx, {
            id: newEventId(createdMs),
            channelKind: body.channel_kind,
            feeIdr: body.fee_idr,
            bearer: body.bearer,
            isRefunded: body.refunded ?? false,
            validFromMs,
            createdMs,
            createdBy: actorOf(callerOf(request)),
          });
          await recordDeed(tx, {
            actor: fee.createdBy,
            action: "payout_fee.requested",
            subject: `payout_fee:${fee.id}`,
            atMs: createdMs,
          });
          return { status: 201, body: toFee(fee) };
        },
      });
    },
  );

  for (const [verb, decision] of [
    ["approve", "approved"],
    ["reject", "rejected"],
  ] as const) {
    const config = { permission: "payout_rules.approve" } as const;
    const words = (rule: string) => ({
      tags: ["payouts"],
      summary: `${verb === "approve" ? "Approve" : "Reject"} a ${rule} that another person has asked for`,
      description: "Refused to whoever asked for it, and when it is decided already.",
      params: EventPath,
    });

    app.post(
      `/v1/payout-limits/:id/${verb}`,
      { schema: { ...words("limit"), response: { 200: PayoutLimit, ...PROBLEMS } }, config },
      (request, reply) =>
        decide(request, reply, async (tx, by) => {
          unlessRefused(await decideRule(tx, { ...by, rule: "limit", decision }));
          const limit = await findLimit(tx, by.id);
          return limit === null ? null : toLimit(limit);
        }),
    );

    app.post(
      `/v1/payout-fees/:id/${verb}`,
      { schema: { ...words("fee"), response: { 200: PayoutFee, ...PROBLEMS } }, config },
      (request, reply) =>
        decide(request, reply, async (tx, by) => {
          unlessRefused(await decideRule(tx, { ...by, rule: "fee", decision }));
          const fee = await findFee(tx, by.id);
          return fee === null ? null : toFee(fee);
        }),
    );
  }

  async function decide(
    request: FastifyRequest,
    reply: FastifyReply,
    work: (tx: Tx, by: { id: string; actor: string; nowMs: number }) => Promise<object | null>,
  ): Promise<void> {
    const { id } = request.params as Static<typeof EventPath>;
    const by = { id, actor: actorOf(callerOf(request)), nowMs: nowMs() };
    await answerOnce(request, reply, {
      store,
      nowMs: by.nowMs,
      words: words("it"),
      work: async (tx) => ({ status: 200, body: await work(tx, by) }),
    });
  }
};

function toStanding({ state, decidedBy, decidedMs, beginsMs }: RuleStanding) {
  return {
    state,
    decided_by: decidedBy,
    decided_at: toIsoOrNull(decidedMs),
    begins_at: toIsoOrNull(beginsMs),
  };
}

function toLimit(limit: LimitRow): PayoutLimit {
  return {
    id: limit.id,
    scope: limit.scope,
    channel_kind: limit.channelKind,
    waste_bank: limit.wasteBank,
    amount_idr: limit.amountIdr,
    valid_from: toIso(limit.validFromMs),
    created_by: limit.createdBy,
    created_at: toIso(limit.createdMs),
    ...toStanding(limit),
  };
}

function toFee(fee: FeeRow): PayoutFee {
  return {
    id: fee.id,
    channel_kind: fee.channelKind,
    fee_idr: fee.feeIdr,
    bearer: fee.bearer,
    refunded: fee.isRefunded,
    valid_from: toIso(fee.validFromMs),
    created_by: fee.createdBy,
    created_at: toIso(fee.createdMs),
    ...toStanding(fee),
  };
}
