/** Cash over HTTP: who may do what, what is refused, and that a cashier cannot learn what the books hold in the drawer. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { DAY_MS, dayOf } from "@jumpa-madu/contracts/local-day";
import { closeDay } from "@jumpa-madu/store/close-day";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startTestApi, type TestApi, type Who } from "../testing/api-fixture.ts";

let api: TestApi;
beforeEach(async () => {
  api = await startTestApi();
  await post("staff", "/v1/cash-movements", {
    kind: "capital_in",
    place: "cash_vault",
    amount_idr: 1_000_000,
    waste_bank: "wb-1",
    reason: "modal awal",
  });
});
afterEach(async () => {
  expect(await verifyLedger(api.store.db, 0)).toEqual([]);
  await api.close();
});

/** Posts with a fresh id, and expects it to be done. */
async function post(who: Who, url: string, body: Record<string, unknown> = {}) {
  const answer = await api.call(who, "POST", url, { body: { id: newEventId(), ...body } });
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}

const refused = async (who: Who, url: string, body: Record<string, unknown> | undefined) => {
  const answer = await api.call(who, "POST", url, {
    body: body === undefined ? undefined : { id: newEventId(), ...body },
  });
  return { status: answer.statusCode, code: answer.json().code, detail: answer.json().detail };
};

const openShift = (who: Who = "operator", float_idr = 137_000) =>
  post(who, "/v1/shifts", { waste_bank: "wb-1", float_idr });

const expense = {
  waste_bank: "wb-1",
  category: "transport",
  amount_idr: 41_337,
  from: "drawer",
  note: "solar betor",
};

describe("a shift", () => {
  test("is opened, counted blind, explained and confirmed", async () => {
    const shift = await openShift();
    expect(shift).toMatchObject({ waste_bank: "wb-1", drawer_idr: null, close: null, confirmed: null });
    await post("operator", "/v1/expenses", expense);
    expect((await api.call("staff", "GET", `/v1/shifts/${shift.id}`)).json().drawer_idr).toBe(95_663);
    const closed = await post("operator", `/v1/shifts/${shift.id}/close`, {
      counted: { "50000": 1, "10000": 3, "200": 1 },
    });
    expect(closed.close).toMatchObject({
      book_idr: 95_663,
      counted_idr: 80_200,
      difference_idr: -15_463,
      lacks_reason: true,
      notes: { "50000": 1, "10000": 3, "200": 1 },
    });
    const alarms = (await api.call("staff", "GET", "/v1/cash-alarms")).json().items;
    expect(alarms).toMatchObject([{ kind: "difference", subject: shift.id, amount_idr: -15_463 }]);
    expect(await refused("staff", `/v1/shifts/${shift.id}/confirm`, {})).toMatchObject({ status: 422 });
    await post("operator", `/v1/shifts/${shift.id}/explain`, { reason: "lupa mencatat belanja" });
    const confirmed = await post("staff", `/v1/shifts/${shift.id}/confirm`);
    expect(confirmed).toMatchObject({
      close: { lacks_reason: false },
      confirmed: { by: expect.any(String) },
    });
    expect((await api.call("staff", "GET", "/v1/cash-alarms")).json().items).toEqual([]);
    const lines = (await api.call("operator", "GET", `/v1/shifts/${shift.id}/lines`)).json().items;
    expect(lines.map(({ amount_idr }: { amount_idr: number }) => amount_idr)).toEqual([137_000, -41_337]);
  });

  test("that is sent again answers the first thing, whatever the key", async () => {
    const body = { id: newEventId(), waste_bank: "wb-1", float_idr: 5_000 };
    const send = (more: object = {}) =>
      api.call("operator", "POST", "/v1/shifts", { body: { ...body, ...more } });
    expect((await send()).statusCode).toBe(201);
    expect((await send()).statusCode).toBe(200);
    expect((await send({ float_idr: 6_000 })).json()).toMatchObject({ status: 409, code: "conflict" });
  });

  test("is closed by the office in the cashier's place, and confirmed by neither of the two", async () => {
    const shift = await openShift();
    await post("staff", `/v1/shifts/${shift.id}/close`, { counted_idr: 137_000 });
    expect(await refused("staff", `/v1/shifts/${shift.id}/confirm`, {})).toMatchObject({
      status: 422,
      code: "refused",
    });
    await post("admin", `/v1/shifts/${shift.id}/confirm`);
  });

  test("of a collector is for the door, and the collector's alone to see", async () => {
    const shift = await openShift("collector", 50_000);
    const other = await openShift("operator", 1_000);
    const seen = (await api.call("collector", "GET", "/v1/shifts")).json().items;
    expect(seen.map(({ id }: { id: string }) => id)).toEqual([shift.id]);
    expect((await api.call("collector", "GET", `/v1/shifts/${other.id}`)).statusCode).toBe(404);
    expect(await refused("collector", `/v1/shifts/${other.id}/close`, { counted_idr: 0 })).toMatchObject({
      status: 404,
    });
    expect((await api.call("collector", "GET", `/v1/shifts?user=${other.user}`)).statusCode).toBe(403);
    await post("collector", `/v1/shifts/${shift.id}/close`, { counted_idr: 50_000 });
  });

  test("is one's own: another cashier of the waste bank sees it and cannot count it", async () => {
    const shift = await openShift("collector", 50_000);
    expect((await api.call("operator", "GET", `/v1/shifts/${shift.id}`)).json()).toMatchObject({
      drawer_idr: null,
    });
    expect(await refused("operator", `/v1/shifts/${shift.id}/close`, { counted_idr: 1 })).toMatchObject({
      status: 403,
    });
  });

  test("lists as CSV", async () => {
    await openShift();
    const { body } = await api.call("staff", "GET", "/v1/shifts?format=csv");
    expect(body.split("\r\n")[0]).toContain("float_idr,opened_at,drawer_idr,close_id");
    expect(body).toContain("137000");
  });
});

