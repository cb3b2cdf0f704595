/** Faults of webhooks. */
import Type, { type Static } from "typebox";
import { PROVIDERS } from "../provider-name.ts";

/**
 * The faults:
 * - `duplicate`: it is sent twice.
 * - `out-of-order`: it is sent right after the next one; after an hour of the provider's time at the latest.
 * - `delayed`: it is sent `delayMs` later.
 * - `dropped`: it is never sent.
 * - `wrong-token`: with a token that is not ours, each time that it is sent.
 * - `unknown-payout`: besides it comes one for a payout that does not exist.
 * - `wrong-amount`: it says another amount than the payout has.
 */
export const WEBHOOK_FAULTS = [
  "duplicate",
  "out-of-order",
  "delayed",
  "dropped",
  "wrong-token",
  "unknown-payout",
  "wrong-amount",
] as const;

/** Longest delay of a webhook, in milliseconds: a day. */
const DELAY_MS_MAX = 86_400_000;

/** A fault to switch on, and for which webhooks. */
export const WebhookFaultOrder = Type.Object(
  {
    fault: Type.Enum(WEBHOOK_FAULTS),
    provider: Type.Optional(Type.Enum(PROVIDERS)),
    event: Type.Optional(
      Type.String({ maxLength: 100, description: "such as payout.succeeded, or DONE at Flip" }),
    ),
    skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: DELAY_MS_MAX })),
  },
  { additionalProperties: false },
);
export type WebhookFaultOrder = Static<typeof WebhookFaultOrder>;

/** What is wrong with an order that fits the schema, or null. */
export function faultOfWebhookOrder({ fault, delayMs }: WebhookFaultOrder): string | null {
  return fault === "delayed" && delayMs === undefined ? "delayed needs delayMs" : null;
}
