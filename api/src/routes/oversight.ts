/** What went wrong with what nodes sent: the quarantine, and gaps in their streams. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewRepost, RepostOutcome } from "@jumpa-madu/contracts/http/deposits";
import {
  Gap,
  GapPage,
  GapQuery,
  NewSetAside,
  Quarantined,
  QuarantinePage,
  QuarantineQuery,
} from "@jumpa-madu/contracts/http/field";
import { listGaps } from "@jumpa-madu/store/gap-list";
import { listQuarantine, type QuarantineRow } from "@jumpa-madu/store/quarantine-list";
import { type RepostOutcome as Reposted, repostQuarantined } from "@jumpa-madu/store/repost";
import { setAside } from "@jumpa-madu/store/set-aside";
import Type from "typebox";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { toIso, toIsoOrNull } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { DEPOSIT_WORDS } from "./deposit-answers.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const oversightRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/quarantine",
    {
      schema: {
        tags: ["nodes"],
        summary: "Items that were not accepted, newest first",
        querystring: QuarantineQuery,
        response: { 200: QuarantinePage, ...PROBLEMS },
      },
      config: { permission: "quarantine.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: Quarantined,
        read: async (page) => {
          const { node = null, code = null, state = null } = request.query;
          const { items, next } = await listQuarantine(store.db, { node, code, state }, page);
          return {
            items: items.map(toQuarantined),
            next,
          };
        },
      }),
  );

  app.post(
    "/v1/quarantine/:id/repost",
    {
      schema: {
        tags: ["nodes"],
        summary: "Post a record again with the books as they are now",
        description:
          "A record that is posted leaves the quarantine; one that is refused again stays with the new reason. `honour`: what was printed stands, however much more it says than we compute.",
        params: EventPath,
        body: NewRepost,
        response: { 200: RepostOutcome, ...PROBLEMS },
      },
      config: { permission: "quarantine.repost" },
    },
    async (request, reply) => {
      const { honour = false } = request.body;
      const repost = { id: request.params.id, honour, user: callerOf(request).id };
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: DEPOSIT_WORDS,
        work: async (tx) => ({
          status: 200,
          body: toOutcome(await repostQuarantined(tx, repost, nowMs())),
        }),
      });
    },
  );

  app.post(
    "/v1/quarantine/:id/set-aside",
    {
      schema: {
        tags: ["nodes"],
        summary: "Put an item aside: it was looked at, and nothing is to be posted of it",
        description:
          "It stays, with who put it aside and why: GET /v1/quarantine?state=set_aside. A record can still be posted again from there.",
        params: EventPath,
        body: NewSetAside,
        response: { 200: Type.Object({ id: Type.String() }), ...PROBLEMS },
      },
      config: { permission: "quarantine.set_aside" },
    },
    async (request, reply) => {
      const { id } = request.params;
      const asked = { id, reason: request.body.reason, actor: `user:${callerOf(request).id}` };
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: DEPOSIT_WORDS,
        work: async (tx) => {
          const outcome = await setAside(tx, asked, nowMs());
          if (outcome.kind === "unknown")
            throw new ProblemError("not_found", "nothing of this id is in quarantine");
          if (outcome.kind === "again")
            throw new ProblemError("conflict", `${outcome.by} has put it aside already`);
          return { status: 200, body: { id } };
        },
      });
    },
  );

  app.get(
    "/v1/gaps",
    {
      schema: {
        tags: ["nodes"],
        summary: "Numbers that nodes lost before they arrived, newest first",
        querystring: GapQuery,
        response: { 200: GapPage, ...PROBLEMS },
      },
      config: { permission: "gaps.read" },
    },
    (request, reply) =>
      sendList(request, reply, {
        item: Gap,
        read: async (page) => {
          const { items, next } = await listGaps(store.db, { node: request.query.node ?? null }, page);
          return {
            items: items.map(({ id, node, stream, epoch, fromSeq, uptoSeq, noticedMs }) => ({
              id,
              node,
              stream,
              epoch,
              from_seq: fromSeq,
              upto_seq: uptoSeq,
              noticed_at: toIso(noticedMs),
            })),
            next,
          };
        },
      }),
  );
};

function toQuarantined({
  receivedMs,
  setAsideBy,
  setAsideMs,
  setAsideReason,
  ...item
}: QuarantineRow): Quarantined {
  return {
    ...item,
    received_at: toIso(receivedMs),
    set_aside_by: setAsideBy,
    set_aside_at: toIsoOrNull(setAsideMs),
    set_aside_reason: setAsideReason,
  };
}

function toOutcome(outcome: Reposted): RepostOutcome {
  switch (outcome.kind) {
    case "unknown":
      throw new ProblemError("not_found", "nothing of this id is in quarantine");
    case "unfit":
      throw new ProblemError("refused", outcome.reason);
    case "refused":
      return { outcome: "refused", kind: null, record: null, code: outcome.code, reason: outcome.reason };
    default: {
      const { kind, id } = outcome.record;
      return { outcome: outcome.kind, kind, record: id, code: null, reason: null };
    }
  }
}
