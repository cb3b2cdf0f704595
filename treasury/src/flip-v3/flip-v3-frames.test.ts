import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, flipDisbursement, KEY, NO_ANSWERS } from "../testing/frames.ts";
import { parseBalance } from "./balance.ts";
import { parseInquiry } from "./inquiry.ts";
import { parseLookup } from "./lookup.ts";
import { parseSubmission } from "./submission.ts";
import { readNote, showsToken } from "./webhook.ts";

const DISBURSEMENT = {
  providerId: "10",
  amountIdr: 50_000,
  providerChannel: "bca",
  accountNumber: "1234567890",
  feeIdr: 1_500,
};

const submitted = (body: unknown, status: number) => parseSubmission(bytesOf(body), status, KEY);
const faults = (...attributes: string[]) => ({
  code: "VALIDATION_ERROR",
  errors: attributes.map((attribute) => ({ attribute, code: 1020, message: "x" })),
});

describe("the answer to a submission", () => {
  it.each([
    ["PENDING", "", { kind: "pending" }],
    ["DONE", "", { kind: "succeeded" }],
    ["CANCELLED", "INACTIVE_ACCOUNT", { kind: "cancelled", failure: "destination" }],
    ["CANCELLED", "NOT_REGISTERED_ACCOUNT", { kind: "cancelled", failure: "destination" }],
    ["CANCELLED", "CANT_RECEIVE_TRANSFER", { kind: "cancelled", failure: "destination" }],
    ["CANCELLED", "BENEFICIARY_ACCOUNT_NOT_VERIFIED", { kind: "cancelled", failure: "destination" }],
    [
      "CANCELLED",
      "INTERMITTENT_DISTURBANCE_ON_BENEFICIARY_BANK",
      { kind: "cancelled", failure: "channel_temporary" },
    ],
    ["CANCELLED", "A_REASON_OF_TOMORROW", { kind: "cancelled", failure: "other" }],
    ["CANCELLED", "", { kind: "cancelled", failure: "other" }],
    ["PROCESSING", "", { kind: "pending" }],
    ["toString", "", { kind: "pending" }],
  ])("with %s %s is %j", (status, reason, expected) => {
    expect(submitted(flipDisbursement({ status, reason }), 200)).toEqual({
      ...DISBURSEMENT,
      providerStatus: status,
      ...expected,
    });
  });

  it("may write the account number as a number", () => {
    expect(submitted(flipDisbursement({ account_number: 1_234_567_890 }), 200)).toMatchObject(DISBURSEMENT);
  });

  it.each([
    ["another key", { idempotency_key: "other" }],
    ["no key", { idempotency_key: null }],
    ["no id", { id: null }],
    ["an id that is none", { id: "../balance" }],
    ["no amount", { amount: null }],
    ["an amount with a fraction", { amount: 0.5 }],
    ["no status", { status: "" }],
  ])("is not believed with %s", (_name, change) => {
    expect(submitted(flipDisbursement({ status: "DONE", ...change }), 200)).toEqual({ kind: "unknown" });
  });

  it.each([
    ["account_number", "destination"],
    ["bank_code", "channel_rejected"],
    ["amount", "request_invalid"],
    ["remark", "request_invalid"],
  ])("422 about %s is a refusal", (attribute, failure) => {
    expect(submitted(faults(attribute), 422)).toEqual({
      kind: "refused",
      failure,
      providerStatus: "VALIDATION_ERROR",
    });
  });

  it("401 is a refusal of our key", () => {
    const body = {
      name: "Unauthorized",
      message: "Your request was made with invalid credentials.",
      status: 401,
    };
    expect(submitted(body, 401)).toEqual({
      kind: "refused",
      failure: "not_authorised",
      providerStatus: "Unauthorized",
    });
  });

  it.each(["idempotency_key", "idempotency-key"])("a fault of %s is a conflict of keys", (attribute) => {
    expect(submitted(faults(attribute), 422)).toMatchObject({ kind: "unknown", isKeyConflict: true });
    expect(submitted(faults("amount", attribute), 422)).toMatchObject({
      kind: "unknown",
      isKeyConflict: true,
    });
  });

  it("a stale time is no refusal: it is sent again with a new one", () => {
    expect(submitted(faults("X-TIMESTAMP"), 422)).toMatchObject({ kind: "throttled" });
  });

  it.each([
    ["an unknown field", faults("sender_job"), 422],
    ["an unknown field beside a known one", faults("amount", "sender_job"), 422],
    ["a fault without a field", { code: "VALIDATION_ERROR", errors: [{ code: 1 }] }, 422],
    ["no faults", { code: "VALIDATION_ERROR", errors: [] }, 422],
    ["another code", { code: "BALANCE_ERROR", errors: [{ attribute: "amount" }] }, 422],
    ["a known field with another status", faults("amount"), 500],
    ["403", { name: "Forbidden", status: 403 }, 403],
  ])("%s decides nothing", (_name, body, status) => {
    expect(submitted(body, status).kind).toBe("unknown");
  });

  it.each(NO_ANSWERS)("%s decides nothing", (_name, status, body) => {
    expect(submitted(body, status).kind).toBe("unknown");
  });
});

