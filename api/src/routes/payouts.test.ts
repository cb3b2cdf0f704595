/** Payouts over HTTP: asked for, decided by another, shown without what is secret. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Lookup } from "@jumpa-madu/contracts/payout/outcome";
import { accountId, openAccounts } from "@jumpa-madu/store/account";
import { applyOutcome } from "@jumpa-madu/store/apply-outcome";
import { bookForDeposit, savingsKey } from "@jumpa-madu/store/books";
import { claimJob } from "@jumpa-madu/store/claim-job";
import { postJournalWithin } from "@jumpa-madu/store/post-journal";
import { keepWebhook, parkWebhook } from "@jumpa-madu/store/webhook-inbox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestApi, type TestApi, type Who } from "../testing/api-fixture.ts";

const DAY_MS = 24 * 3_600_000;
const NUMBER = "1234567890";

let api: TestApi;
let destination: string;
beforeAll(async () => {
  api = await startTestApi();
  await save(api.members.mine, "wb-1", 1_000_000);
  await save(api.members.other, "wb-2", 1_000_000);
  destination = newEventId();
  const added = await post("member", `/v1/members/${api.members.mine}/destinations`, {
    id: destination,
    channel: "bca",
    account_number: NUMBER,
    account_name: "Nasabah Satu",
  });
  expect(added.statusCode, added.body).toBe(201);
  expect(added.body).not.toContain(NUMBER);
  await later(DAY_MS);
});
afterAll(() => api.close());

const post = (who: Who, url: string, body: unknown, headers: Record<string, string> = {}) =>
  api.call(who, "POST", url, { body, headers });

const wanted = (more: object = {}) => ({
  id: newEventId(),
  waste_bank: "wb-1",
  member: api.members.mine,
  amount_idr: 20_000,
  channel: "bca",
  destination,
  ...more,
});
const cash = (more: object = {}) => wanted({ channel: "cash", destination: null, ...more });

async function ask(who: Who, body: { id: string }): Promise<string> {
  const answer = await post(who, "/v1/payouts", body);
  expect(answer.statusCode, answer.body).toBe(201);
  return body.id;
}

/** Moves the clock; sessions live on. */
async function later(ms: number): Promise<void> {
  api.clock.nowMs += ms;
  await api.store.db
    .updateTable("sessions")
    .set({ expires_ms: api.clock.nowMs + DAY_MS })
    .execute();
}

test("a member asks, staff approves, and the detail shows what became of it without the account's number", async () => {
  const id = await ask("member", wanted({ member: undefined }));
  const again = await post("member", "/v1/payouts", wanted({ id, member: undefined }));
  expect([again.statusCode, again.json().state]).toEqual([200, "requested"]);
  expect((await post("member", "/v1/payouts", wanted({ id, amount_idr: 1_000 }))).statusCode).toBe(409);
  expect((await post("member", `/v1/payouts/${id}/approve`, undefined)).statusCode).toBe(403);
  const approved = await post("staff", `/v1/payouts/${id}/approve`, undefined);
  expect([approved.statusCode, approved.json().state]).toEqual([200, "paying"]);
  const detail = await api.call("member", "GET", `/v1/payouts/${id}`);
  expect(detail.json()).toMatchObject({
    state: "paying",
    queue_position: 0,
    to: { hint: "7890", channel: "bca" },
    flags: ["name_unproven", "first_to_destination"],
    attempts: [{ n: 1, state: "queued", sends: 0 }],
  });
  expect(detail.body).not.toContain(NUMBER);
  expect((await post("member", `/v1/payouts/${id}/cancel`, { reason: "tidak jadi" })).statusCode).toBe(409);
  const kept = JSON.stringify(await api.store.db.selectFrom("idempotent_answers").selectAll().execute());
  expect(kept + api.logged.join("")).not.toContain(NUMBER);
});

test("nobody approves what the same person has asked for", async () => {
  const id = await ask("staff", cash());
  const own = await post("staff", `/v1/payouts/${id}/approve`, undefined);
  expect([own.statusCode, own.json().code]).toEqual([422, "refused"]);
  expect(own.json().detail).toMatch(/ask somebody else/);
  expect((await post("admin", `/v1/payouts/${id}/approve`, undefined)).json().state).toBe("payable");
});

