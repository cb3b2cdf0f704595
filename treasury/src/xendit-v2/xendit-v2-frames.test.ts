import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, NO_ANSWERS, REFERENCE, xenditPayout } from "../testing/frames.ts";
import { parseBalance } from "./balance.ts";
import { parseLookupById, parseLookupByReference } from "./lookup.ts";
import { parseSubmission } from "./submission.ts";
import { readNote, showsToken } from "./webhook.ts";

const PAYOUT = {
  providerId: "disb-1475d2f3",
  amountIdr: 50_000,
  providerChannel: "ID_BCA",
  accountNumber: "1234567890",
};

const submitted = (body: unknown, status: number) => parseSubmission(bytesOf(body), status, REFERENCE);

describe("the answer to a submission", () => {
  it.each([
    ["ACCEPTED", {}, { kind: "pending" }],
    ["REQUESTED", {}, { kind: "pending" }],
    ["PENDING_COMPLIANCE_ASSESSMENT", {}, { kind: "pending" }],
    ["SUCCEEDED", {}, { kind: "succeeded" }],
    ["CANCELLED", {}, { kind: "cancelled" }],
    ["REVERSED", {}, { kind: "reversed", failure: "other" }],
    ["COMPLIANCE_REJECTED", {}, { kind: "failed", failure: "compliance" }],
    ["FAILED", { failure_code: "INSUFFICIENT_BALANCE" }, { kind: "failed", failure: "our_balance" }],
    ["FAILED", { failure_code: "INVALID_DESTINATION" }, { kind: "failed", failure: "destination" }],
    ["FAILED", { failure_code: "ACCOUNT_NAME_MISMATCH" }, { kind: "failed", failure: "destination" }],
    ["FAILED", { failure_code: "REJECTED_BY_CHANNEL" }, { kind: "failed", failure: "channel_rejected" }],
    [
      "FAILED",
      { failure_code: "TEMPORARY_TRANSFER_ERROR" },
      { kind: "failed", failure: "channel_temporary" },
    ],
    ["FAILED", { failure_code: "SWITCHING_NETWORK_ERROR" }, { kind: "failed", failure: "channel_temporary" }],
    [
      "FAILED",
      { failure_code: "UNKNOWN_BANK_NETWORK_ERROR" },
      { kind: "failed", failure: "channel_temporary" },
    ],
    ["FAILED", { failure_code: "TRANSFER_ERROR" }, { kind: "failed", failure: "request_invalid" }],
    [
      "FAILED",
      { failure_code: "DESTINATION_MAXIMUM_LIMIT" },
      { kind: "failed", failure: "destination_limit" },
    ],
    ["FAILED", { failure_code: "A_NEW_ONE" }, { kind: "failed", failure: "other" }],
    ["FAILED", {}, { kind: "failed", failure: "other" }],
    ["LOCKED", {}, { kind: "pending" }],
    ["EXPIRED", {}, { kind: "pending" }],
    ["A_STATUS_OF_TOMORROW", {}, { kind: "pending" }],
    ["constructor", {}, { kind: "pending" }],
    ["succeeded", {}, { kind: "pending" }],
  ])("with %s %j is %j", (status, change, expected) => {
    expect(submitted(xenditPayout({ status, ...change }), 200)).toEqual({
      ...PAYOUT,
      providerStatus: status,
      ...expected,
    });
  });

  it.each([
    ["another reference", { reference_id: `${REFERENCE}x` }],
    ["no reference", { reference_id: undefined }],
    ["no id", { id: undefined }],
    ["no status", { status: undefined }],
    ["a status that is no text", { status: 1 }],
    ["no amount", { amount: undefined }],
    ["an amount with a fraction", { amount: 50_000.5 }],
    ["an amount as text", { amount: "50000" }],
    ["a negative amount", { amount: -50_000 }],
    ["another currency", { currency: "PHP" }],
  ])("is not believed with %s", (_name, change) => {
    expect(submitted(xenditPayout({ status: "SUCCEEDED", ...change }), 200)).toEqual({ kind: "unknown" });
  });

  it("hands on the amount that it says, for the books to compare", () => {
    const outcome = submitted(xenditPayout({ status: "SUCCEEDED", amount: 49_999 }), 200);
    expect(outcome).toMatchObject({ kind: "succeeded", amountIdr: 49_999 });
  });

  it.each([
    [400, "API_VALIDATION_ERROR", "request_invalid"],
    [400, "CHANNEL_CODE_NOT_SUPPORTED", "channel_rejected"],
    [400, "MINIMUM_TRANSFER_LIMIT_ERROR", "request_invalid"],
    [400, "MAXIMUM_TRANSFER_LIMIT_ERROR", "request_invalid"],
    [400, "AMOUNT_INCREMENT_NOT_SUPPORTED", "request_invalid"],
    [401, "INVALID_API_KEY", "not_authorised"],
    [403, "REQUEST_FORBIDDEN_ERROR", "not_authorised"],
  ])("%i %s is a refusal, in both spellings", (status, code, failure) => {
    const expected = { kind: "refused", failure, providerStatus: code };
    expect(submitted({ error_code: code, message: "x" }, status)).toEqual(expected);
    expect(submitted({ error_code: code, error_message: "x" }, status)).toEqual(expected);
  });

  it.each([
    [409, "DUPLICATE_ERROR"],
    [400, "DUPLICATE_ERROR"],
    [409, "DUPLICATE_PAYOUT_ERROR"],
  ])("%i %s is a conflict of keys, and leaves open whether money has gone", (status, code) => {
    expect(submitted({ error_code: code, message: "x" }, status)).toEqual({
      kind: "unknown",
      isKeyConflict: true,
      providerStatus: code,
    });
  });

  it.each([
    [500, "SERVER_ERROR"],
    [500, "API_VALIDATION_ERROR"],
    [200, "API_VALIDATION_ERROR"],
    [400, "A_CODE_OF_TOMORROW"],
    [409, "SOMETHING_ELSE"],
    [400, "constructor"],
  ])("%i %s decides nothing", (status, code) => {
    expect(submitted({ error_code: code, message: "x" }, status).kind).toBe("unknown");
  });

  it.each(NO_ANSWERS)("%s decides nothing", (_name, status, body) => {
    expect(submitted(body, status).kind).toBe("unknown");
  });
});

