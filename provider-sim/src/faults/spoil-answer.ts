/** Changes the JSON of an answer as a fault wants it. Knows both providers' shapes: one payout, `{data: [payouts]}`, or something else. */
import type { HttpFaultName } from "./http-fault.ts";

/** A status that neither provider documents. */
export const UNKNOWN_STATUS = "PENDING_RISK_REVIEW";

/** By how much a wrong amount is wrong, whole rupiah. */
export const WRONG_BY_IDR = 1_000;

type Json = Record<string, unknown>;

/** The body with the fault in it; unchanged when it is no JSON object, or the fault is none of a body. */
export function spoilAnswer(fault: HttpFaultName, body: string): string {
  if (fault === "truncated") return body.slice(0, Math.floor(body.length / 2));
  const answer = objectOf(body);
  if (answer === null) return body;
  const change = CHANGES[fault];
  if (change === undefined) return body;
  const { data } = answer;
  if (!Array.isArray(data)) return JSON.stringify(change(answer));
  const spoilt = data.map((item: unknown) => (isObject(item) ? change(item) : item));
  // Nobody asked for it, but what was asked for is there too.
  return JSON.stringify({ ...answer, data: fault === "foreign-payout" ? [...spoilt, ...data] : spoilt });
}

const CHANGES: Partial<Record<HttpFaultName, (payout: Json) => Json>> = {
  "unknown-status": (payout) => ("status" in payout ? { ...payout, status: UNKNOWN_STATUS } : payout),
  "extra-fields": (payout) => ({
    ...payout,
    risk: { score: 0.25, flags: ["NEW_DESTINATION", null], reviewed_by: { team: "risk", level: 2 } },
    settlement_batch: null,
    links_v3: [],
  }),
  "wrong-amount": (payout) =>
    typeof payout.amount === "number" ? { ...payout, amount: payout.amount + WRONG_BY_IDR } : payout,
  "foreign-payout": foreign,
};

/** The same, but of another business, to another destination, for another reference. */
function foreign(payout: Json): Json {
  if (!("id" in payout)) return payout;
  const other: Json = { ...payout };
  other.id =
    typeof payout.id === "number" ? payout.id + 500_000_000 : "disb-00000000-0000-4000-8000-000000000000";
  for (const [name, value] of Object.entries(FOREIGN)) if (name in other) other[name] = value;
  return other;
}

const FOREIGN: Json = {
  reference_id: "somebody-else-1",
  idempotency_key: "somebody-else-1",
  business_id: "000000000000000000000000",
  company_id: 1,
  account_number: "1111111111",
  channel_properties: { account_holder_name: "Orang Lain", account_number: "1111111111" },
};

function objectOf(body: string): Json | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