test("each sees and asks for what is theirs alone", async () => {
  const foreign = await ask("staff", cash({ member: api.members.other, waste_bank: "wb-2" }));
  expect((await api.call("member", "GET", `/v1/payouts/${foreign}`)).statusCode).toBe(404);
  expect((await api.call("operator", "GET", `/v1/payouts/${foreign}`)).statusCode).toBe(403);
  expect((await post("member", `/v1/payouts/${foreign}/cancel`, { reason: "uji" })).statusCode).toBe(404);
  expect((await post("operator", `/v1/payouts/${foreign}/cancel`, { reason: "uji" })).statusCode).toBe(403);
  expect((await post("member", "/v1/payouts", cash({ member: api.members.other }))).statusCode).toBe(404);
  const elsewhere = await post("operator", "/v1/payouts", cash({ waste_bank: "wb-2" }));
  expect(elsewhere.statusCode).toBe(403);
  expect((await post("staff", "/v1/payouts", cash({ member: undefined }))).statusCode).toBe(400);
  const mine = (await api.call("member", "GET", "/v1/payouts")).json().items;
  expect(mine.length).toBeGreaterThan(0);
  expect(mine.every(({ member }: { member: string }) => member === api.members.mine)).toBe(true);
});

test("lists are narrowed, and can be had as CSV", async () => {
  const rejected = await ask("operator", cash({ amount_idr: 7_000 }));
  expect((await post("operator", `/v1/payouts/${rejected}/reject`, { reason: "uji" })).statusCode).toBe(403);
  expect((await post("staff", `/v1/payouts/${rejected}/reject`, { reason: "uji" })).statusCode).toBe(200);
  const list = async (query: string) => (await api.call("staff", "GET", `/v1/payouts?${query}`)).json().items;
  expect(await list("state=rejected")).toMatchObject([{ id: rejected, reason: "uji" }]);
  expect(await list("state=rejected&waste_bank=wb-2")).toEqual([]);
  expect(await list("review=true")).toEqual([]);
  const csv = await api.call("staff", "GET", "/v1/payouts?state=rejected&format=csv");
  expect(csv.body.split("\r\n")[0]).toMatch(/^id,member,waste_bank,product,amount_idr/);
  expect(csv.body).toContain(rejected);
});

test.each([
  { name: "zero", change: { amount_idr: 0 }, status: 400 },
  { name: "negative", change: { amount_idr: -1 }, status: 400 },
  { name: "fractional", change: { amount_idr: 1.5 }, status: 400 },
  { name: "beyond 10^12", change: { amount_idr: 10 ** 12 + 1 }, status: 400 },
  { name: "unknown channel", change: { channel: "kirim" }, status: 400 },
  { name: "no id", change: { id: "1" }, status: 400 },
  { name: "more than there is", change: { amount_idr: 5_000_000 }, status: 422 },
  { name: "unknown product", change: { product: "emas" }, status: 422 },
  { name: "unknown destination", change: { destination: newEventId() }, status: 422 },
  { name: "cash with a destination", change: { channel: "cash" }, status: 422 },
])("bad input is told: $name", async ({ change, status }) => {
  const answer = await post("member", "/v1/payouts", { ...wanted(), ...change });
  expect(answer.statusCode, answer.body).toBe(status);
  expect(answer.json().detail.length).toBeGreaterThan(10);
});

test("without a provider only cash is paid, and it says so", async () => {
  const cashOnly = await startTestApi({ payoutProvider: null });
  try {
    const body = { ...wanted(), member: cashOnly.members.mine };
    const answer = await cashOnly.call("staff", "POST", "/v1/payouts", { body });
    expect(answer.statusCode).toBe(422);
    expect(answer.json().detail).toMatch(/pays cash alone.*PAYOUT_PROVIDER/);
  } finally {
    await cashOnly.close();
  }
});