describe("the answer to a lookup", () => {
  const byReference = (body: unknown, status = 200) =>
    parseLookupByReference(bytesOf(body), status, REFERENCE);
  const byId = (body: unknown, status = 200) => parseLookupById(bytesOf(body), status, REFERENCE);

  it("by reference finds ours among others", () => {
    const data = [
      xenditPayout({ reference_id: `${REFERENCE}0` }),
      xenditPayout({ status: "SUCCEEDED" }),
      1,
      null,
    ];
    expect(byReference({ has_more: true, data })).toMatchObject({ kind: "succeeded", ...PAYOUT });
  });

  it("by reference is absent when the page is empty and the last", () => {
    expect(byReference({ has_more: false, data: [] })).toEqual({ kind: "absent" });
    expect(byReference({ has_more: false, data: [xenditPayout({ reference_id: "x" })] })).toEqual({
      kind: "absent",
    });
  });

  it.each([
    ["two of ours", { has_more: false, data: [xenditPayout(), xenditPayout({ id: "disb-2" })] }],
    ["more pages and none of ours", { has_more: true, data: [] }],
    ["no word whether there are more", { data: [] }],
    ["one of ours that cannot be read", { has_more: false, data: [xenditPayout({ amount: null })] }],
    ["a page without rows", { has_more: false }],
    ["a bare payout", xenditPayout({ status: "SUCCEEDED" })],
  ])("by reference decides nothing with %s", (_name, page) => {
    expect(byReference(page)).toEqual({ kind: "unknown" });
  });

  it("by id is the bare payout, or absent", () => {
    expect(byId(xenditPayout({ status: "REVERSED" }))).toMatchObject({ kind: "reversed" });
    expect(byId({ error_code: "DATA_NOT_FOUND", message: "x" }, 404)).toEqual({ kind: "absent" });
  });

  it("is never a refusal: a wrong key says nothing about the payout", () => {
    for (const status of [400, 401, 403, 404, 500]) {
      const body = { error_code: status === 401 ? "INVALID_API_KEY" : "API_VALIDATION_ERROR", message: "x" };
      expect(byId(body, status)).toEqual({ kind: "unknown" });
      expect(byReference(body, status)).toEqual({ kind: "unknown" });
    }
  });

  it.each(NO_ANSWERS)("%s decides nothing", (_name, status, body) => {
    expect(byId(body, status).kind).toBe("unknown");
    expect(byReference(body, status).kind).toBe("unknown");
  });
});

