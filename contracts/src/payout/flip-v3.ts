/** Flip v3: the body of `POST /v3/disbursement`. It names no holder and has no reference: ours is the idempotency key. */
import { CHANNELS, isChannelCode } from "./channels.ts";
import type { PayoutInstruction } from "./outcome.ts";

/** Writes the form; the order of its fields never changes. */
export function encodeFlipDisbursement(instruction: PayoutInstruction): string {
  const { amountIdr, channel, accountNumber, description } = instruction;
  return new URLSearchParams([
    ["account_number", accountNumber],
    ["bank_code", isChannelCode(channel) ? CHANNELS[channel].providers["flip-v3"].code : channel],
    ["amount", String(amountIdr)],
    ["remark", description],
  ]).toString();
}
