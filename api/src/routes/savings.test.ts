import { WINDOWS_MAX } from "@jumpa-madu/contracts/http/savings";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { dayOf } from "@jumpa-madu/contracts/local-day";
import { accountId, openAccounts } from "@jumpa-madu/store/account";
import { savingsKey } from "@jumpa-madu/store/books";
import { postJournal } from "@jumpa-madu/store/post-journal";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startTestApi, type TestApi } from "../testing/api-fixture.ts";
import { PRINTED_LINES_MAX } from "./passbooks.ts";

let api: TestApi;
let regular: string;

beforeAll(async () => {
  api = await startTestApi();
  const body = { member: api.members.mine, waste_bank: "wb-1", product: "regular", default: true };
  regular = (await api.call("operator", "POST", "/v1/books", { body })).json().id;
});
afterAll(() => api.close());

const post = (who: Parameters<TestApi["call"]>[0], url: string, body: unknown) =>
  api.call(who, "POST", url, { body });
const get = (who: Parameters<TestApi["call"]>[0], url: string) => api.call(who, "GET", url);

/** Puts money on a book of the first member at wb-1. */
async function give(amountIdr: number, product = "regular", count = 1): Promise<void> {
  const savings = savingsKey({ member: api.members.mine, wasteBank: "wb-1", product });
  const value = { kind: "stock_value", ledger: "IDR", wasteBank: "wb-1", part: "pet" } as const;
  await openAccounts(api.store.db, [savings, value], api.clock.nowMs);
  const transfer = {
    phase: "post",
    debit: accountId(value),
    credit: accountId(savings),
    amount: amountIdr,
  } as const;
  const outcome = await postJournal(api.store, {
    idempotencyKey: newEventId(),
    kind: "deposit",
    actor: "node:node-1",
    occurredMs: api.clock.nowMs,
    transfers: Array.from({ length: count }, () => transfer),
  });
  if (outcome.kind === "refused") throw new Error(outcome.refusal);
}

const RULES = { min_balance_idr: 5_000, min_withdrawal_idr: 1, windows: [], lock_days: 0 };

it("makes a product, gives it rules to come, and lists both", async () => {
  const made = await post("staff", "/v1/savings-products", {
    id: "lebaran",
    name: "Tabungan Lebaran",
    waste_bank: "wb-1",
    rules: RULES,
  });
  expect(made.statusCode).toBe(201);
  const set = await post("staff", "/v1/savings-products/lebaran/rules", {
    ...RULES,
    valid_from: "2099-01-01",
    windows: [{ from: "2099-02-01", until: "2099-02-14" }],
  });
  expect(set.statusCode).toBe(201);
  const again = await post("staff", "/v1/savings-products/lebaran/rules", {
    ...RULES,
    valid_from: "2099-01-01",
  });
  expect(again.json()).toMatchObject({ status: 409, code: "exists" });
  const { items } = (await get("member", "/v1/savings-products?waste_bank=wb-1")).json();
  expect(items.map(({ id }: { id: string }) => id)).toEqual(["lebaran", "regular"]);
  expect(items[0].rules).toHaveLength(2);
  expect((await get("member", "/v1/savings-products?waste_bank=wb-2")).json().items).toHaveLength(1);
});

it("refuses rules that have begun, days that there are not, and windows out of order", async () => {
  const url = "/v1/savings-products/regular/rules";
  const today = dayOf(api.clock.nowMs);
  const window = (from: string, until: string) => ({ ...RULES, windows: [{ from, until }] });
  const both = [
    { from: "2098-02-01", until: "2098-02-10" },
    { from: "2098-02-10", until: "2098-02-20" },
  ];
  for (const body of [
    { ...RULES, valid_from: today },
    { ...RULES, valid_from: "2098-02-30" },
    { ...RULES, locked_until: "2098-02-30" },
    window("2098-02-30", "2098-03-01"),
    window("2098-03-02", "2098-03-01"),
    { ...RULES, windows: both },
  ]) {
    expect((await post("admin", url, body)).json()).toMatchObject({ status: 422, code: "refused" });
  }
  const many = Array.from({ length: WINDOWS_MAX + 1 }, (_, index) => {
    const day = new Date(Date.parse("2098-01-01") + 2 * index * 86_400_000).toISOString().slice(0, 10);
    return { from: day, until: day };
  });
  expect((await post("admin", url, { ...RULES, windows: many })).statusCode).toBe(400);
  expect((await post("admin", "/v1/savings-products/nothing/rules", RULES)).statusCode).toBe(422);
  expect((await post("operator", url, RULES)).statusCode).toBe(403);
});

it("shows a member the own books, an operator those of the own waste bank", async () => {
  await post("staff", "/v1/books", { member: api.members.mine, waste_bank: "wb-2", product: "regular" });
  const url = `/v1/members/${api.members.mine}/books`;
  expect((await get("member", url)).json().items).toHaveLength(2);
  expect((await get("operator", url)).json().items).toMatchObject([{ waste_bank: "wb-1", default: true }]);
  expect((await get("member", `/v1/members/${api.members.other}/books`)).statusCode).toBe(404);
  const csv = await get("staff", `${url}?format=csv`);
  expect(csv.body.split("\r\n")[0]).toContain("balance_idr");
});

