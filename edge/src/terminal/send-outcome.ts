import type { FastifyReply } from "fastify";
import type { RecordOutcome } from "../outbox/outbox.ts";
import { sendProblem } from "./problems.ts";

/** Answers with what became of a record: 201 new, 200 the same again, 409 another body, 507 no room. */
export function sendOutcome(reply: FastifyReply, outcome: RecordOutcome): FastifyReply {
  switch (outcome.kind) {
    case "recorded":
      return reply.code(201).send(outcome.answer);
    case "repeated":
      return reply.code(200).send(outcome.answer);
    case "conflict":
      return sendProblem(reply, { code: "conflict" });
    case "full":
      return sendProblem(reply, {
        code: "storage_full",
        detail: "Nothing was stored. Free disk space or connect the network, then try again.",
      });
  }
}