test("cash is handed out of the own drawer, once, to who can prove to be the member", async () => {
  const id = await ask("member", cash({ member: undefined, amount_idr: 30_000 }));
  const pay = (confirmation: object) => post("operator", `/v1/payouts/${id}/pay`, { confirmation });
  expect((await pay({ kind: "signature" })).statusCode).toBe(409);
  await post("staff", `/v1/payouts/${id}/approve`, undefined);
  expect((await pay({ kind: "signature" })).json().detail).toMatch(/open a shift/);
  await fillVault(100_000);
  const shift = await post("operator", "/v1/shifts", {
    id: newEventId(),
    waste_bank: "wb-1",
    float_idr: 20_000,
  });
  expect(shift.statusCode, shift.body).toBe(201);
  expect((await pay({ kind: "signature" })).json().detail).toMatch(/drawer holds less/);
  expect((await pay({ kind: "card", card: "not-mine" })).statusCode).toBe(422);
  expect((await pay({ kind: "pin", pin: "123456" })).statusCode).toBe(422);
  await fillDrawer(20_000);
  const paid = await pay({ kind: "signature" });
  expect(paid.json(), paid.body).toMatchObject({
    state: "paid",
    payment: { receipt_no: "WB-1-P1-000001", confirmation: "signature" },
  });
  expect((await pay({ kind: "signature" })).json().payment).toEqual(paid.json().payment);
});

test("a payout under review is resolved by two people, and its alarm is seen by one", async () => {
  const id = await ask("operator", wanted({ amount_idr: 11_000 }));
  await post("staff", `/v1/payouts/${id}/approve`, undefined);
  const attempt = await send(id);
  await tell(attempt, { kind: "succeeded", amountIdr: 1 });
  const [alarm] = (await api.call("staff", "GET", "/v1/payout-alarms")).json().items;
  expect(alarm).toMatchObject({ kind: "mismatch", payout: id });
  const decide = (who: Who, resolution: string) =>
    post(who, `/v1/payouts/${id}/resolve`, { resolution, reason: "dasbor dilihat" });
  expect((await decide("operator", "paid")).statusCode).toBe(403);
  expect((await decide("staff", "paid")).json()).toMatchObject({ state: "paying", resolution: "paid" });
  expect((await decide("staff", "paid")).json()).toMatchObject({ state: "paying" });
  expect((await decide("admin", "not_paid")).json()).toMatchObject({
    state: "paying",
    resolution: "not_paid",
  });
  expect((await decide("staff", "not_paid")).json()).toMatchObject({ state: "failed", review: null });
  expect((await decide("staff", "not_paid")).json()).toMatchObject({
    state: "failed",
    resolution: "not_paid",
  });
  for (let time = 0; time < 2; time++)
    expect((await post("staff", `/v1/payout-alarms/${alarm.id}/seen`, undefined)).statusCode).toBe(200);
  expect((await post("admin", `/v1/payout-alarms/${alarm.id}/seen`, undefined)).statusCode).toBe(404);
  expect((await api.call("staff", "GET", "/v1/payout-alarms")).json().items).toEqual([]);
  expect((await api.call("staff", "GET", "/v1/payout-alarms?all=true")).json().items).toHaveLength(1);
  const retried = await post("staff", `/v1/payouts/${id}/retry`, { id: newEventId() });
  expect([retried.statusCode, retried.json()]).toMatchObject([201, { retry_of: id, state: "requested" }]);
  const again = await post("staff", `/v1/payouts/${id}/retry`, { id: retried.json().id });
  expect([again.statusCode, again.json()]).toEqual([200, retried.json()]);
});

