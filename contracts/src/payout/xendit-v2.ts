/** Xendit Payouts v2: the body of `POST /v2/payouts` (docs.xendit.co/apidocs, create payout). */
import { CHANNELS, isChannelCode } from "./channels.ts";
import type { PayoutInstruction } from "./outcome.ts";

/** Writes the body; the order of its members never changes. `account_type` is for other currencies and left out. */
export function encodeXenditPayout(instruction: PayoutInstruction): string {
  const { reference, amountIdr, channel, accountNumber, accountName, description } = instruction;
  return JSON.stringify({
    reference_id: reference,
    channel_code: isChannelCode(channel) ? CHANNELS[channel].providers["xendit-v2"].code : channel,
    channel_properties: { account_holder_name: accountName, account_number: accountNumber },
    amount: amountIdr,
    currency: "IDR",
    description,
  });
}
