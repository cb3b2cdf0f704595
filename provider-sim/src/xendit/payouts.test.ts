import { describe, expect, test } from "vitest";
import { MAGIC_ACCOUNTS } from "../destinations.ts";
import { call, pay, payoutBody, START_MS, startSim } from "../sim-fixture.ts";

describe("a payout in time", () => {
  test("goes from accepted to requested to succeeded, and takes its amount and fee from the float", async () => {
    const sim = await startSim({ floatIdr: 1_000_000, feeIdr: { xendit: 5_550 } });
    const { status, json } = await pay(sim, "key-1");
    expect([status, json.status]).toEqual([200, "ACCEPTED"]);
    expect(sim.book().xendit).toMatchObject({ balanceIdr: 1_000_000, heldIdr: 55_550, moneyLeftIdr: 0 });
    const statusNow = async () => (await call(sim, `/v2/payouts/${json.id}`)).json.status;
    await sim.advance(19_999);
    expect(await statusNow()).toBe("ACCEPTED");
    await sim.advance(1);
    expect(await statusNow()).toBe("REQUESTED");
    await sim.advance(60_000);
    expect(await statusNow()).toBe("SUCCEEDED");
    expect(sim.book().xendit).toMatchObject({
      balanceIdr: 944_450,
      heldIdr: 0,
      moneyLeftIdr: 50_000,
      feesIdr: 5_550,
      movements: [{ payout: json.id, kind: "paid", amountIdr: 50_000, atMs: START_MS + 80_000 }],
    });
  });

  test("moves by itself when the clock runs", async () => {
    const sim = await startSim({ nowMs: Date.now, speed: 2_000 });
    const { json } = await pay(sim, "key-1");
    await expect
      .poll(async () => (await call(sim, `/v2/payouts/${json.id}`)).json.status, { timeout: 8_000 })
      .toBe("SUCCEEDED");
  });

  test.for([
    ["131313", "ACCEPTED", undefined],
    ["121212", "FAILED", "INVALID_DESTINATION"],
    ["999999", "FAILED", "REJECTED_BY_CHANNEL"],
    ["98018521", "FAILED", "TRANSFER_ERROR"],
    ["123456", "FAILED", "TEMPORARY_TRANSFER_ERROR"],
    ["202020", "FAILED", "DESTINATION_MAXIMUM_LIMIT"],
    ["303030", "FAILED", "INSUFFICIENT_BALANCE"],
    ["404040", "FAILED", "UNKNOWN_BANK_NETWORK_ERROR"],
    ["505050", "REQUESTED", undefined],
    ["606060", "COMPLIANCE_REJECTED", undefined],
    ["707070", "REVERSED", undefined],
  ] as const)("account %s is accepted and ends as %s %s", async ([account, status, failureCode]) => {
    const sim = await startSim();
    const { json } = await pay(sim, "key-1", payoutBody({}, account));
    expect(json).toMatchObject({ status: "ACCEPTED", channel_properties: { account_number: account } });
    expect(json.failure_code).toBeUndefined();
    await sim.advance(86_400_000);
    const now = (await call(sim, `/v2/payouts/${json.id}`)).json;
    expect([now.status, now.failure_code]).toEqual([status, failureCode]);
    expect(sim.book().xendit.moneyLeftIdr).toBe(0);
  });

  test("every magic number has its test", () => {
    expect(Object.keys(MAGIC_ACCOUNTS)).toHaveLength(11);
  });

  test.for(["9000121212", "900000121212", "0890000121212"])(
    "%s is the same as 121212, but long enough",
    async (account) => {
      const sim = await startSim();
      const channel_code = account.startsWith("0") ? "ID_OVO" : "ID_BCA";
      const { json } = await pay(sim, "key-1", payoutBody({ channel_code }, account));
      await sim.advance(80_000);
      expect((await call(sim, `/v2/payouts/${json.id}`)).json.failure_code).toBe("INVALID_DESTINATION");
    },
  );

  test("a wallet number with a country code is no destination", async () => {
    const sim = await startSim();
    const { json } = await pay(sim, "key-1", payoutBody({ channel_code: "ID_DANA" }, "+6281234567890"));
    await sim.advance(80_000);
    expect((await call(sim, `/v2/payouts/${json.id}`)).json.failure_code).toBe("INVALID_DESTINATION");
  });

  test("one that the float cannot bear is accepted, fails, and keeps nothing from the next", async () => {
    const sim = await startSim({ floatIdr: 60_000 });
    await pay(sim, "key-1");
    const short = await pay(sim, "key-2");
    expect(short.json.status).toBe("ACCEPTED");
    const fits = await pay(sim, "key-3", payoutBody({ amount: 10_000 }));
    await sim.advance(80_000);
    expect((await call(sim, `/v2/payouts/${short.json.id}`)).json.failure_code).toBe("INSUFFICIENT_BALANCE");
    expect((await call(sim, `/v2/payouts/${fits.json.id}`)).json.status).toBe("SUCCEEDED");
    expect(sim.book().xendit).toMatchObject({ balanceIdr: 0, moneyLeftIdr: 60_000 });
  });
});

