/** Xendit Payouts v2 (docs.xendit.co/apidocs, payouts). v3 has other names for everything and would be an adapter of its own. */
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import type { PayoutProvider } from "../payout-provider.ts";
import { NOT_ASKED, outcomeOf, type ProviderLine } from "../provider-line.ts";
import { parseBalance } from "./balance.ts";
import { parseLookupById, parseLookupByReference } from "./lookup.ts";
import { parseSubmission } from "./submission.ts";
import { readNote, showsToken } from "./webhook.ts";

/** Rows of a lookup by reference; more than a handful of one reference is a defect whatever the page holds. */
const LOOKUP_ROWS = 10;

/** Makes the adapter. */
export function xenditV2({
  line,
  callbackToken,
}: {
  line: ProviderLine;
  callbackToken: string;
}): PayoutProvider {
  return {
    id: "xendit-v2",
    caps: { inquiry: "none" },

    async submit({ bytes, idempotencyKey, reference }) {
      const answered = await line.send({
        method: "POST",
        path: "/v2/payouts",
        headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
        body: bytes,
      });
      return outcomeOf(answered, (body, status) => parseSubmission(body, status, reference));
    },

    async lookup({ providerId, reference }) {
      const path =
        providerId === null
          ? `/v2/payouts?reference_id=${encodeURIComponent(reference)}&limit=${LOOKUP_ROWS}`
          : `/v2/payouts/${encodeURIComponent(providerId)}`;
      const parse = providerId === null ? parseLookupByReference : parseLookupById;
      return outcomeOf<Lookup>(await line.send({ method: "GET", path }), (body, status) =>
        parse(body, status, reference),
      );
    },

    async inquire() {
      return { outcome: { state: "unavailable" }, raw: NOT_ASKED };
    },

    async balance() {
      const { answer, raw } = await line.send({
        method: "GET",
        path: "/balance?account_type=CASH&currency=IDR",
      });
      return {
        outcome: answer === null ? { kind: "unknown" } : parseBalance(answer.bytes, answer.status),
        raw,
      };
    },

    showsToken: (headers) => showsToken(headers, callbackToken),
    noteOf: readNote,
  };
}