test("a message that was put aside is shown as it says, without the account's number, and settled with a note", async () => {
  const body = new TextEncoder().encode(
    JSON.stringify({
      event: "payout.failed",
      data: {
        id: "disb-9",
        reference_id: "nothing-of-ours",
        status: "FAILED",
        amount: 12_000,
        channel_properties: { account_number: NUMBER, account_holder_name: "Nasabah Satu" },
      },
    }),
  );
  await api.store.transaction((tx) =>
    keepWebhook(api.vault, tx, { provider: "xendit-v2", dedupe: "9", body, nowMs: api.clock.nowMs }),
  );
  const { id } = await api.store.db.selectFrom("webhook_inbox").select("id").executeTakeFirstOrThrow();
  await api.store.transaction((tx) =>
    parkWebhook(tx, id, { reason: "no attempt of ours", nowMs: api.clock.nowMs }),
  );
  const list = async (query = "") => await api.call("staff", "GET", `/v1/payout-inbox${query}`);
  const shown = await list();
  expect(shown.json().items).toMatchObject([
    {
      id,
      reason: "no attempt of ours",
      reference: "nothing-of-ours",
      provider_id: "disb-9",
      status: "FAILED",
      amount: "12000",
      account_hint: "7890",
      settled_by: null,
    },
  ]);
  expect(shown.body).not.toContain(NUMBER);
  const alarms = (await api.call("staff", "GET", "/v1/payout-alarms")).json().items;
  expect(alarms).toMatchObject([{ kind: "parked_messages", payout: null }]);
  await post("staff", `/v1/payout-alarms/${alarms[0].id}/seen`, undefined);
  const settle = (who: Who, note: string) => post(who, `/v1/payout-inbox/${id}/settle`, { note });
  expect((await settle("operator", "uji coba")).statusCode).toBe(403);
  const settled = await settle("staff", "uji coba penyedia");
  expect([settled.statusCode, settled.json()]).toMatchObject([200, { note: "uji coba penyedia" }]);
  expect((await settle("admin", "lain")).statusCode).toBe(409);
  expect((await post("staff", `/v1/payout-inbox/${newEventId()}/settle`, { note: "uji" })).statusCode).toBe(
    404,
  );
  expect((await list()).json().items).toEqual([]);
  expect((await list("?all=true")).json().items).toHaveLength(1);
  expect((await list("?all=true&format=csv")).body.split("\r\n")[0]).toMatch(/^id,provider,reason/);
});

test("a limit of 0 that would stop every payout is refused, with how to stop them", async () => {
  const answer = await post("admin", "/v1/payout-limits", { scope: "payout_max", amount_idr: 0 });
  expect([answer.statusCode, answer.json().detail]).toEqual([
    422,
    expect.stringMatching(/PAYOUT_PROVIDER=none/),
  ]);
});

test("nothing is settled of a payout that did not come back", async () => {
  const id = await ask("member", cash({ member: undefined, amount_idr: 2_000 }));
  const settle = (who: Who) =>
    post(who, `/v1/payouts/${id}/settle-owed`, { id: newEventId(), reason: "kartu dilihat" });
  expect((await settle("member")).statusCode).toBe(403);
  expect((await settle("staff")).json().detail).toMatch(/came back for a member who had left/);
  expect((await api.call("staff", "GET", "/v1/owed-settlements")).json().items).toEqual([]);
  expect((await post("staff", `/v1/owed-settlements/${newEventId()}/approve`, undefined)).statusCode).toBe(
    404,
  );
});

test("what came back for a member who had left is paid out in cash by two people, and stands on the board until then", async () => {
  const { member, payout } = await paidAndLeft(9_000);
  const board = async () =>
    (await api.call("staff", "GET", "/v1/solvency?waste_bank=wb-1")).json().items[0].owed_to_former_idr;
  expect(await board()).toBe(9_000);
  const alarms = (await api.call("staff", "GET", "/v1/payout-alarms")).json().items;
  expect(alarms[0]).toMatchObject({
    kind: "owed_to_former",
    payout,
    detail: expect.stringMatching(/settle-owed/),
  });
  await fillDrawer(9_000);
  const body = { id: newEventId(), reason: "kartu keluarga dilihat" };
  const settle = (more: object = {}) =>
    post("operator", `/v1/payouts/${payout}/settle-owed`, { ...body, ...more });
  const asked = await settle();
  expect([asked.statusCode, asked.json()]).toMatchObject([
    201,
    { id: body.id, member, amount_idr: 9_000, state: "requested", receipt_no: null },
  ]);
  const again = await settle();
  expect([again.statusCode, again.json()]).toEqual([200, asked.json()]);
  expect((await settle({ id: newEventId() })).statusCode).toBe(409);
  const decide = (who: Who, way: string) => post(who, `/v1/owed-settlements/${body.id}/${way}`, undefined);
  expect((await decide("operator", "approve")).statusCode).toBe(403);
  const paid = await decide("staff", "approve");
  expect([paid.statusCode, paid.json()]).toMatchObject([
    201,
    { state: "paid", receipt_no: expect.stringMatching(/-P1-/) },
  ]);
  expect((await decide("staff", "approve")).json()).toEqual(paid.json());
  expect((await decide("staff", "reject")).statusCode).toBe(409);
  expect(await board()).toBe(0);
  const listed = await api.call("operator", "GET", "/v1/owed-settlements?state=paid");
  expect(listed.json().items).toEqual([paid.json()]);
});