describe("whatever the bytes are", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.json().map(bytesOf),
    // What Xendit could say, with any member changed, and an envelope around it.
    fc
      .record(
        {
          reference_id: fc.constantFrom(REFERENCE, "other"),
          status: fc.oneof(fc.constantFrom("SUCCEEDED", "FAILED", "REVERSED", "__proto__"), fc.jsonValue()),
          amount: fc.oneof(fc.constant(50_000), fc.jsonValue()),
          currency: fc.constantFrom("IDR", "PHP"),
          failure_code: fc.jsonValue(),
          error_code: fc.oneof(fc.constantFrom("INVALID_API_KEY", "DUPLICATE_ERROR"), fc.jsonValue()),
          channel_properties: fc.jsonValue(),
          id: fc.oneof(fc.constant("disb-1"), fc.jsonValue()),
        },
        { requiredKeys: [] },
      )
      .chain((change) =>
        fc.constantFrom<unknown>(xenditPayout(change), change, {
          has_more: false,
          data: [xenditPayout(change)],
        }),
      )
      .map(bytesOf),
  );
  const status = fc.constantFrom(200, 201, 204, 301, 400, 401, 403, 404, 409, 500, 502);

  it("nothing throws, and nothing is decided that they do not say of our reference, with an amount", () => {
    fc.assert(
      fc.property(anything, status, (bytes, code) => {
        const text = new TextDecoder().decode(bytes);
        for (const parse of [parseSubmission, parseLookupById, parseLookupByReference]) {
          const outcome = parse(bytes, code, REFERENCE);
          if (outcome.kind === "unknown" || outcome.kind === "absent") continue;
          if (outcome.kind === "refused") {
            expect(code).toBeGreaterThanOrEqual(400);
            expect(code).toBeLessThan(404);
            expect(text).toContain("error_code");
            continue;
          }
          expect(text).toContain(REFERENCE);
          expect(text).toContain(`"${outcome.providerStatus ?? "?"}"`);
          expect(Number.isSafeInteger(outcome.amountIdr)).toBe(true);
        }
        parseBalance(bytes, code);
        expect(readNote(bytes).dedupe).toMatch(/^[0-9a-f]{64}$/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a webhook", () => {
  const TOKEN = "a-callback-token-for-tests";
  const event = (change: object = {}, data: object = {}) => ({
    event: "payout.succeeded",
    api_version: "v2",
    business_id: "5785e6334d7b410667d355c4",
    created: "2026-11-24T03:01:00Z",
    data: xenditPayout({ status: "SUCCEEDED", ...data }),
    ...change,
  });

  it("names the payout that it is about", () => {
    expect(readNote(bytesOf(event()))).toMatchObject({
      reference: REFERENCE,
      providerId: "disb-1475d2f3",
      amountIdr: 50_000,
      inquiryKey: null,
    });
  });

  it("is the same when it is delivered again, and another for another event or a later change", () => {
    const dedupe = (body: unknown) => readNote(bytesOf(body)).dedupe;
    expect(dedupe(event({ created: "2026-11-24T09:00:00Z" }))).toBe(dedupe(event()));
    expect(dedupe(event({ event: "payout.reversed" }))).not.toBe(dedupe(event()));
    expect(dedupe(event({}, { updated: "2026-11-25T03:00:00Z" }))).not.toBe(dedupe(event()));
    expect(dedupe(event({}, { updated: undefined }))).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ["another token", "another-token-for-tests-1"],
    ["the beginning of the token", "a-callback-token"],
    ["an empty token", ""],
    ["no token", undefined],
    ["two tokens", [TOKEN, TOKEN]],
  ])("is refused with %s", (_name, token) => {
    expect(showsToken({ "x-callback-token": token }, TOKEN)).toBe(false);
  });

  it("is shown in by our token, but never by an empty one of ours", () => {
    expect(showsToken({ "x-callback-token": TOKEN }, TOKEN)).toBe(true);
    expect(showsToken({ "x-callback-token": "" }, "")).toBe(false);
  });

  it.each([
    ["no JSON", "x"],
    ["no data", { event: "payout.succeeded" }],
    ["neither id nor reference", { event: "payout.succeeded", data: { status: "SUCCEEDED" } }],
  ])("with %s is about nothing, and yet told from others", (_name, body) => {
    const note = readNote(bytesOf(body));
    expect(note).toMatchObject({ reference: null, providerId: null, inquiryKey: null });
    expect(note.dedupe).not.toBe(readNote(bytesOf("y")).dedupe);
  });
});

describe("the balance", () => {
  it("is whole rupiah, or unknown", () => {
    expect(parseBalance(bytesOf({ balance: 1_241_231 }), 200)).toEqual({
      kind: "balance",
      availableIdr: 1_241_231,
    });
    for (const balance of [-1, 0.5, "1", null])
      expect(parseBalance(bytesOf({ balance }), 200)).toEqual({ kind: "unknown" });
    expect(parseBalance(bytesOf({ balance: 1 }), 500)).toEqual({ kind: "unknown" });
  });
});
