import { describe, expect, test } from "vitest";
import { call, disburse, START_MS, startSim } from "../sim-fixture.ts";

const byKey = (key: string) => `/api/v3/get-disbursement?idempotency-key=${key}`;

describe("a disbursement in time", () => {
  test("is pending, then done, and is found by id and by key", async () => {
    const sim = await startSim({ feeIdr: { flip: 2_500 } });
    const { status, json } = await disburse(sim, "key-1", { recipient_city: "391" });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      id: expect.any(Number),
      status: "PENDING",
      reason: "",
      amount: 50_000,
      fee: 2_500,
      bank_code: "bca",
      account_number: "1234567890",
      remark: "Tabungan",
      timestamp: "2027-01-15 15:00:00",
      time_served: "(not set)",
      idempotency_key: "key-1",
    });
    await sim.advance(80_000);
    const done = { ...json, status: "DONE", time_served: "2027-01-15 15:01:20" };
    expect((await call(sim, `/api/v3/get-disbursement?id=${json.id}`)).json).toMatchObject({
      ...done,
      recipient_name: "PEMILIK 7890",
      receipt: expect.stringContaining("http"),
    });
    expect((await call(sim, byKey("key-1"))).json.status).toBe("DONE");
    expect(sim.book().flip).toMatchObject({ moneyLeftIdr: 50_000, feesIdr: 2_500, balanceIdr: 999_947_500 });
  });

  test.for([
    ["131313", "PENDING", ""],
    ["505050", "PENDING", ""],
    ["121212", "CANCELLED", "NOT_REGISTERED_ACCOUNT"],
    ["999999", "CANCELLED", "CANT_RECEIVE_TRANSFER"],
    ["98018521", "CANCELLED", "INACTIVE_ACCOUNT"],
    ["123456", "CANCELLED", "INTERMITTENT_DISTURBANCE_ON_BENEFICIARY_BANK"],
    ["202020", "CANCELLED", "CANT_RECEIVE_TRANSFER"],
    ["606060", "CANCELLED", "BENEFICIARY_ACCOUNT_NOT_VERIFIED"],
    ["707070", "CANCELLED", "INACTIVE_ACCOUNT"],
  ] as const)("to account %s ends as %s %s", async ([account_number, status, reason]) => {
    const sim = await startSim();
    await disburse(sim, "key-1", { account_number });
    await sim.advance(86_400_000);
    expect((await call(sim, byKey("key-1"))).json).toMatchObject({ status, reason });
    expect(sim.book().flip.moneyLeftIdr).toBe(0);
  });

  test("is refused at once when the float is too small", async () => {
    const sim = await startSim({ floatIdr: 60_000 });
    expect((await disburse(sim, "key-1")).status).toBe(200);
    const short = await disburse(sim, "key-2");
    expect([short.status, short.json.code]).toEqual([422, "BALANCE_INSUFFICIENT"]);
    expect((await call(sim, "/api/v2/general/balance")).json).toEqual({ balance: 10_000 });
    expect((await call(sim, "/api/v3/general/balance")).json).toEqual({ balance: 10_000 });
  });
});

