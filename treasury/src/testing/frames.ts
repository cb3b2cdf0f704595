/** Answers of providers, as bytes. */

export const REFERENCE = "019ab000-0000-7000-8000-000000000001";
export const KEY = `${REFERENCE}:1`;

export const bytesOf = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

/** A payout as Xendit answers it. */
export const xenditPayout = (change: object = {}) => ({
  id: "disb-1475d2f3",
  reference_id: REFERENCE,
  channel_code: "ID_BCA",
  channel_properties: { account_holder_name: "Nasabah Satu", account_number: "1234567890" },
  amount: 50_000,
  currency: "IDR",
  description: "Tabungan sampah",
  status: "ACCEPTED",
  created: "2026-11-24T03:00:00Z",
  updated: "2026-11-24T03:00:01Z",
  estimated_arrival_time: "2026-11-24T03:15:00Z",
  business_id: "5785e6334d7b410667d355c4",
  ...change,
});

/** A disbursement as Flip answers it. */
export const flipDisbursement = (change: object = {}) => ({
  id: 10,
  user_id: 20,
  amount: 50_000,
  status: "PENDING",
  reason: "",
  timestamp: "2026-11-24T03:00:00Z",
  bank_code: "bca",
  account_number: "1234567890",
  recipient_name: "Nasabah Satu",
  sender_bank: "bri",
  remark: "Tabungan sampah",
  receipt: "",
  time_served: "0000-00-00T00:00:00Z",
  bundle_id: 0,
  company_id: 7,
  recipient_city: 391,
  created_from: "API",
  direction: "DOMESTIC_TRANSFER",
  sender: null,
  fee: 1_500,
  beneficiary_email: "",
  idempotency_key: KEY,
  ...change,
});

/** What stands in for an answer when something in between has gone wrong. */
export const NO_ANSWERS: [name: string, status: number, body: string][] = [
  ["502 with HTML", 502, "<html><body><h1>502 Bad Gateway</h1></body></html>"],
  ["503 without a body", 503, ""],
  ["504 with a text", 504, "upstream request timeout"],
  ["200 with HTML", 200, "<html>maintenance</html>"],
  ["200 without a body", 200, ""],
  ["200 with JSON that breaks off", 200, '{"id":"disb-1","reference_id":"'],
  ["200 with an array", 200, "[]"],
  ["200 with null", 200, "null"],
  ["200 with bytes that are no UTF-8", 200, "\ufffd"],
  ["301", 301, ""],
  ["404 of a gateway", 404, "<html>not found</html>"],
  ["400 with HTML", 400, "<html>bad request</html>"],
  ["401 without a body", 401, ""],
  ["418 with a code", 418, '{"error_code":"TEAPOT","message":"short and stout"}'],
];
