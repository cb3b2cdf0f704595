/** What a person must look at: alarms, messages that fit nothing, and the daily reconciliation. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  ParkedMessage,
  ParkedPage,
  ParkedQuery,
  ParkedSettling,
  PayoutAlarm,
  PayoutAlarmPage,
  PayoutAlarmQuery,
  PayoutReconciliations,
  ReconciliationQuery,
} from "@jumpa-madu/contracts/http/payouts";
import { readProviderMessage } from "@jumpa-madu/contracts/payout/message";
import { type PayoutAlarm as AlarmRow, listAlarms, seeAlarm } from "@jumpa-madu/store/payout-alarms";
import { reconciliationsOf } from "@jumpa-madu/store/reconciliation";
import type { Db } from "@jumpa-madu/store/relational-store";
import { bodiesOf, handleParked, type InboxMessage, listParked } from "@jumpa-madu/store/webhook-inbox";
import Type from "typebox";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { actorOf, unlessRefused } from "./payout-parts.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

/** Days of reconciliations that one question answers. */
const DAYS_MAX = 62;

export const payoutOversightRoutes: FastifyPluginAsyncTypebox<Rooms> = async (
  app,
  { store, vault, nowMs },
) => {
  app.get(
    "/v1/payout-alarms",
    {
      schema: {
        tags: ["payouts"],
        summary: "Alarms about payouts that nobody has seen yet, or all of them; the newest first",
        querystring: PayoutAlarmQuery,
        response: { 200: PayoutAlarmPage, ...PROBLEMS },
      },
      config: { permission: "payout_alarms.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: PayoutAlarm,
        read: async (page) => {
          const { items, next } = await listAlarms(store.db, { isOpen: request.query.all !== "true" }, page);
          return { items: items.map(toAlarm), next };
        },
      }),
  );

  app.post(
    "/v1/payout-alarms/:id/seen",
    {
      schema: {
        tags: ["payouts"],
        summary: "Note that one has seen an alarm",
        params: EventPath,
        response: { 200: Type.Object({ id: Type.String() }), ...PROBLEMS },
      },
      config: { permission: "payout_alarms.see" },
    },
    async (request, reply) => {
      const { id } = request.params;
      const by = { actor: actorOf(callerOf(request)), nowMs: nowMs() };
      await answerOnce(request, reply, {
        store,
        nowMs: by.nowMs,
        words: { exists: "the alarm exists", unknown: "there is no such alarm" },
        work: async (tx) => {
          if (!(await seeAlarm(tx, id, by)))
            throw new ProblemError("not_found", "there is no such alarm, or somebody has seen it already");
          return { status: 200, body: { id } };
        },
      });
    },
  );

  app.get(
    "/v1/payout-inbox",
    {
      schema: {
        tags: ["payouts"],
        summary: "Messages of providers that fit nothing and were put aside, the newest first",
        description:
          "What a message says proves nothing. The number of an account is shown by its last four digits.",
        querystring: ParkedQuery,
        response: { 200: ParkedPage, ...PROBLEMS },
      },
      config: { permission: "payout_alarms.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: ParkedMessage,
        read: async (page) => {
          const isOpen = request.query.all !== "true";
          const { items, next } = await listParked(store.db, { isOpen }, page);
          return { items: await shown(store.db, items), next };
        },
      }),
  );

  app.post(
    "/v1/payout-inbox/:id/settle",
    {
      schema: {
        tags: ["payouts"],
        summary: "Note what was found out about a message that was put aside; no money moves",
        params: EventPath,
        body: ParkedSettling,
        response: { 200: ParkedMessage, ...PROBLEMS },
      },
      config: { permission: "payout_inbox.settle" },
    },
    async (request, reply) => {
      const handling = {
        message: request.params.id,
        note: request.body.note,
        actor: actorOf(callerOf(request)),
        nowMs: nowMs(),
      };
      await answerOnce(request, reply, {
        store,
        nowMs: handling.nowMs,
        words: { exists: "the message is settled", unknown: "there is no such message" },
        work: async (tx) => {
          const { message } = unlessRefused(await handleParked(tx, handling));
          const [body] = await shown(tx, [message]);
          return { status: 200, body };
        },
      });
    },
  );

  /** Messages as a person reads them, with what each says of itself. */
  async function shown(db: Db, messages: InboxMessage[]): Promise<ParkedMessage[]> {
    const bodies = await bodiesOf(
      vault,
      db,
      messages.map(({ id }) => id),
    );
    return messages.map((message) => toParked(message, bodies.get(message.id) ?? new Uint8Array()));
  }

  app.get(
    "/v1/payout-reconciliations",
    {
      schema: {
        tags: ["payouts"],
        summary: `Reconciliations with a provider, or with all of them, the latest ${DAYS_MAX} days`,
        querystring: ReconciliationQuery,
        response: { 200: PayoutReconciliations, ...PROBLEMS },
      },
      config: { permission: "payout_alarms.read" },
    },
    async (request) => {
      const rows = await reconciliationsOf(store.db, request.query.provider ?? null, DAYS_MAX);
      return {
        items: rows.map((row) => ({
          day: row.day,
          provider: row.provider,
          our_float_idr: row.ourFloatIdr,
          provider_balance_idr: row.providerBalanceIdr,
          difference_idr: row.differenceIdr,
          findings: row.findings,
        })),
      };
    },
  );
};

function toParked(
  { id, provider, reason, attempt, receivedMs, handled }: InboxMessage,
  body: Uint8Array,
): ParkedMessage {
  const said = readProviderMessage(provider, body);
  return {
    id,
    provider,
    reason,
    attempt,
    reference: said.reference,
    provider_id: said.providerId,
    status: said.status,
    amount: said.amount,
    account_hint: said.accountHint,
    received_at: toIso(receivedMs),
    settled_by: handled?.by ?? null,
    settled_at: toIsoOrNull(handled?.atMs ?? null),
    note: handled?.note ?? null,
  };
}

function toAlarm(alarm: AlarmRow): PayoutAlarm {
  return {
    id: alarm.id,
    kind: alarm.kind,
    payout: alarm.payout,
    attempt: alarm.attempt,
    detail: alarm.detail,
    raised_at: toIso(alarm.raisedMs),
    seen_by: alarm.seenBy,
    seen_at: toIsoOrNull(alarm.seenMs),
  };
}