test("a destination that is malformed for its channel is told what is right", async () => {
  const add = (body: object) =>
    post("operator", `/v1/members/${api.members.mine}/destinations`, {
      id: newEventId(),
      account_name: "Nasabah Satu",
      ...body,
    });
  const short = await add({ channel: "bca", account_number: "123" });
  expect([short.statusCode, short.json().detail]).toEqual([422, expect.stringMatching(/10 digits/)]);
  expect((await add({ channel: "dana", account_number: "+6281200000001" })).json().detail).toMatch(
    /begins with 08/,
  );
  expect((await add({ channel: "cash", account_number: "1" })).statusCode).toBe(400);
  const listed = (await api.call("member", "GET", `/v1/members/${api.members.mine}/destinations`)).json()
    .items;
  expect(listed).toMatchObject([{ id: destination, hint: "7890" }]);
  const gone = await post(
    "member",
    `/v1/members/${api.members.mine}/destinations/${destination}/retire`,
    undefined,
  );
  expect(gone.json().retired_at).not.toBeNull();
  const wrong = await post("staff", `/v1/members/${api.members.other}/destinations/${destination}/confirm`, {
    reason: "uji",
  });
  expect(wrong.statusCode).toBe(404);
});

test("limits and fees are asked for from now on, never in the past, and hold when another person has approved them", async () => {
  const limit = { scope: "payout_max", channel_kind: "cash", waste_bank: "wb-1", amount_idr: 5_000 };
  expect((await post("staff", "/v1/payout-limits", limit)).statusCode).toBe(403);
  expect((await post("admin", "/v1/payout-limits", { ...limit, valid_from: "2020-02-01" })).statusCode).toBe(
    422,
  );
  const asked = await post("admin", "/v1/payout-limits", limit);
  expect(asked.json()).toMatchObject({ state: "requested", begins_at: null });
  const decide = (who: Who, way: string, of = "limits", { id } = asked.json()) =>
    post(who, `/v1/payout-${of}/${id}/${way}`, undefined);
  expect((await decide("admin", "approve")).json()).toMatchObject({ status: 422, code: "refused" });
  expect((await decide("operator", "approve")).statusCode).toBe(403);
  await ask("member", cash({ amount_idr: 5_001 }));
  const agreed = await decide("staff", "approve");
  expect(agreed.json()).toMatchObject({ state: "approved", begins_at: expect.any(String) });
  expect((await decide("staff", "reject")).statusCode).toBe(409);
  expect((await decide("staff", "approve", "fees")).statusCode).toBe(404);
  const answer = await post("member", "/v1/payouts", cash({ amount_idr: 5_001 }));
  expect(answer.json().detail).toMatch(/Rp 5000 at most/);
  expect((await api.call("staff", "GET", "/v1/payout-limits")).json().items).toHaveLength(1);
  const fee = { channel_kind: "bank", fee_idr: 2_500, bearer: "member" };
  expect((await post("admin", "/v1/payout-fees", fee)).json()).toMatchObject({
    fee_idr: 2_500,
    refunded: false,
  });
  const { items } = (await api.call("staff", "GET", "/v1/payout-fees")).json();
  expect(items).toHaveLength(1);
  expect((await decide("staff", "reject", "fees", items[0])).json()).toMatchObject({ state: "rejected" });
  expect((await api.call("staff", "GET", "/v1/payout-inbox")).json().items).toEqual([]);
  expect(
    (await api.call("staff", "GET", "/v1/payout-reconciliations?provider=xendit-v2")).json().items,
  ).toEqual([]);
});

test("the list of limits says loudly that a member may take everything through a provider on one day", async () => {
  const list = async () => (await api.call("staff", "GET", "/v1/payout-limits")).json();
  expect((await list()).warnings).toEqual([expect.stringMatching(/to banks and to e-wallets.*member_day/)]);
  const day = { scope: "member_day", amount_idr: 2_000_000 };
  const { id } = (await post("admin", "/v1/payout-limits", day)).json();
  expect((await list()).warnings).toHaveLength(1);
  await post("staff", `/v1/payout-limits/${id}/approve`, undefined);
  expect((await list()).warnings).toEqual([]);
  const csv = await api.call("staff", "GET", "/v1/payout-limits?format=csv");
  expect(csv.body.split("\r\n")[0]).toMatch(/^id,scope,.*begins_at$/);
});

