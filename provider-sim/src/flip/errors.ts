/**
 * Flip's error answers: `{code, errors: [{attribute, code, message}]}` with 422 (404 for what is not there), and
 * `{name, message, code, status}` for the rest. Inner codes are numbers that a client should not branch on; these are ours.
 */
import type { FastifyReply } from "fastify";

/** What is wrong with one attribute. */
export interface FlipFault {
  attribute: string;
  message: string;
}

/** The request breaks a rule. */
export function sendFlipInvalid(reply: FastifyReply, faults: FlipFault[]): FastifyReply {
  const errors = faults.map((fault) => ({ ...fault, code: 1_001 }));
  return reply.code(422).send({ code: "VALIDATION_ERROR", errors });
}

/** The float is smaller than amount and fee. */
export function sendFlipShort(reply: FastifyReply): FastifyReply {
  const errors = [{ attribute: "amount", code: 1_069, message: "Balance is insufficient" }];
  return reply.code(422).send({ code: "BALANCE_INSUFFICIENT", errors });
}

/** The same key with another body. How Flip answers it is not documented; this is ours. */
export function sendFlipKeyConflict(reply: FastifyReply): FastifyReply {
  const message = "Idempotency key has already been used with a different request";
  const errors = [{ attribute: "idempotency-key", code: 1_090, message }];
  return reply.code(422).send({ code: "VALIDATION_ERROR", errors });
}

/** There is no such disbursement. */
export function sendFlipNotFound(reply: FastifyReply, attribute: string): FastifyReply {
  const errors = [{ attribute, code: 1_072, message: "Disbursement not found" }];
  return reply.code(404).send({ code: "DISBURSEMENT_NOT_FOUND", errors });
}

/** Trouble of another kind. */
export function sendFlipError(reply: FastifyReply, status: number, name: string): FastifyReply {
  return reply.code(status).send({ name, message: MESSAGES[status] ?? name, code: 0, status });
}

const MESSAGES: Record<number, string> = {
  401: "Your request was made with invalid credentials.",
  404: "Page not found.",
  429: "Rate limit exceeded.",
  503: "The service is not available.",
};
