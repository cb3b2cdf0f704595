/** Flip for Business, disbursements v3 (docs.flip.id). Balance and inquiry have stayed at v2 there. */
import { CHANNELS, isChannelCode } from "@jumpa-madu/contracts/payout/channels";
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import type { PayoutProvider } from "../payout-provider.ts";
import { outcomeOf, type ProviderLine } from "../provider-line.ts";
import { parseBalance } from "./balance.ts";
import { parseInquiry } from "./inquiry.ts";
import { parseLookup } from "./lookup.ts";
import { parseSubmission } from "./submission.ts";
import { readNote, showsToken } from "./webhook.ts";

const FORM = "application/x-www-form-urlencoded";

/** Makes the adapter. `nowMs`: the time that is sent along; Flip leaves aside what is older than a minute. */
export function flipV3({
  line,
  callbackToken,
  nowMs = Date.now,
}: {
  line: ProviderLine;
  callbackToken: string;
  nowMs?: () => number;
}): PayoutProvider {
  return {
    id: "flip-v3",
    caps: { inquiry: "async" },

    async submit({ bytes, idempotencyKey }) {
      const answered = await line.send({
        method: "POST",
        path: "/v3/disbursement",
        headers: {
          "content-type": FORM,
          "idempotency-key": idempotencyKey,
          "x-timestamp": new Date(nowMs()).toISOString(),
        },
        body: bytes,
      });
      return outcomeOf(answered, (body, status) => parseSubmission(body, status, idempotencyKey));
    },

    async lookup({ providerId, idempotencyKey }) {
      const query =
        providerId === null
          ? `idempotency-key=${encodeURIComponent(idempotencyKey)}`
          : `id=${encodeURIComponent(providerId)}`;
      const answered = await line.send({ method: "GET", path: `/v3/get-disbursement?${query}` });
      return outcomeOf<Lookup>(answered, (body, status) => parseLookup(body, status, idempotencyKey));
    },

    async inquire({ channel, accountNumber, inquiryKey }) {
      const form = new URLSearchParams([
        ["account_number", accountNumber],
        ["bank_code", isChannelCode(channel) ? CHANNELS[channel].providers["flip-v3"].code : channel],
        ["inquiry_key", inquiryKey],
      ]);
      const { answer, raw } = await line.send({
        method: "POST",
        path: "/v2/disbursement/bank-account-inquiry",
        headers: { "content-type": FORM },
        body: new TextEncoder().encode(form.toString()),
      });
      const outcome =
        answer === null ? ({ state: "unavailable" } as const) : parseInquiry(answer.bytes, answer.status);
      return { outcome, raw };
    },

    async balance() {
      const { answer, raw } = await line.send({ method: "GET", path: "/v2/general/balance" });
      return {
        outcome: answer === null ? { kind: "unknown" } : parseBalance(answer.bytes, answer.status),
        raw,
      };
    },

    showsToken: (_headers, raw) => showsToken(raw, callbackToken),
    noteOf: readNote,
  };
}
