/**
 * Bodies of payouts.
 *
 * Pure and stable: the same instruction gives the same bytes for ever. They are kept before they are first sent, and every
 * further attempt to send them sends the kept ones, because a provider refuses a key that comes with other bytes. What
 * changes from one sending to the next (time, key, signature) stands in headers that are made when they are sent.
 */
import { AMOUNT_IDR_MAX } from "../units.ts";
import { amountSpanOf, CHANNELS, isChannelCode } from "./channels.ts";
import { faultOfDestination } from "./destination.ts";
import { encodeFlipDisbursement } from "./flip-v3.ts";
import type { PayoutInstruction, PayoutProviderId } from "./outcome.ts";
import { encodeXenditPayout } from "./xendit-v2.ts";

/** Characters of a description that every provider takes; Flip's `remark` is the narrowest. */
export const DESCRIPTION_LENGTH_MAX = 18;

/** Printable ASCII without space at its ends: banks pass on nothing else unharmed. */
const DESCRIPTION_PATTERN = /^[!-~](?:[ -~]*[!-~])?$/;

/** Media type of a provider's bodies. */
export const PAYOUT_MEDIA_TYPE: Readonly<Record<PayoutProviderId, string>> = {
  "xendit-v2": "application/json",
  "flip-v3": "application/x-www-form-urlencoded",
};

/** What is wrong with an instruction for this provider, as a sentence that says what is expected; null when nothing is. */
export function faultOfInstruction(
  provider: PayoutProviderId,
  instruction: PayoutInstruction,
): string | null {
  const { reference, amountIdr, channel, description } = instruction;
  const fault = faultOfDestination(instruction);
  if (fault !== null || !isChannelCode(channel)) return fault ?? "the channel is not known";
  const { min, max } = amountSpanOf(channel, provider);
  if (!Number.isSafeInteger(amountIdr) || amountIdr < min || amountIdr > Math.min(max, AMOUNT_IDR_MAX))
    return `a payout to ${CHANNELS[channel].name} is ${min} to ${max} rupiah, without fractions`;
  if (description.length > DESCRIPTION_LENGTH_MAX || !DESCRIPTION_PATTERN.test(description))
    return `the description has 1 to ${DESCRIPTION_LENGTH_MAX} plain letters, digits and signs`;
  if (!/^[!-~]{1,100}$/.test(reference)) return "the reference has 1 to 100 printable characters";
  return null;
}

/** Body of the request that asks the provider for this payout. Throws RangeError for what `faultOfInstruction` refuses. */
export function encodePayout(provider: PayoutProviderId, instruction: PayoutInstruction): Uint8Array {
  const fault = faultOfInstruction(provider, instruction);
  if (fault !== null) throw new RangeError(fault);
  const encode = provider === "xendit-v2" ? encodeXenditPayout : encodeFlipDisbursement;
  return new TextEncoder().encode(encode(instruction));
}
