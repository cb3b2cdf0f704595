/** Reads the form of `POST /api/v3/disbursement` and says what Flip would say against it. */
import { createHash } from "node:crypto";
import type { PayoutRequest } from "../book/payout.ts";
import { channelOfFlip, type SimChannel } from "../channels.ts";
import type { FlipFault } from "./errors.ts";

/** Longest remark, in characters. */
const REMARK_LENGTH_MAX = 18;

/** A request that Flip takes, or what is wrong with it. */
export type FlipCreate =
  | { ok: true; request: PayoutRequest; channel: SimChannel }
  | { ok: false; faults: FlipFault[] };

/** Reads a request: account_number, bank_code, amount, remark?, recipient_city?, beneficiary_email?. */
export function readFlipCreate(key: string, bytes: Uint8Array): FlipCreate {
  const form = new URLSearchParams(Buffer.from(bytes).toString("utf8"));
  const channel = channelOfFlip(form.get("bank_code") ?? "");
  const amountIdr = wholeOf(form.get("amount"));
  const faults = faultsOf(form, channel, amountIdr);
  if (faults.length > 0 || !channel || amountIdr === null) return { ok: false, faults };
  const city = wholeOf(form.get("recipient_city"));
  const email = form.get("beneficiary_email");
  const request: PayoutRequest = {
    key,
    bodyHash: createHash("sha256").update(bytes).digest("hex"),
    reference: key,
    channel: channel.flipCode,
    category: channel.category,
    accountNumber: form.get("account_number") ?? "",
    accountName: "",
    amountIdr,
    description: form.get("remark") ?? "",
    extra: {
      ...(city === null ? {} : { recipient_city: city }),
      ...(email === null ? {} : { beneficiary_email: email }),
    },
  };
  return { ok: true, request, channel };
}

function faultsOf(
  form: URLSearchParams,
  channel: SimChannel | undefined,
  amountIdr: number | null,
): FlipFault[] {
  const faults: FlipFault[] = [];
  const say = (attribute: string, message: string) => faults.push({ attribute, message });
  if (!/^\d{1,100}$/.test(form.get("account_number") ?? "")) say("account_number", "must be digits");
  if (!channel) say("bank_code", "is not a bank code");
  if (amountIdr === null || amountIdr <= 0) say("amount", "must be a whole number above 0");
  else if (channel && (amountIdr < channel.minimumIdr || amountIdr > channel.maximumIdr))
    say("amount", `must be from ${channel.minimumIdr} to ${channel.maximumIdr}`);
  if ((form.get("remark") ?? "").length > REMARK_LENGTH_MAX)
    say("remark", `must have at most ${REMARK_LENGTH_MAX} characters`);
  return faults;
}

function wholeOf(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : null;
}
