/** Taking deposits back: voids within minutes, and corrections by staff later. */
import type { FastifyPluginAsyncTypebox } from "@fastify/type-provider-typebox";
import {
  DepositCorrection,
  DepositTakenBack,
  NewDepositCorrection,
  NewDepositVoid,
} from "@jumpa-madu/contracts/http/deposits";
import { correctDeposit } from "@jumpa-madu/store/correct-deposit";
import { voidDeposit } from "@jumpa-madu/store/void-deposit";
import { answerOnce } from "../answer-once.ts";
import type { Rooms } from "../app.ts";
import { callerOf } from "../permissions.ts";
import { DEPOSIT_WORDS, depositOf, problemOf, toCorrection, toTakenBack } from "./deposit-answers.ts";
import { readLines } from "./deposit-lines.ts";
import { PROBLEMS } from "./problems.ts";
import { EventPath } from "./route-parts.ts";

export const depositChangeRoutes: FastifyPluginAsyncTypebox<Rooms> = async (app, { store, nowMs }) => {
  app.post(
    "/v1/deposits/:id/void",
    {
      schema: {
        tags: ["trade"],
        summary: "Take a deposit back within 15 minutes",
        description:
          "By whoever took it, or by an operator of the same waste bank. Later it is a correction, by staff. `cash_back_idr` is what the member was handed in cash and must give back: the drawer's books have it again.",
        params: EventPath,
        body: NewDepositVoid,
        response: { 200: DepositTakenBack, 201: DepositTakenBack, ...PROBLEMS },
      },
      config: { permission: "deposits.write" },
    },
    async (request, reply) => {
      const { id: deposit } = request.params;
      const by = callerOf(request);
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: DEPOSIT_WORDS,
        work: async (tx) => {
          const voiding = await voidDeposit(tx, { ...request.body, deposit, by }, nowMs());
          if (voiding.kind === "refused") throw problemOf(voiding);
          return {
            status: voiding.kind === "posted" ? 201 : 200,
            body: await toTakenBack(tx, await depositOf(tx, deposit)),
          };
        },
      });
    },
  );

  app.post(
    "/v1/deposits/:id/correction",
    {
      schema: {
        tags: ["trade"],
        summary: "Correct a deposit: take it back and, with lines, post what it should have been",
        description:
          "Never by whoever took it. The replacement has the prices, purpose and terms of the deposit's own day. Refused (409) when the member has spent the money, when its waste was sold, or when the drawer that paid it was counted. Where cash was handed out, the member must give `cash_back_idr` back, or gets `cash_more_idr` more: the drawer's books stand so already. Answered as `GET /v1/deposits/{id}` does.",
        params: EventPath,
        body: NewDepositCorrection,
        response: { 200: DepositCorrection, 201: DepositCorrection, ...PROBLEMS },
      },
      config: { permission: "deposits.correct" },
    },
    async (request, reply) => {
      const { id: deposit } = request.params;
      const { id, reason, lines = null, confirm_unusual: confirms = false } = request.body;
      const asked = {
        id,
        deposit,
        reason,
        lines: lines === null ? null : readLines(lines),
        by: callerOf(request).id,
        ...(confirms && { confirmsUnusual: true }),
      };
      await answerOnce(request, reply, {
        store,
        nowMs: nowMs(),
        words: DEPOSIT_WORDS,
        work: async (tx) => {
          const correction = await correctDeposit(tx, asked, nowMs());
          if (correction.kind === "refused") throw problemOf(correction);
          const { replacement } = correction;
          const body = await toCorrection(tx, {
            deposit: await depositOf(tx, deposit),
            replacement: replacement === null ? null : await depositOf(tx, replacement),
          });
          return { status: correction.kind === "posted" ? 201 : 200, body };
        },
      });
    },
  );
};