describe("one key", () => {
  test("stands for one body: every byte counts", async () => {
    const sim = await startSim();
    const body = JSON.stringify(payoutBody());
    const first = await pay(sim, "key-1", body);
    expect((await pay(sim, "key-1", body)).json).toEqual(first.json);
    expect(await pay(sim, "key-1", `${body} `)).toMatchObject({
      status: 409,
      json: { error_code: "DUPLICATE_ERROR" },
    });
    expect(await pay(sim, "key-1", "{")).toMatchObject({ status: 409 });
    expect(sim.book().xendit.payouts).toHaveLength(1);
  });

  test("is free again after a request that was refused", async () => {
    const sim = await startSim();
    expect((await pay(sim, "key-1", payoutBody({ amount: -1 }))).status).toBe(400);
    expect((await pay(sim, "key-1")).status).toBe(200);
  });

  test("that comes many times at once pays once", async () => {
    const sim = await startSim();
    const answers = await Promise.all(Array.from({ length: 40 }, () => pay(sim, "key-1")));
    expect(new Set(answers.map(({ json }) => json.id)).size).toBe(1);
    await sim.advance(80_000);
    expect(sim.book().xendit.moneyLeftIdr).toBe(50_000);
  });
});

describe("a request", () => {
  test.for([
    ["no JSON", "{", "API_VALIDATION_ERROR"],
    ["no amount", payoutBody({ amount: undefined }), "API_VALIDATION_ERROR"],
    ["an amount as text", payoutBody({ amount: "50000" }), "API_VALIDATION_ERROR"],
    ["an amount of zero", payoutBody({ amount: 0 }), "API_VALIDATION_ERROR"],
    ["a fraction of a rupiah", payoutBody({ amount: 50_000.5 }), "AMOUNT_INCREMENT_NOT_SUPPORTED"],
    [
      "less than GoPay takes",
      payoutBody({ channel_code: "ID_GOPAY", amount: 9_999 }),
      "MINIMUM_TRANSFER_LIMIT_ERROR",
    ],
    ["more than BI-FAST takes", payoutBody({ amount: 250_000_001 }), "MAXIMUM_TRANSFER_LIMIT_ERROR"],
    ["another currency", payoutBody({ currency: "PHP" }), "CHANNEL_CODE_NOT_SUPPORTED"],
    ["an unknown channel", payoutBody({ channel_code: "ID_NONE" }), "CHANNEL_CODE_NOT_SUPPORTED"],
    ["a long reference", payoutBody({ reference_id: "x".repeat(256) }), "API_VALIDATION_ERROR"],
    ["an empty description", payoutBody({ description: "" }), "API_VALIDATION_ERROR"],
    [
      "four addresses",
      payoutBody({ receipt_notification: { email_to: ["a", "b", "c", "d"] } }),
      "API_VALIDATION_ERROR",
    ],
    ["no account number", payoutBody({}, ""), "API_VALIDATION_ERROR"],
  ] as const)("with %s is refused and pays nothing", async ([, body, code]) => {
    const sim = await startSim();
    const answer = await pay(sim, "key-1", body);
    expect([answer.status, answer.json.error_code]).toEqual([400, code]);
    expect(answer.json.message).toEqual(expect.any(String));
    expect(sim.book().xendit.payouts).toEqual([]);
  });

  test("without a key, or with one that is too long, is refused", async () => {
    const sim = await startSim();
    for (const key of ["", "k".repeat(101)]) expect((await pay(sim, key)).status).toBe(400);
    expect((await pay(sim, "k".repeat(100))).status).toBe(200);
  });

  test("for a sub-account is forbidden", async () => {
    const sim = await startSim();
    const answer = await call(sim, "/balance", { headers: { "for-user-id": "sub-1" } });
    expect([answer.status, answer.json.error_code]).toEqual([403, "REQUEST_FORBIDDEN_ERROR"]);
  });

  test("for a list must name a reference and may ask for at most 100", async () => {
    const sim = await startSim();
    expect((await call(sim, "/v2/payouts")).status).toBe(400);
    expect((await call(sim, "/v2/payouts?reference_id=a&limit=101")).status).toBe(400);
    expect((await call(sim, "/v2/payouts?reference_id=a&limit=100")).status).toBe(200);
  });

  test("of too many bytes, or of an unknown path, has an answer", async () => {
    const sim = await startSim();
    expect((await pay(sim, "key-1", "x".repeat(65_537))).status).toBe(413);
    expect((await call(sim, "/v3/payouts")).status).toBe(404);
  });
});

describe("the rate", () => {
  test("is told with each answer, and beyond it requests are refused until the window ends", async () => {
    const sim = await startSim({ limits: { requestsPerMinuteMax: 2 } });
    const limits = (headers: Headers) =>
      ["limit", "remaining", "reset"].map((name) => headers.get(`rate-limit-${name}`));
    expect(limits((await pay(sim, "key-1")).headers)).toEqual(["2", "1", "60"]);
    await sim.advance(30_000);
    expect(limits((await pay(sim, "key-2")).headers)).toEqual(["2", "0", "30"]);
    const refused = await pay(sim, "key-3");
    expect([refused.status, refused.json.error_code]).toEqual([429, "RATE_LIMIT_EXCEEDED"]);
    expect(limits(refused.headers)).toEqual(["2", "0", "30"]);
    expect((await call(sim, "/balance")).status).toBe(200);
    await sim.advance(30_000);
    expect((await pay(sim, "key-3")).status).toBe(200);
    expect(sim.book().xendit.payouts).toHaveLength(3);
  });

  test("a full book is answered as by a provider that is down", async () => {
    const sim = await startSim({ limits: { payoutsMax: 1 } });
    expect((await pay(sim, "key-1")).status).toBe(200);
    expect((await pay(sim, "key-2")).status).toBe(500);
    expect((await pay(sim, "key-1")).status).toBe(200);
  });
});
