/** Reads the body of `POST /v2/payouts` and says what Xendit would say against it. */
import { createHash } from "node:crypto";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";
import type { PayoutRequest } from "../book/payout.ts";
import { channelOfXendit, type SimChannel } from "../channels.ts";
import type { FieldError, XenditError } from "./errors.ts";

const emails = Type.Optional(
  Type.Union([Type.Array(Type.String({ maxLength: 320 }), { maxItems: 3 }), Type.Null()]),
);

/** Lengths as in the API reference. Fields that it does not name are ignored. */
const Body = Type.Object({
  reference_id: Type.String({ minLength: 1, maxLength: 255 }),
  channel_code: Type.String({ minLength: 1 }),
  channel_properties: Type.Object({
    account_holder_name: Type.String({ minLength: 1, maxLength: 100 }),
    account_number: Type.String({ minLength: 1, maxLength: 100 }),
  }),
  amount: Type.Number({ exclusiveMinimum: 0 }),
  currency: Type.String({ minLength: 3, maxLength: 3 }),
  description: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  receipt_notification: Type.Optional(Type.Object({ email_to: emails, email_cc: emails, email_bcc: emails })),
  metadata: Type.Optional(Type.Record(Type.String({ maxLength: 40 }), Type.Unknown(), { maxProperties: 50 })),
});

const bodies = checkerOf(Body);

/** A request that Xendit takes, or its error. */
export type XenditCreate =
  | { ok: true; request: PayoutRequest; channel: SimChannel }
  | { ok: false; error: XenditError };

/** Reads a request. The key is `Idempotency-key`, 1 to 100 characters. */
export function readXenditCreate(key: string, bytes: Uint8Array): XenditCreate {
  const checked = bodies.check(jsonOf(bytes));
  if (!checked.ok) return invalid(checked.faults.map(fieldError));
  const body = checked.value;
  const channel = channelOfXendit(body.channel_code);
  const error = faultOfMoney(body, channel);
  if (error || !channel) return { ok: false, error: error ?? unsupported(body.channel_code) };
  const { receipt_notification, metadata } = body;
  const request: PayoutRequest = {
    key,
    bodyHash: bodyHashOf(bytes),
    reference: body.reference_id,
    channel: body.channel_code,
    category: channel.category,
    accountNumber: body.channel_properties.account_number,
    accountName: body.channel_properties.account_holder_name,
    amountIdr: body.amount,
    description: body.description ?? "",
    extra: {
      ...(receipt_notification === undefined ? {} : { receipt_notification }),
      ...(metadata === undefined ? {} : { metadata }),
    },
  };
  return { ok: true, request, channel };
}

/** What two requests with one key are compared by: every byte of the body. */
export function bodyHashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** An answer that says which fields are wrong. */
export function invalid(errors: FieldError[]): { ok: false; error: XenditError } {
  const message = "There was an error with the format submitted to the server.";
  return { ok: false, error: { code: "API_VALIDATION_ERROR", message, errors } };
}

function faultOfMoney(
  { amount, currency, channel_code: code }: Static<typeof Body>,
  channel: SimChannel | undefined,
): XenditError | null {
  if (!channel || currency !== "IDR") return unsupported(code);
  if (!Number.isInteger(amount)) {
    return { code: "AMOUNT_INCREMENT_NOT_SUPPORTED", message: "IDR amounts are whole rupiah" };
  }
  if (amount < channel.minimumIdr) {
    return {
      code: "MINIMUM_TRANSFER_LIMIT_ERROR",
      message: `The minimum of ${code} is ${channel.minimumIdr}`,
    };
  }
  if (amount > channel.maximumIdr) {
    return {
      code: "MAXIMUM_TRANSFER_LIMIT_ERROR",
      message: `The maximum of ${code} is ${channel.maximumIdr}`,
    };
  }
  return null;
}

function unsupported(code: string): XenditError {
  return {
    code: "CHANNEL_CODE_NOT_SUPPORTED",
    message: `The channel code ${code.slice(0, 40)} is not supported`,
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch {
    // No schema takes undefined, so that the body is refused as what it is.
    return undefined;
  }
}

/** `/channel_properties/account_number must …` as Xendit's `{path, message}`. */
function fieldError(fault: string): FieldError {
  const [pointer = "", ...words] = fault.split(" ");
  return { path: `body${pointer === "/" ? "" : pointer.replaceAll("/", ".")}`, message: words.join(" ") };
}