/** Every address that a person can GET, each with every id that there is. */
async function walk(who: Who, ids: string[]): Promise<{ url: string; body: string }[]> {
  const pages: { url: string; body: string }[] = [];
  const urls = api.app
    .declaredRoutes()
    .filter(({ methods, url }) => methods.includes("GET") && url.startsWith("/v1/"))
    .flatMap(({ url }) => (url.includes(":") ? ids.map((id) => url.replaceAll(/:\w+/g, id)) : [url]));
  for (const url of urls) {
    for (const query of ["", "?format=csv", "?waste_bank=wb-1"]) {
      const { body } = await api.call(who, "GET", `${url}${query}`);
      pages.push({ url: `${url}${query}`, body });
    }
  }
  return pages;
}

describe("a blind close", () => {
  test.each(["operator", "staff", "collector"] as const)(
    "cannot be peeked at by the cashier, here of the role %s, through anything that can be read",
    async (who) => {
      const shift = await openShift(who);
      // The drawer moves by deeds of others too, so that the cashier cannot simply add up the own ones.
      await post("admin", "/v1/cash-movements", {
        kind: "drawer_to_vault",
        shift: shift.id,
        amount_idr: 41_337,
        waste_bank: "wb-1",
        reason: "setor ke brankas",
      });
      await post("admin", "/v1/expenses", { ...expense, from: "cash_vault", amount_idr: 7_777 });
      const [held, vault] = [95_663, 896_560];
      // The nightly close of a day keeps what every account held, also while a shift is open.
      const day = dayOf(api.clock.nowMs);
      const nowMs = api.clock.nowMs + DAY_MS;
      const { closed } = await closeDay(api.store, { day, wasteBank: "wb-1", by: "job:test", nowMs });
      expect(closed).toHaveLength(1);
      const ids = [shift.id, shift.user, "wb-1", "node-1", api.members.mine];
      // The figure itself, and the sums from which it could be taken.
      const telling = [held, held + vault].map((figure) => new RegExp(`(?<![0-9])${figure}(?![0-9])`));
      const peek = async (as: Who) => {
        const pages = await walk(as, ids);
        expect(pages.length).toBeGreaterThan(100);
        return pages.filter(({ body }) => telling.some((figure) => figure.test(body))).map(({ url }) => url);
      };
      expect(await peek(who)).toEqual([]);
      expect(await peek("admin")).toEqual(
        expect.arrayContaining([`/v1/shifts/${shift.id}`, "/v1/solvency", "/v1/closes"]),
      );
      expect((await api.call(who, "GET", `/v1/shifts/${shift.id}/lines`)).statusCode).toBe(409);
      expect((await api.call("admin", "GET", `/v1/shifts/${shift.id}/lines`)).statusCode).toBe(200);
    },
    60_000,
  );

  test("cannot be tried: the first count is final, however far it is off", async () => {
    const shift = await openShift();
    await post("operator", `/v1/shifts/${shift.id}/close`, { counted_idr: 1 });
    expect(await refused("operator", `/v1/shifts/${shift.id}/close`, { counted_idr: 137_000 })).toMatchObject(
      {
        status: 409,
      },
    );
  });

  test("tells nothing of the drawer when an expense is more than it holds", async () => {
    await openShift();
    const answer = await refused("operator", "/v1/expenses", { ...expense, amount_idr: 500_000 });
    expect(answer).toMatchObject({ status: 409, code: "conflict" });
    expect(answer.detail).not.toContain("137");
  });
});

