/** Makes the webhooks of a payout's status, sound or as a fault wants them. */

import type { Random } from "@jumpa-madu/contracts/random";
import type { Payout } from "../book/payout.ts";
import type { AccountHolders } from "../flip/account-holders.ts";
import { flipStatusOf } from "../flip/disbursement-body.ts";
import { flipWebhook } from "../flip/webhook.ts";
import type { Secrets } from "../secrets.ts";
import { xenditEventOf, xenditWebhook } from "../xendit/webhook.ts";
import type { Webhook, WebhookParts } from "./webhook.ts";
import type { WebhookFaultOrder } from "./webhook-fault.ts";

/** By how much a wrong amount is wrong, whole rupiah. */
export const WEBHOOK_WRONG_BY_IDR = 1_000;

/** One webhook, and when it is to go. */
export interface Told {
  webhook: Webhook;
  delayMs: number;
  isHeldBack: boolean;
}

/** What a provider tells of a status. */
export interface Tell {
  event: string;
  /** The webhooks that go out, none to two; `order` is the fault that strikes. */
  webhooks: (order: WebhookFaultOrder | null, random: Random) => Told[];
}

/** What is told of the status that the payout has now, or null when nothing is. */
export function tellOf(
  payout: Payout,
  { secrets, holders }: { secrets: Secrets; holders: AccountHolders },
): Tell | null {
  if (payout.provider === "xendit") {
    const event = xenditEventOf(payout.status);
    const sound = { token: secrets.xenditCallbackToken, amountIdr: payout.amountIdr, foreignId: null };
    return event === null ? null : tellBy(event, sound, (parts) => xenditWebhook(payout, parts));
  }
  const event = flipStatusOf(payout.status);
  const holder = holders.holderOf(payout.channel, payout.accountNumber);
  const sound = { token: secrets.flipToken, amountIdr: payout.amountIdr, foreignId: null };
  return event === "PENDING"
    ? null
    : tellBy(event, sound, (parts) => flipWebhook(payout, { ...parts, holder }));
}

function tellBy(event: string, sound: WebhookParts, render: (parts: WebhookParts) => Webhook): Tell {
  const at = (parts: Partial<WebhookParts>, delayMs = 0, isHeldBack = false): Told => ({
    webhook: render({ ...sound, ...parts }),
    delayMs,
    isHeldBack,
  });
  return {
    event,
    webhooks(order, random) {
      switch (order?.fault) {
        case undefined:
          return [at({})];
        case "duplicate":
          return [at({}), at({})];
        case "out-of-order":
          return [at({}, 0, true)];
        case "delayed":
          return [at({}, order?.delayMs)];
        case "dropped":
          return [];
        case "wrong-token":
          return [at({ token: random.hex(48) })];
        case "unknown-payout":
          return [at({ foreignId: unknownId(render(sound).provider, random) }), at({})];
        case "wrong-amount":
          return [at({ amountIdr: sound.amountIdr + WEBHOOK_WRONG_BY_IDR })];
      }
    },
  };
}

/** An id as the provider draws them, of no payout. */
function unknownId(provider: string, random: Random): string {
  if (provider === "flip") return String(random.integer(900_000_000, 999_999_999));
  return `disb-${random.hex(8)}-${random.hex(4)}-4${random.hex(3)}-8${random.hex(3)}-${random.hex(12)}`;
}