describe("the answer to a lookup", () => {
  it("is the disbursement, or absent", () => {
    expect(parseLookup(bytesOf(flipDisbursement({ status: "DONE" })), 200, KEY)).toMatchObject(DISBURSEMENT);
    expect(parseLookup(bytesOf({ name: "Not Found", status: 404 }), 404, KEY)).toEqual({ kind: "absent" });
    expect(parseLookup(bytesOf({ code: "DISBURSEMENT_NOT_FOUND" }), 404, KEY)).toEqual({ kind: "absent" });
  });

  it("under another key is not ours", () => {
    const other = bytesOf(flipDisbursement({ status: "DONE", idempotency_key: "other" }));
    expect(parseLookup(other, 200, KEY)).toEqual({ kind: "unknown" });
  });

  it("is never a refusal", () => {
    for (const [body, status] of [
      [faults("amount"), 422],
      [{ name: "Unauthorized", status: 401 }, 401],
    ] as const)
      expect(parseLookup(bytesOf(body), status, KEY)).toEqual({ kind: "unknown" });
  });

  it.each(NO_ANSWERS)("%s decides nothing", (_name, status, body) => {
    expect(parseLookup(bytesOf(body), status, KEY).kind).toBe("unknown");
  });
});

describe("whatever the bytes are", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json().map(bytesOf),
    fc
      .record(
        {
          idempotency_key: fc.constantFrom(KEY, "other"),
          status: fc.oneof(fc.constantFrom("DONE", "CANCELLED", "__proto__"), fc.jsonValue()),
          amount: fc.oneof(fc.constant(50_000), fc.jsonValue()),
          id: fc.oneof(fc.constant(7), fc.jsonValue()),
          reason: fc.jsonValue(),
          errors: fc.jsonValue(),
          code: fc.jsonValue(),
        },
        { requiredKeys: [] },
      )
      .chain((change) => fc.constantFrom<object>(flipDisbursement(change), change))
      .map(bytesOf),
  );
  const status = fc.constantFrom(200, 201, 204, 301, 400, 401, 403, 404, 409, 422, 500, 502);

  it("nothing throws, and nothing is decided that they do not say under our key, with an amount", () => {
    fc.assert(
      fc.property(anything, status, (bytes, code) => {
        const text = new TextDecoder().decode(bytes);
        for (const parse of [parseSubmission, parseLookup]) {
          const outcome = parse(bytes, code, KEY);
          if (["unknown", "absent", "throttled"].includes(outcome.kind)) continue;
          if (outcome.kind === "refused") {
            expect([401, 422]).toContain(code);
            continue;
          }
          expect(text).toContain(KEY);
          expect("amountIdr" in outcome && Number.isSafeInteger(outcome.amountIdr)).toBe(true);
        }
        parseBalance(bytes, code);
        parseInquiry(bytes, code);
        readNote(bytes);
        showsToken(bytes, "token");
        readNote(Buffer.concat([Buffer.from("token=token&data="), bytes]));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("an inquiry", () => {
  const asked = (change: object, status = 200) =>
    parseInquiry(
      bytesOf({ bank_code: "bca", account_number: "1", account_holder: "", inquiry_key: "k", ...change }),
      status,
    );

  it.each([
    ["SUCCESS", "NASABAH SATU", { state: "name", name: "NASABAH SATU" }],
    ["SUCCESS", "Nxxxxxx Sxxx", { state: "masked", name: "Nxxxxxx Sxxx" }],
    ["SUCCESS", "NAS*** SAT*", { state: "masked", name: "NAS*** SAT*" }],
    ["SUCCESS", "MAXXIMA", { state: "name", name: "MAXXIMA" }],
    ["SUCCESS", " ", { state: "unavailable" }],
    ["PENDING", "", { state: "pending" }],
    ["INVALID_ACCOUNT_NUMBER", "", { state: "invalid" }],
    ["CLOSED", "", { state: "closed" }],
    ["SUSPECTED_ACCOUNT", "NASABAH SATU", { state: "blocked" }],
    ["BLACK_LISTED", "", { state: "blocked" }],
    ["FAILED", "", { state: "unavailable" }],
    ["A_STATUS_OF_TOMORROW", "NASABAH SATU", { state: "unavailable" }],
  ])("with %s and the name %j is %j", (status, account_holder, expected) => {
    expect(asked({ status, account_holder })).toEqual(expected);
  });

  it.each(NO_ANSWERS)("%s tells nothing", (_name, status, body) => {
    expect(parseInquiry(bytesOf(body), status)).toEqual({ state: "unavailable" });
  });
});

describe("a webhook", () => {
  const TOKEN = "a-validation-token";
  const form = (data: unknown, token: string | null = TOKEN) => {
    const fields = new URLSearchParams({ data: typeof data === "string" ? data : JSON.stringify(data) });
    if (token !== null) fields.set("token", token);
    return bytesOf(fields.toString());
  };

  it("names the disbursement that it is about, or the inquiry that it answers", () => {
    expect(readNote(form(flipDisbursement({ status: "DONE" })))).toMatchObject({
      reference: KEY,
      providerId: "10",
      amountIdr: 50_000,
      inquiryKey: null,
    });
    const inquiry = { status: "SUCCESS", inquiry_key: "k1", account_holder: "NASABAH SATU" };
    expect(readNote(form(inquiry))).toMatchObject({ inquiryKey: "k1", reference: null, providerId: null });
  });

  it("is the same when it is delivered again", () => {
    const once = readNote(form(flipDisbursement()));
    expect(readNote(form(flipDisbursement()))).toEqual(once);
    expect(readNote(form(flipDisbursement({ status: "DONE" })))).not.toEqual(once);
  });

  it("is shown in by our token alone, and never by an empty one of ours", () => {
    expect(showsToken(form(flipDisbursement()), TOKEN)).toBe(true);
    for (const token of ["another", "", null])
      expect(showsToken(form(flipDisbursement(), token), TOKEN)).toBe(false);
    expect(showsToken(form(flipDisbursement(), ""), "")).toBe(false);
  });

  it.each(["x", "[]", "{}", '{"id":null}'])("with the data %j is about nothing", (data) => {
    expect(readNote(form(data))).toMatchObject({ reference: null, providerId: null, inquiryKey: null });
  });
});