describe("movements", () => {
  test("wait for another person where they must, and are voided by another", async () => {
    const asked = await post("staff", "/v1/cash-movements", {
      kind: "capital_out",
      place: "cash_vault",
      amount_idr: 10_000,
      waste_bank: "wb-1",
      reason: "pengembalian modal",
      reference: "SK-12",
    });
    expect(asked).toMatchObject({ state: "requested", reference: "SK-12" });
    const url = `/v1/cash-movements/${asked.id}`;
    expect(await refused("staff", `${url}/approve`, {})).toMatchObject({ status: 422, code: "refused" });
    const approve = () => api.call("admin", "POST", `${url}/approve`);
    expect([(await approve()).statusCode, (await approve()).statusCode]).toEqual([201, 200]);
    expect((await api.call("admin", "POST", `${url}/reject`)).statusCode).toBe(409);
    expect(await refused("staff", `${url}/void`, { reason: "salah" })).toMatchObject({ status: 422 });
    await post("admin", `${url}/void`, { reason: "salah" });
    expect((await api.call("staff", "GET", url)).json()).toMatchObject({
      state: "posted",
      voided: { reason: "salah" },
    });
    const waiting = await api.call("staff", "GET", "/v1/cash-movements?state=requested&waste_bank=wb-1");
    expect(waiting.json().items).toEqual([]);
    expect((await api.call("staff", "GET", `/v1/cash-movements/${newEventId()}`)).statusCode).toBe(404);
  });
});

describe("expenses", () => {
  test("are the office's out of any place, an operator's out of the own drawer", async () => {
    await post("staff", "/v1/expenses", { ...expense, from: "cash_vault" });
    expect(await refused("operator", "/v1/expenses", { ...expense, from: "cash_vault" })).toMatchObject({
      status: 403,
    });
    expect(await refused("operator", "/v1/expenses", { ...expense, waste_bank: "wb-2" })).toMatchObject({
      status: 403,
    });
    await openShift();
    const paid = await post("operator", "/v1/expenses", { ...expense, amount_idr: 2_000 });
    await post("staff", `/v1/expenses/${paid.id}/void`, { reason: "dua kali" });
    const list = (await api.call("operator", "GET", "/v1/expenses?category=transport")).json().items;
    expect(list).toHaveLength(2);
    const { body } = await api.call("staff", "GET", "/v1/expenses?format=csv");
    expect(body.split("\r\n")[0]).toContain("category,amount_idr,from");
  });

  test("take their own day", async () => {
    const at = new Date(api.clock.nowMs - 3 * 86_400_000).toISOString();
    const paid = await post("staff", "/v1/expenses", { ...expense, from: "cash_vault", occurred_at: at });
    expect(paid.occurred_at).toBe(at);
  });
});