describe("a request", () => {
  test("with the same key and form has the same disbursement; with another form it is refused", async () => {
    const sim = await startSim();
    const first = await disburse(sim, "key-1");
    await sim.advance(80_000);
    expect((await disburse(sim, "key-1")).json).toMatchObject({ id: first.json.id, status: "DONE" });
    const other = await disburse(sim, "key-1", { amount: "50001" });
    expect([other.status, other.json.errors[0].attribute]).toEqual([422, "idempotency-key"]);
    expect(sim.book().flip.payouts).toHaveLength(1);
  });

  test.for([
    ["account_number", { account_number: "12-34" }],
    ["bank_code", { bank_code: "BCA" }],
    ["amount", { amount: "0" }],
    ["amount", { amount: "50000.5" }],
    ["amount", { amount: "250000001" }],
    ["remark", { remark: "x".repeat(19) }],
  ] as const)("with a wrong %s is refused and pays nothing", async ([attribute, fields]) => {
    const sim = await startSim();
    const answer = await disburse(sim, "key-1", fields);
    expect(answer).toMatchObject({
      status: 422,
      json: { code: "VALIDATION_ERROR", errors: [{ attribute }] },
    });
    expect(sim.book().flip.payouts).toEqual([]);
  });

  test("without a key, or with one that is too long, is refused", async () => {
    const sim = await startSim();
    for (const key of ["", "k".repeat(256)]) expect((await disburse(sim, key)).status).toBe(422);
    expect((await disburse(sim, "k".repeat(255))).status).toBe(200);
  });

  test("with a stale timestamp is not processed; advancing the simulator makes none stale", async () => {
    const sim = await startSim();
    const at = (ms: number) => ({ headers: { "x-timestamp": new Date(START_MS + ms).toISOString() } });
    expect((await disburse(sim, "key-1", {}, at(-60_001))).status).toBe(422);
    expect(sim.book().flip.payouts).toEqual([]);
    await sim.advance(3_600_000);
    expect((await disburse(sim, "key-1", {}, at(-60_000))).status).toBe(200);
  });

  test("with a wrong key of the account, and too many requests, have Flip's answers", async () => {
    const sim = await startSim({ limits: { requestsPerMinuteMax: 1 } });
    expect(await call(sim, byKey("a"), { key: "wrong" })).toMatchObject({
      status: 401,
      json: { name: "Unauthorized" },
    });
    expect(await call(sim, byKey("a"))).toMatchObject({
      status: 404,
      json: { code: "DISBURSEMENT_NOT_FOUND" },
    });
    expect(await call(sim, byKey("a"))).toMatchObject({ status: 429, json: { name: "Too Many Requests" } });
    expect(await call(sim, "/api/v9/none")).toMatchObject({ status: 404, json: { name: "Not Found" } });
  });

  test("a full book is answered 503", async () => {
    const sim = await startSim({ limits: { payoutsMax: 1 } });
    expect((await disburse(sim, "key-1")).status).toBe(200);
    expect((await disburse(sim, "key-2")).status).toBe(503);
  });
});

test("disbursements are listed in pages, the newest first", async () => {
  const sim = await startSim();
  for (const key of ["a", "b", "c"]) await disburse(sim, key);
  const page = (await call(sim, "/api/v3/disbursement?pagination=2&page=1")).json;
  expect(page).toMatchObject({ total_data: 3, total_page: 2, page: 1, data_per_page: 2 });
  expect(page.data.map((item: { idempotency_key: string }) => item.idempotency_key)).toEqual(["c", "b"]);
  expect((await call(sim, "/api/v3/disbursement?pagination=101")).status).toBe(422);
});

describe("an inquiry", () => {
  const inquire = (account_number: string, bank_code = "bca") => ({
    method: "POST",
    body: new URLSearchParams({ account_number, bank_code, inquiry_key: "ask-1" }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  const PATH = "/api/v3/disbursement/bank-account-inquiry";

  test("names the holder, who can be given, and masks the holder of a wallet", async () => {
    const sim = await startSim();
    sim.nameHolder("1234567890", "NASABAH SATU");
    sim.nameHolder("081234567890", "NASABAH DUA");
    expect((await call(sim, PATH, inquire("1234567890"))).json).toEqual({
      bank_code: "bca",
      account_number: "1234567890",
      account_holder: "NASABAH SATU",
      status: "SUCCESS",
      inquiry_key: "ask-1",
    });
    expect((await call(sim, PATH, inquire("081234567890", "ovo"))).json.account_holder).toBe("Nxxxxxx Dxx");
  });

  test.for([
    ["121212", "INVALID_ACCOUNT_NUMBER"],
    ["808080", "CLOSED"],
    ["818181", "BLACK_LISTED"],
    ["828282", "SUSPECTED_ACCOUNT"],
    ["848484", "FAILED"],
  ])("of account %s says %s", async ([account = "", status]) => {
    const sim = await startSim();
    expect((await call(sim, PATH, inquire(account))).json.status).toBe(status);
  });

  test("of a slow bank is pending at first, and known when it is asked again", async () => {
    const sim = await startSim();
    expect((await call(sim, PATH, inquire("838383"))).json).toMatchObject({
      status: "PENDING",
      account_holder: "",
    });
    expect((await call(sim, PATH, inquire("838383"))).json.status).toBe("SUCCESS");
  });

  test("of no digits or no bank is refused", async () => {
    const sim = await startSim();
    expect((await call(sim, PATH, inquire("x"))).status).toBe(422);
    expect((await call(sim, PATH, inquire("1", "none"))).status).toBe(422);
  });
});
