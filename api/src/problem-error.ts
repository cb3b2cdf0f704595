/** Trouble that is told to whoever asked: thrown by handlers, written as a problem by the error handler. */
import { STATUS_CODES } from "node:http";
import { PROBLEM_MEDIA_TYPE, type Problem } from "@jumpa-madu/contracts/problem";
import type { FastifyReply } from "fastify";

/** Stable names of what can go wrong, with the status that each has. */
const PROBLEM_STATUS = {
  malformed: 400,
  invalid: 400,
  unauthenticated: 401,
  wrong_credentials: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  not_acceptable: 406,
  exists: 409,
  conflict: 409,
  key_reused: 409,
  too_large: 413,
  unsupported_media_type: 415,
  unknown_reference: 422,
  refused: 422,
  answer_too_long: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

/** A field that is wrong, by JSON pointer or by the name of its part of the request. */
export interface FieldFault {
  path: string;
  message: string;
}

export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly status: number;
  readonly faults: FieldFault[];
  readonly headers: Record<string, string>;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { faults?: FieldFault[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.name = "ProblemError";
    this.code = code;
    this.status = PROBLEM_STATUS[code];
    this.faults = more.faults ?? [];
    this.headers = more.headers ?? {};
  }
}

/** The body that tells the problem. */
function problemOf({ code, status, message, faults }: ProblemError): Problem {
  return {
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Problem",
    status,
    code,
    detail: message,
    ...(faults.length === 0 ? {} : { faults }),
  };
}

/** Answers with the problem, whatever the route's own schemas are. */
export function sendProblem(reply: FastifyReply, problem: ProblemError): FastifyReply {
  return reply
    .code(problem.status)
    .headers({ "cache-control": "no-store", ...problem.headers })
    .type(PROBLEM_MEDIA_TYPE)
    .send(JSON.stringify(problemOf(problem)));
}
