/** Terms: how members are paid, from a time on, never changed. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import { NewTerms, Terms, TermsListQuery, TermsPage } from "@jumpa-madu/contracts/http/terms";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { insertTerms, listTerms, SHARE_BPS_MAX, type Terms as TermsRow } from "@jumpa-madu/store/terms";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { sendList } from "../lists/send-list.ts";
import { parseMoment, toIso } from "../moments.ts";
import { callerOf } from "../permissions.ts";
import { ProblemError } from "../problem-error.ts";
import { PROBLEMS } from "./problems.ts";
import { refuseOutOfTime } from "./valid-from.ts";

export const termsRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.get(
    "/v1/terms",
    {
      schema: {
        tags: ["trade"],
        summary: "Terms on which members are paid, the ones that begin latest first",
        querystring: TermsListQuery,
        response: { 200: TermsPage, ...PROBLEMS },
      },
      config: { permission: "terms.read" },
    },
    (request, reply) => {
      const filter = {
        wasteBank: request.query.waste_bank ?? null,
        atMs: parseMoment(request.query.at, "/querystring/at"),
      };
      return sendList(request, reply, {
        item: Terms,
        read: async (page) => {
          const { items, next } = await listTerms(store.db, filter, page);
          return { items: items.map(toTerms), next };
        },
      });
    },
  );

  app.post(
    "/v1/terms",
    {
      schema: {
        tags: ["trade"],
        summary: "Set terms on which members are paid",
        body: NewTerms,
        response: { 201: Terms, ...PROBLEMS },
      },
      config: { permission: "terms.write" },
    },
    (request, reply) => {
      const { body } = request;
      const createdMs = nowMs();
      const terms: TermsRow = {
        id: newEventId(createdMs),
        wasteBank: body.waste_bank ?? null,
        memberKind: body.member_kind ?? null,
        settlement: body.settlement,
        shareBps: body.share_bps,
        validFromMs: parseMoment(body.valid_from, "/valid_from") ?? createdMs,
        createdMs,
        createdBy: `user:${callerOf(request).id}`,
      };
      return answerOnce(request, reply, {
        store,
        nowMs: createdMs,
        words: {
          exists: `such terms that begin at ${toIso(terms.validFromMs)} exist already; terms are never changed, set ones that begin later`,
          unknown: `there is no waste bank ${terms.wasteBank}`,
        },
        work: async (tx) => {
          refuseOutOfTime("terms", terms.validFromMs, createdMs);
          refuseShareOfPurchase(terms);
          await insertTerms(tx, terms);
          return { status: 201, body: toTerms(terms) };
        },
      });
    },
  );
};

function refuseShareOfPurchase({ settlement, shareBps }: TermsRow): void {
  if (settlement !== "purchase" || shareBps === SHARE_BPS_MAX) return;
  throw new ProblemError(
    "refused",
    `what is bought is paid by the price list, so its share is ${SHARE_BPS_MAX}; a waste bank that keeps a part lists prices that are lower by it`,
  );
}

function toTerms(terms: TermsRow): Terms {
  return {
    id: terms.id,
    waste_bank: terms.wasteBank,
    member_kind: terms.memberKind,
    settlement: terms.settlement,
    share_bps: terms.shareBps,
    valid_from: toIso(terms.validFromMs),
    created_by: terms.createdBy,
    created_at: toIso(terms.createdMs),
  };
}