it("opens books at any waste bank for staff, at the own one for an operator", async () => {
  const body = { member: api.members.other, waste_bank: "wb-2", product: "regular" };
  expect((await post("operator", "/v1/books", body)).statusCode).toBe(403);
  expect((await post("staff", "/v1/books", body)).statusCode).toBe(201);
  expect((await post("staff", "/v1/books", body)).json()).toMatchObject({ status: 409, code: "exists" });
  const foreign = { ...body, product: "lebaran" };
  expect((await post("staff", "/v1/books", foreign)).json().code).toBe("unknown_reference");
  const nobody = { ...body, member: newEventId() };
  expect((await post("staff", "/v1/books", nobody)).json().code).toBe("unknown_reference");
});

it("moves money between books once, by the rules of the one that it leaves, and closes what is empty", async () => {
  const opened = await post("operator", "/v1/books", {
    member: api.members.mine,
    waste_bank: "wb-1",
    product: "lebaran",
  });
  const lebaran = opened.json().id;
  await give(20_000, "lebaran");
  const body = { id: newEventId(), from: lebaran, to: regular, amount_idr: 15_000 };
  expect((await post("operator", "/v1/book-moves", { ...body, amount_idr: 15_001 })).json()).toMatchObject({
    status: 422,
    code: "refused",
    detail: expect.stringContaining("Rp 5000 must stay"),
  });
  expect((await post("operator", "/v1/book-moves", body)).statusCode).toBe(201);
  expect((await post("operator", "/v1/book-moves", body)).statusCode).toBe(200);
  expect((await post("operator", "/v1/book-moves", { ...body, amount_idr: 1 })).statusCode).toBe(409);
  const close = (id: string) => post("operator", `/v1/books/${id}/close`, { reason: "Lebaran selesai" });
  expect((await close(lebaran)).json()).toMatchObject({ status: 409, code: "conflict" });
  expect((await api.call("operator", "PUT", `/v1/books/${lebaran}/default`)).json().default).toBe(true);
  expect((await api.call("operator", "PUT", `/v1/books/${regular}/default`)).json().default).toBe(true);
  await post("staff", "/v1/savings-products", { id: "sekolah", name: "Sekolah" });
  const school = (
    await post("operator", "/v1/books", {
      member: api.members.mine,
      waste_bank: "wb-1",
      product: "sekolah",
    })
  ).json().id;
  expect((await close(school)).json().closed_at).not.toBeNull();
  expect((await post("operator", `/v1/books/${school}/reopen`, { reason: "keliru" })).statusCode).toBe(200);
  expect((await close(newEventId())).statusCode).toBe(404);
});

it("shows the passbook as JSON page by page, and as CSV to the end", async () => {
  await give(900);
  const url = `/v1/books/${regular}/passbook`;
  const first = (await get("member", `${url}?limit=1`)).json();
  expect(first).toMatchObject({
    opening_balance_idr: 0,
    lines: [{ kind: "book_move", in_idr: 15_000, other_book: "lebaran", officer: "a-operator" }],
    closing_balance_idr: 15_000,
  });
  const rest = (await get("member", `${url}?after=${first.next}`)).json();
  expect(rest).toMatchObject({
    opening_balance_idr: 15_000,
    lines: [{ kind: "deposit", material: "pet", in_idr: 900, balance_idr: 15_900, officer: "Terminal" }],
    closing_balance_idr: 15_900,
    next: null,
  });
  expect((await get("staff", url)).json().book.balance_idr).toBe(15_900);
  const csv = await get("operator", `${url}?format=csv`);
  expect(csv.body.trim().split("\r\n")).toHaveLength(3);
  const today = dayOf(Date.now());
  expect((await get("member", `${url}?from=${today}&to=${today}`)).json().lines).toHaveLength(2);
  expect((await get("member", `${url}?to=2020-01-01`)).json()).toMatchObject({ closing_balance_idr: 0 });
});

it("refuses a passbook of another's book, of days that there are not, and behind a foreign line", async () => {
  const foreign = (await get("staff", `/v1/members/${api.members.other}/books`)).json().items[0].id;
  expect((await get("member", `/v1/books/${foreign}/passbook`)).statusCode).toBe(404);
  expect((await get("operator", `/v1/books/${foreign}/passbook`)).statusCode).toBe(403);
  const url = `/v1/books/${regular}/passbook`;
  for (const query of ["from=2026-02-30", "from=2026-02-02&to=2026-02-01", `after=${newEventId()}`]) {
    expect((await get("staff", `${url}?${query}`)).json()).toMatchObject({ status: 400, code: "invalid" });
  }
  expect((await get("staff", `${url}?after=${newEventId()}&format=csv`)).statusCode).toBe(400);
});

