/** A deed of the cash desk: done once, and answered with how the thing that it was done to stands then. */
import type { CashOutcome } from "@jumpa-madu/store/cash-refusal";
import type { RelationalStore, Tx } from "@jumpa-madu/store/relational-store";
import type { FastifyReply, FastifyRequest } from "fastify";
import { answerOnce } from "../answer-once.ts";
import { callerOf } from "../permissions.ts";
import { CASH_WORDS, statusOf } from "./cash-problems.ts";

/** Who does it, and when. */
export interface Doer {
  user: string;
  nowMs: number;
}

export interface CashDeed {
  store: RelationalStore;
  nowMs: () => number;
  /** Does it. What it refuses becomes the problem that stands for it. */
  act: (tx: Tx, by: Doer) => Promise<CashOutcome<unknown>>;
  /** Body of the answer, read in the same transaction. */
  read: (tx: Tx) => Promise<object>;
}

/** Does a deed and answers 201, or 200 when it had been done before. Throws ProblemError. */
export async function answerCashDeed(
  request: FastifyRequest,
  reply: FastifyReply,
  { store, nowMs, act, read }: CashDeed,
): Promise<void> {
  await answerOnce(request, reply, {
    store,
    nowMs: nowMs(),
    words: CASH_WORDS,
    work: async (tx) => {
      const status = statusOf(await act(tx, { user: callerOf(request).id, nowMs: nowMs() }));
      return { status, body: await read(tx) };
    },
  });
}