/** Lets a worker begin to send a payout; answers its attempt. */
async function send(payout: string): Promise<string> {
  const [attempt] = (await api.call("staff", "GET", `/v1/payouts/${payout}`)).json().attempts;
  const claim = { worker: "w", kinds: ["submit"], leaseMs: 60_000 } as const;
  for (;;) {
    const job = await claimJob(api.store, { ...claim, nowMs: api.clock.nowMs });
    if (job === null || job.subject === attempt.id) return attempt.id;
  }
}

/** Tells the books what the provider has said of an attempt. */
async function tell(attempt: string, outcome: Lookup): Promise<void> {
  await api.store.transaction((tx) =>
    applyOutcome({ vault: api.vault, provider: "xendit-v2" }, tx, {
      attempt,
      outcome,
      answer: { call: "lookup", httpStatus: 200, body: null },
      nowMs: api.clock.nowMs,
    }),
  );
}

/** A member who took everything through a bank and left, before the bank sent it back. */
async function paidAndLeft(amount: number): Promise<{ member: string; payout: string }> {
  const registered = await post("staff", "/v1/members", { name: "Nasabah Pindah", waste_bank: "wb-1" });
  const member = registered.json().id;
  await save(member, "wb-1", amount);
  const to = {
    id: newEventId(),
    channel: "bca",
    account_number: "2222233333",
    account_name: "Nasabah Pindah",
  };
  expect((await post("operator", `/v1/members/${member}/destinations`, to)).statusCode).toBe(201);
  await later(DAY_MS);
  const leaving = wanted({ member, amount_idr: amount, destination: to.id, closes: true });
  const payout = await ask("operator", leaving);
  await post("staff", `/v1/payouts/${payout}/approve`, undefined);
  const attempt = await send(payout);
  await tell(attempt, { kind: "succeeded" });
  await later(14 * DAY_MS);
  const closed = await post("staff", `/v1/members/${member}/close`, { reason: "pindah ke luar kota" });
  expect(closed.statusCode, closed.body).toBe(200);
  await tell(attempt, { kind: "reversed" });
  return { member, payout };
}

async function save(member: string, wasteBank: string, amount: number): Promise<void> {
  await api.store.transaction(async (tx) => {
    await bookForDeposit(tx, { member, wasteBank, product: null }, api.clock.nowMs);
    await move(
      tx,
      { kind: "stock_value", ledger: "IDR", wasteBank, part: "pet" },
      savingsKey({ member, wasteBank, product: "regular" }),
      amount,
    );
  });
}

function fillVault(amount: number): Promise<void> {
  return api.store.transaction((tx) =>
    move(
      tx,
      { kind: "cash_vault", ledger: "IDR", wasteBank: "wb-1" },
      { kind: "capital", ledger: "IDR", wasteBank: "wb-1" },
      amount,
    ),
  );
}

async function fillDrawer(amount: number): Promise<void> {
  const { user_id: part } = await api.store.db
    .selectFrom("shifts")
    .select("user_id")
    .executeTakeFirstOrThrow();
  await api.store.transaction((tx) =>
    move(
      tx,
      { kind: "cash_drawer", ledger: "IDR", wasteBank: "wb-1", part },
      { kind: "cash_vault", ledger: "IDR", wasteBank: "wb-1" },
      amount,
    ),
  );
}

type Key = Parameters<typeof accountId>[0];
async function move(
  tx: Parameters<typeof postJournalWithin>[0],
  debit: Key,
  ...[credit, amount]: [Key, number]
): Promise<void> {
  await openAccounts(tx, [debit, credit], api.clock.nowMs);
  const outcome = await postJournalWithin(tx, {
    idempotencyKey: newEventId(),
    kind: "test",
    actor: "user:test",
    occurredMs: api.clock.nowMs,
    transfers: [{ phase: "post", debit: accountId(debit), credit: accountId(credit), amount }],
  });
  expect(outcome.kind).toBe("posted");
}