it("prints the passbook as a page without script or inline style, in the style that it is served with", async () => {
  const page = await get("member", `/v1/books/${regular}/passbook?format=html`);
  expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
  expect(page.body).toContain("Nasabah Satu");
  expect(page.body).toContain("15.900");
  expect(page.body).not.toMatch(/<script|<style|style=/);
  const path = /href="([^"]+)"/.exec(page.body)?.[1] ?? "";
  const style = await get(null, path);
  expect(style.headers["content-type"]).toBe("text/css; charset=utf-8");
  expect(style.body).toContain("@page");
});

it("refuses to print more lines than a printer should be given, and says what to do", async () => {
  for (let lines = 0; lines <= PRINTED_LINES_MAX; lines += 1_000) await give(1, "regular", 1_000);
  const page = await get("staff", `/v1/books/${regular}/passbook?format=html`);
  expect(page.json()).toMatchObject({ status: 422, code: "answer_too_long" });
  const csv = await get("staff", `/v1/books/${regular}/passbook?format=csv`);
  expect(csv.body.trim().split("\r\n")).toHaveLength(3_003);
});

it("pays a whole product by a list that one person asks for and another approves", async () => {
  const body = {
    id: newEventId(),
    waste_bank: "wb-1",
    product: "regular",
    channel: "cash",
    amount: { idr: 10_000 },
    reason: "Lebaran",
  };
  expect((await post("operator", "/v1/mass-withdrawals", { ...body, waste_bank: "wb-2" })).statusCode).toBe(
    403,
  );
  const asked = await post("operator", "/v1/mass-withdrawals", body);
  expect(asked.json()).toMatchObject({ prepared: true, payouts: 1, total_idr: 10_000, approvals: [] });
  expect(asked.statusCode).toBe(201);
  expect((await post("operator", "/v1/mass-withdrawals", body)).statusCode).toBe(200);
  expect((await post("operator", "/v1/mass-withdrawals", { ...body, amount: "all" })).statusCode).toBe(409);
  const url = `/v1/mass-withdrawals/${body.id}`;
  expect((await post("operator", `${url}/approve`, undefined)).statusCode).toBe(403);
  const approved = await post("staff", `${url}/approve`, undefined);
  expect(approved.json()).toMatchObject({ approvals: [{ approved: 1, refused: 0, done: true }] });
  const items = (await get("operator", `${url}/items`)).json().items;
  expect(items).toMatchObject([{ member_name: "Nasabah Satu", amount_idr: 10_000, state: "payable" }]);
  expect((await get("operator", `${url}/items?format=csv`)).body).toContain("Nasabah Satu");
  expect((await get("operator", "/v1/mass-withdrawals")).json().items).toHaveLength(1);
  expect((await get("operator", url)).json().id).toBe(body.id);
  expect((await get("operator", `/v1/mass-withdrawals/${newEventId()}`)).statusCode).toBe(404);
  const nowhere = { ...body, id: newEventId(), waste_bank: "wb-9" };
  expect((await post("staff", "/v1/mass-withdrawals", nowhere)).json().code).toBe("unknown_reference");
  const held = (await get("member", `/v1/books/${regular}/passbook?limit=1`)).json();
  expect(held).toMatchObject({ holds: [{ amount_idr: 10_000 }], book: { held_idr: 10_000 } });
});

it("sends a mass withdrawal to the members' accounts, through the provider that is configured", async () => {
  const added = await post("operator", `/v1/members/${api.members.mine}/destinations`, {
    id: newEventId(),
    channel: "bca",
    account_number: "1234567890",
    account_name: "Nasabah Satu",
  });
  expect(added.statusCode, added.body).toBe(201);
  api.clock.nowMs += 86_400_000;
  const expires_ms = api.clock.nowMs + 86_400_000;
  await api.store.db.updateTable("sessions").set({ expires_ms }).execute();
  const id = newEventId();
  const body = { id, waste_bank: "wb-1", product: "regular", channel: "bca", amount: { idr: 6_000 } };
  const asked = await post("operator", "/v1/mass-withdrawals", { ...body, reason: "Lebaran" });
  expect(asked.json()).toMatchObject({ prepared: true, payouts: 1, total_idr: 6_000 });
  const approved = await post("staff", `/v1/mass-withdrawals/${id}/approve`, undefined);
  expect(approved.json()).toMatchObject({ approvals: [{ approved: 1, refused: 0, done: true }] });
  const [item] = (await get("operator", `/v1/mass-withdrawals/${id}/items`)).json().items;
  expect(item).toMatchObject({ amount_idr: 6_000, state: "paying", refusal: null });
  const payout = (await get("staff", `/v1/payouts/${item.payout}`)).json();
  expect(payout).toMatchObject({
    to: { hint: "7890" },
    attempts: [{ n: 1, provider: "xendit-v2", state: "queued" }],
  });
});