describe("the solvency board", () => {
  test("is shown by waste bank, narrowed to an operator's own, as CSV, and for the programme", async () => {
    const all = (await api.call("staff", "GET", "/v1/solvency")).json().items;
    expect(all).toMatchObject([
      { waste_bank: "wb-1", vault_idr: 1_000_000, flag: "covered" },
      { waste_bank: "wb-2", vault_idr: 0, flag: "covered" },
    ]);
    expect((await api.call("operator", "GET", "/v1/solvency")).json().items).toHaveLength(1);
    expect((await api.call("operator", "GET", "/v1/solvency?waste_bank=wb-2")).statusCode).toBe(403);
    const { body } = await api.call("staff", "GET", "/v1/solvency?format=csv");
    expect(body.split("\r\n")).toHaveLength(4);
    expect((await api.call("staff", "GET", "/v1/solvency/programme")).json()).toMatchObject({
      waste_banks: 2,
      short_banks: 0,
      vault_idr: 1_000_000,
      reconciled: [],
    });
    expect((await api.call("operator", "GET", "/v1/solvency/programme")).statusCode).toBe(403);
  });
});

/** What is sent, and how it is refused; `shift` in an address stands for an open one of the operator. */
const BAD_INPUT: { name: string; who: Who; url: string; body: Record<string, unknown>; status: number }[] = [
  {
    name: "a float below 0",
    who: "operator",
    url: "/v1/shifts",
    body: { waste_bank: "wb-1", float_idr: -1 },
    status: 400,
  },
  {
    name: "half a rupiah",
    who: "operator",
    url: "/v1/shifts",
    body: { waste_bank: "wb-1", float_idr: 0.5 },
    status: 400,
  },
  {
    name: "a float beyond 10^12",
    who: "operator",
    url: "/v1/shifts",
    body: { waste_bank: "wb-1", float_idr: 1e12 + 1 },
    status: 400,
  },
  {
    name: "a float as text",
    who: "operator",
    url: "/v1/shifts",
    body: { waste_bank: "wb-1", float_idr: "1" },
    status: 400,
  },
  {
    name: "an id that is none",
    who: "operator",
    url: "/v1/shifts",
    body: { id: "x", waste_bank: "wb-1", float_idr: 1 },
    status: 400,
  },
  {
    name: "a second shift",
    who: "operator",
    url: "/v1/shifts",
    body: { waste_bank: "wb-1", float_idr: 1 },
    status: 409,
  },
  {
    name: "a foreign waste bank",
    who: "operator",
    url: "/v1/shifts",
    body: { waste_bank: "wb-2", float_idr: 1 },
    status: 403,
  },
  {
    name: "an unknown waste bank",
    who: "staff",
    url: "/v1/shifts",
    body: { waste_bank: "wb-9", float_idr: 0 },
    status: 422,
  },
  {
    name: "more than the vault holds",
    who: "staff",
    url: "/v1/shifts",
    body: { waste_bank: "wb-1", float_idr: 2_000_000 },
    status: 409,
  },
  { name: "no count", who: "operator", url: "/v1/shifts/shift/close", body: {}, status: 422 },
  {
    name: "a note that is none",
    who: "operator",
    url: "/v1/shifts/shift/close",
    body: { counted: { "3000": 1 } },
    status: 400,
  },
  {
    name: "a negative piece",
    who: "operator",
    url: "/v1/shifts/shift/close",
    body: { counted: { "1000": -1 } },
    status: 400,
  },
  {
    name: "notes and a sum that differ",
    who: "operator",
    url: "/v1/shifts/shift/close",
    body: { counted: { "1000": 1 }, counted_idr: 999 },
    status: 422,
  },
  {
    name: "a terminal elsewhere",
    who: "operator",
    url: "/v1/shifts/shift/close",
    body: { counted_idr: 1, nodes: ["node-9"] },
    status: 422,
  },
  {
    name: "seventeen terminals",
    who: "operator",
    url: "/v1/shifts/shift/close",
    body: { counted_idr: 1, nodes: Array.from({ length: 17 }, (_, n) => `n-${n}`) },
    status: 400,
  },
  {
    name: "a confirmation before the count",
    who: "admin",
    url: "/v1/shifts/shift/confirm",
    body: {},
    status: 409,
  },
  {
    name: "a confirmation by an operator",
    who: "operator",
    url: "/v1/shifts/shift/confirm",
    body: {},
    status: 403,
  },
  {
    name: "an explanation without a reason",
    who: "operator",
    url: "/v1/shifts/shift/explain",
    body: { reason: "" },
    status: 400,
  },
  {
    name: "an explanation before the count",
    who: "operator",
    url: "/v1/shifts/shift/explain",
    body: { reason: "because" },
    status: 409,
  },
  {
    name: "a movement of nothing",
    who: "staff",
    url: "/v1/cash-movements",
    body: { kind: "vault_to_bank", amount_idr: 0, waste_bank: "wb-1", reason: "because" },
    status: 400,
  },
  {
    name: "a movement without a reason",
    who: "staff",
    url: "/v1/cash-movements",
    body: { kind: "vault_to_bank", amount_idr: 1, waste_bank: "wb-1" },
    status: 400,
  },
  {
    name: "a kind that is none",
    who: "staff",
    url: "/v1/cash-movements",
    body: { kind: "gift", amount_idr: 1, waste_bank: "wb-1", reason: "because" },
    status: 400,
  },
  {
    name: "a provider that is none",
    who: "staff",
    url: "/v1/cash-movements",
    body: { kind: "bank_to_provider", provider: "x", amount_idr: 1, waste_bank: "wb-1", reason: "because" },
    status: 400,
  },
  {
    name: "capital without a place",
    who: "staff",
    url: "/v1/cash-movements",
    body: { kind: "capital_in", amount_idr: 1, waste_bank: "wb-1", reason: "because" },
    status: 422,
  },
  {
    name: "a movement of an unknown waste bank",
    who: "staff",
    url: "/v1/cash-movements",
    body: { kind: "capital_in", place: "cash_vault", amount_idr: 1, waste_bank: "wb-9", reason: "because" },
    status: 422,
  },
  {
    name: "a request of an unknown waste bank",
    who: "staff",
    url: "/v1/cash-movements",
    body: { kind: "vault_over", amount_idr: 1, waste_bank: "wb-9", reason: "because" },
    status: 422,
  },
  { name: "a movement by an operator", who: "operator", url: "/v1/cash-movements", body: {}, status: 403 },
  {
    name: "an unknown movement",
    who: "admin",
    url: `/v1/cash-movements/${newEventId()}/void`,
    body: { reason: "because" },
    status: 404,
  },
  {
    name: "an expense of nothing",
    who: "staff",
    url: "/v1/expenses",
    body: { ...expense, amount_idr: 0 },
    status: 400,
  },
  {
    name: "a category that is no name",
    who: "staff",
    url: "/v1/expenses",
    body: { ...expense, category: "Uang Makan" },
    status: 400,
  },
  {
    name: "an expense of the future",
    who: "staff",
    url: "/v1/expenses",
    body: { ...expense, from: "cash_vault", occurred_at: "2099-01-01" },
    status: 422,
  },
  {
    name: "an expense on a day that is none",
    who: "staff",
    url: "/v1/expenses",
    body: { ...expense, from: "cash_vault", occurred_at: "2026-02-30" },
    status: 400,
  },
  {
    name: "an expense of an unknown waste bank",
    who: "staff",
    url: "/v1/expenses",
    body: { ...expense, from: "cash_vault", waste_bank: "wb-9" },
    status: 422,
  },
  {
    name: "an unknown expense",
    who: "staff",
    url: `/v1/expenses/${newEventId()}/void`,
    body: { reason: "because" },
    status: 404,
  },
];

test("bad input is refused with a reason, and moves nothing", async () => {
  const shift = await openShift();
  const before = (await api.call("admin", "GET", "/v1/solvency")).json();
  for (const { name, who, url, body, status } of BAD_INPUT) {
    const answer = await refused(who, url.replace("/shift/", `/${shift.id}/`), body);
    expect(answer, name).toMatchObject({ status, detail: expect.stringMatching(/\w{3}/) });
  }
  expect((await api.call("admin", "GET", "/v1/solvency")).json()).toEqual(before);
});
