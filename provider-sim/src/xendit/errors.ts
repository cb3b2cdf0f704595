/** Xendit's error answers: `{error_code, message, errors?}`, as live answers and the SDK have them. */
import type { FastifyReply } from "fastify";

/** Every error, with its HTTP status. A key that is used for another body is 409 live, though documents list it under 400. */
const STATUS_OF = {
  API_VALIDATION_ERROR: 400,
  CHANNEL_CODE_NOT_SUPPORTED: 400,
  MINIMUM_TRANSFER_LIMIT_ERROR: 400,
  MAXIMUM_TRANSFER_LIMIT_ERROR: 400,
  AMOUNT_INCREMENT_NOT_SUPPORTED: 400,
  INVALID_PAYOUT_STATUS: 400,
  INVALID_API_KEY: 401,
  REQUEST_FORBIDDEN_ERROR: 403,
  DATA_NOT_FOUND: 404,
  DUPLICATE_ERROR: 409,
  RATE_LIMIT_EXCEEDED: 429,
  SERVER_ERROR: 500,
} as const;

export type XenditErrorCode = keyof typeof STATUS_OF;

/** One field that is wrong. */
export interface FieldError {
  path: string;
  message: string;
}

/** An error to answer with. */
export interface XenditError {
  code: XenditErrorCode;
  message: string;
  errors?: FieldError[];
}

/** Answers with an error. */
export function sendXenditError(reply: FastifyReply, { code, message, errors }: XenditError): FastifyReply {
  return reply
    .code(STATUS_OF[code])
    .send({ error_code: code, message, ...(errors === undefined ? {} : { errors }) });
}
