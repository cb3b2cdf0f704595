import { newEventId } from "@jumpa-madu/contracts/ids";
import { accountId, gramsLedger, openAccounts } from "@jumpa-madu/store/account";
import { catalogueOf } from "@jumpa-madu/store/catalogue-of-waste-bank";
import { postJournal } from "@jumpa-madu/store/post-journal";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { startTestApi, type TestApi, type Who } from "../testing/api-fixture.ts";
import { createDatabase } from "../testing/postgres-database.ts";

describe.each(["sqlite", "postgres"] as const)("stock and sale on %s", (engine) => {
  let api: TestApi;

  beforeAll(async () => {
    const databaseUrl =
      engine === "postgres" ? await createDatabase(inject("postgresUrl"), "api_stock") : undefined;
    api = await startTestApi(databaseUrl === undefined ? {} : { databaseUrl });
    await post("admin", "/v1/off-takers", { id: "lapak", name: "Lapak Jaya" });
    await put("staff", "/v1/waste-banks/wb-1", bank({ parent: "wb-2" }));
    await fill("wb-1", "pet", 100_000, 200_000);
  });
  afterAll(() => api.close());

  const post = (who: Who, url: string, body?: unknown) => api.call(who, "POST", url, { body });
  const put = (who: Who, url: string, body: unknown) => api.call(who, "PUT", url, { body });
  const get = async (who: Who, url: string) => {
    const answer = await api.call(who, "GET", url);
    expect(answer.statusCode, answer.body).toBe(200);
    return answer.json();
  };
  const bank = (rest: object) => ({ name: "Bank", zone: "zone-1", lat: 3.55, lon: 98.87, ...rest });
  const now = () => new Date(api.clock.nowMs).toISOString();
  const sale = (rest: object = {}, line: object = {}) => ({
    id: newEventId(),
    waste_bank: "wb-1",
    buyer: { off_taker: "lapak" },
    occurred_at: now(),
    lines: [{ material: "pet", out_g: 1_000, accepted_g: 980, price_idr_per_kg: 5_000, ...line }],
    ...rest,
  });
  const count = (rest: object = {}) => ({
    id: newEventId(),
    waste_bank: "wb-1",
    material: "kardus",
    counted_g: 0,
    reason: "opname",
    occurred_at: now(),
    ...rest,
  });

  /** Puts waste into a store as a purchase does. */
  async function fill(wasteBank: string, material: string, grams: number, worthIdr: number): Promise<void> {
    const stock = { kind: "stock", ledger: gramsLedger(material), wasteBank } as const;
    const intake = { ...stock, kind: "intake" } as const;
    const value = { kind: "stock_value", ledger: "IDR", wasteBank, part: material } as const;
    const capital = { kind: "capital", ledger: "IDR", wasteBank } as const;
    await openAccounts(api.store.db, [stock, intake, value, capital], api.clock.nowMs);
    const moves = [
      [stock, intake, grams],
      [value, capital, worthIdr],
    ] as const;
    const outcome = await postJournal(api.store, {
      idempotencyKey: newEventId(),
      kind: "test",
      actor: "user:test",
      occurredMs: api.clock.nowMs,
      transfers: moves.map(([debit, credit, amount]) => ({
        phase: "post",
        debit: accountId(debit),
        credit: accountId(credit),
        amount,
      })),
    });
    expect(outcome.kind).toBe("posted");
  }

  test("an operator sells of the own store, and staff void it", async () => {
    const body = sale({ paid: { into: "cash_vault", amount_idr: 900 } });
    const answer = await post("operator", "/v1/sales", body);
    expect(answer.statusCode, answer.body).toBe(201);
    expect(answer.json()).toMatchObject({
      id: body.id,
      buyer: { off_taker: "lapak", waste_bank: null },
      total_idr: 4_900,
      owed_idr: 4_000,
      lines: [{ shrinkage_g: 20, cost_idr: 1_960, loss_idr: 40, members_idr: 0 }],
      payments: [{ amount_idr: 900, from: null }],
      voided: null,
    });
    expect((await post("operator", "/v1/sales", body)).statusCode).toBe(200);
    const other = await post("operator", "/v1/sales", { ...body, waste_bank: "wb-1", paid: undefined });
    expect([other.statusCode, other.json().code]).toEqual([409, "conflict"]);
    expect(
      (await post("operator", `/v1/sales/${body.id}/void`, { id: newEventId(), reason: "salah" })).statusCode,
    ).toBe(403);
    const voided = await post("staff", `/v1/sales/${body.id}/void`, {
      id: newEventId(),
      reason: "salah timbang",
    });
    expect([voided.statusCode, voided.json().owed_idr]).toEqual([201, 0]);
    expect(voided.json().voided).toMatchObject({ reason: "salah timbang" });
    const again = await post("admin", `/v1/sales/${body.id}/void`, { id: newEventId(), reason: "lagi" });
    expect(again.statusCode).toBe(409);
    const none = await post("admin", `/v1/sales/${newEventId()}/void`, { id: newEventId(), reason: "lagi" });
    expect(none.statusCode).toBe(404);
  });

  test("whoever posted a sale does not void it", async () => {
    const body = sale();
    await post("staff", "/v1/sales", body);
    const answer = await post("staff", `/v1/sales/${body.id}/void`, { id: newEventId(), reason: "salah" });
    expect([answer.statusCode, answer.json().code]).toEqual([422, "refused"]);
    expect(answer.json().detail).toMatch(/somebody else/);
  });

  test("a buyer pays in parts, and no more than is owed", async () => {
    const body = sale();
    await post("operator", "/v1/sales", body);
    const payment = { id: newEventId(), sale: body.id, into: "bank_account", amount_idr: 4_000 };
    expect((await post("operator", "/v1/sale-payments", payment)).json()).toMatchObject({ owed_idr: 900 });
    expect((await post("operator", "/v1/sale-payments", payment)).statusCode).toBe(200);
    const more = await post("operator", "/v1/sale-payments", {
      ...payment,
      id: newEventId(),
      amount_idr: 901,
    });
    expect([more.statusCode, more.json().detail]).toEqual([
      422,
      `of sale ${body.id} Rp 900 are still owed, not Rp 901`,
    ]);
    const none = await post("operator", "/v1/sale-payments", {
      ...payment,
      id: newEventId(),
      sale: newEventId(),
    });
    expect(none.statusCode).toBe(404);
  });

  test("waste goes to the parent at its price, whose money staff alone move", async () => {
    await post("staff", "/v1/prices", { material: "pet", waste_bank: "wb-2", price_idr_per_kg: 3_000 });
    api.clock.nowMs += 1;
    const { price_idr_per_kg: _, ...line } = sale().lines[0] as { price_idr_per_kg: number };
    const body = { ...sale({ buyer: { waste_bank: "wb-2" } }), lines: [line] };
    const paid = { into: "cash_vault", from: "cash_vault", amount_idr: 1 };
    expect((await post("operator", "/v1/sales", { ...body, paid })).statusCode).toBe(403);
    expect((await post("operator", "/v1/sales", body)).json()).toMatchObject({ total_idr: 2_940 });
    const payment = { id: newEventId(), sale: body.id, ...paid };
    expect((await post("operator", "/v1/sale-payments", payment)).statusCode).toBe(403);
    const poor = await post("staff", "/v1/sale-payments", payment);
    expect([poor.statusCode, poor.json().detail]).toEqual([409, "the cash of wb-2 holds less than that"]);
    const { items } = await get("staff", "/v1/stock?waste_bank=wb-2");
    expect(items).toEqual([
      { material: "pet", owned_g: 980, consigned_g: 0, value_idr: 2_940, average_idr_per_kg: 3_000 },
    ]);
  });

  test("a large difference of a count waits for staff, a small one does not", async () => {
    await fill("wb-1", "kardus", 100_000, 150_000);
    const small = await post("operator", "/v1/stock-counts", count({ counted_g: 99_000 }));
    expect(small.json()).toMatchObject({ state: "posted", difference_g: -1_000, value_idr: -1_500 });
    const body = count({ counted_g: 80_000 });
    expect((await post("operator", "/v1/stock-counts", body)).json()).toMatchObject({
      state: "waiting",
      value_idr: null,
    });
    expect((await post("operator", "/v1/stock-counts", body)).statusCode).toBe(200);
    expect((await post("operator", "/v1/stock-counts", count())).statusCode).toBe(409);
    expect((await post("operator", `/v1/stock-counts/${body.id}/approve`)).statusCode).toBe(403);
    const waiting = await get("staff", "/v1/stock-counts?waste_bank=wb-1&state=waiting");
    expect(waiting.items).toHaveLength(1);
    const approved = await post("staff", `/v1/stock-counts/${body.id}/approve`);
    expect(approved.json()).toMatchObject({ state: "posted", difference_g: -19_000, value_idr: -28_500 });
    expect((await post("admin", `/v1/stock-counts/${body.id}/dismiss`)).statusCode).toBe(409);
    expect((await post("admin", `/v1/stock-counts/${newEventId()}/dismiss`)).statusCode).toBe(404);
  });

  test("mass balance and margin come as JSON and as CSV, an operator's own without asking", async () => {
    const day = new Date(api.clock.nowMs + 7 * 3_600_000).toISOString().slice(0, 10);
    const asked = `from=${day}&to=${day}`;
    const balance = await get("operator", `/v1/reports/mass-balance?${asked}`);
    expect(balance).toMatchObject({ waste_bank: "wb-1", from: day, to: day });
    for (const row of balance.materials) {
      const left = row.sold_g + row.delivered_g + row.shrinkage_g + row.rejects_g + row.closing_g;
      expect(row.opening_g + row.intake_g + row.received_g + row.surplus_g).toBe(left);
      expect(row.difference_g).toBe(0);
    }
    expect(balance.alarms).toContainEqual(
      expect.objectContaining({ code: "count_difference", material: "kardus" }),
    );
    const margin = await get("operator", `/v1/reports/margin?${asked}`);
    for (const row of margin.materials)
      expect(row.margin_idr).toBe(row.sales_idr - row.cost_idr - row.members_idr - row.shrinkage_idr);
    const csv = await api.call("staff", "GET", `/v1/reports/margin?${asked}&waste_bank=wb-1&format=csv`);
    const [head, ...rows] = csv.body.trim().split("\r\n");
    expect(head).toMatch(/^material,sold_g,sales_idr,cost_idr,members_idr,shrinkage_idr,margin_idr/);
    expect(rows).toHaveLength(margin.materials.length);
    const sales = await api.call("operator", "GET", "/v1/sales?format=csv");
    expect(sales.body.split("\r\n")[0]).toMatch(/^id,waste_bank,buyer_off_taker,buyer_waste_bank,/);
    expect(
      (await api.call("operator", "GET", `/v1/reports/margin?${asked}&waste_bank=wb-2`)).statusCode,
    ).toBe(403);
    expect((await api.call("operator", "GET", "/v1/stock?waste_bank=wb-2")).statusCode).toBe(403);
  });

  test("a material keeps its id while its words change, and leaves the catalogue when it is retired", async () => {
    await post("staff", "/v1/materials", {
      id: "kaleng",
      name: "Kaleng",
      category: "logam",
      condition: "kering",
      sipsn_class: "LG",
    });
    const words = { name: "Kaleng aluminium", category: "logam", condition: "", sipsn_class: null };
    const changed = await put("staff", "/v1/materials/kaleng", words);
    expect(changed.json()).toEqual({ id: "kaleng", ...words, retired_at: null });
    expect((await put("staff", "/v1/materials/none", words)).statusCode).toBe(404);
    const offered = async () => {
      const { materials } = await catalogueOf(
        { db: api.store.db, vault: api.vault },
        { node: "node-1", wasteBank: "wb-1" },
        api.clock.nowMs,
      );
      return materials.find(({ id }) => id === "kaleng");
    };
    expect(await offered()).toEqual({
      id: "kaleng",
      name: "Kaleng aluminium",
      category: "logam",
      condition: "",
    });
    expect((await post("staff", "/v1/materials/kaleng/retire")).json().retired_at).toBe(now());
    expect(await offered()).toBeUndefined();
    expect((await post("staff", "/v1/materials/kaleng/restore")).json().retired_at).toBeNull();
    expect((await post("staff", "/v1/materials/none/retire")).statusCode).toBe(404);
  });

  test("a waste bank has a parent of one level, never itself and never in a circle", async () => {
    const add = (id: string, parent: string | null) =>
      post("staff", "/v1/waste-banks", { id, ...bank({ parent }) });
    expect((await add("wb-3", "wb-2")).json().parent).toBe("wb-2");
    const refusals = [
      [await put("staff", "/v1/waste-banks/wb-3", bank({ parent: "wb-3" })), "its own parent"],
      [await put("staff", "/v1/waste-banks/wb-2", bank({ parent: "wb-3" })), "has the parent wb-2 itself"],
      [await add("wb-4", "wb-3"), "has the parent wb-2 itself"],
      [await add("wb-4", "none"), "there is no waste bank none"],
    ] as const;
    for (const [answer, words] of refusals) {
      expect(answer.statusCode).toBe(422);
      expect(answer.json().detail).toContain(words);
    }
    await add("wb-5", null);
    const above = await put("staff", "/v1/waste-banks/wb-2", bank({ parent: "wb-5" }));
    expect(above.json().detail).toContain("give its units another parent first");
    expect((await put("staff", "/v1/waste-banks/none", bank({ parent: null }))).statusCode).toBe(404);
  });

  test("terms are set for later and never for the past, and what is bought is paid in full", async () => {
    const terms = { waste_bank: "wb-2", settlement: "share_of_sale", share_bps: 8_500 };
    const answer = await post("staff", "/v1/terms", terms);
    expect(answer.statusCode, answer.body).toBe(201);
    expect(answer.json()).toMatchObject({ ...terms, member_kind: null });
    expect((await post("staff", "/v1/terms", terms)).statusCode).toBe(409);
    const past = await post("staff", "/v1/terms", { ...terms, valid_from: "2025-01-01" });
    expect(past.json().detail).toMatch(/cannot begin in the past/);
    const kept = await post("staff", "/v1/terms", { settlement: "purchase", share_bps: 8_500 });
    expect(kept.json().detail).toMatch(/lists prices that are lower/);
    expect((await post("staff", "/v1/terms", { ...terms, waste_bank: "none" })).statusCode).toBe(422);
    expect((await post("operator", "/v1/terms", terms)).statusCode).toBe(403);
    expect((await get("operator", `/v1/terms?waste_bank=wb-2&at=${api.clock.nowMs}`)).items).toHaveLength(1);
  });

  test("an own price is ended so that the parent's holds again", async () => {
    const own = { material: "pet", waste_bank: "wb-1" };
    const none = await post("staff", "/v1/prices", { ...own, price_idr_per_kg: null });
    expect(none.json().detail).toMatch(/no own price/);
    await post("staff", "/v1/prices", { ...own, price_idr_per_kg: 2_500 });
    api.clock.nowMs += 1;
    const ended = await post("staff", "/v1/prices", { ...own, price_idr_per_kg: null });
    expect([ended.statusCode, ended.json().price_idr_per_kg]).toEqual([201, null]);
  });

  const bad: [string, string, () => unknown, number][] = [
    ["grams below zero", "/v1/sales", () => sale({}, { out_g: -1 }), 400],
    ["no gram", "/v1/sales", () => sale({}, { out_g: 0 }), 400],
    ["half a gram", "/v1/sales", () => sale({}, { accepted_g: 1.5 }), 400],
    ["grams beyond any scale", "/v1/sales", () => sale({}, { out_g: 100_000_001 }), 400],
    ["a price beyond the range", "/v1/sales", () => sale({}, { price_idr_per_kg: 10_000_001 }), 400],
    ["a price as text", "/v1/sales", () => sale({}, { price_idr_per_kg: "5000" }), 400],
    ["rejects that vanish", "/v1/sales", () => sale({}, { rejected_g: 1, rejects: "vanished" }), 400],
    ["no lines", "/v1/sales", () => sale({ lines: [] }), 400],
    ["51 lines", "/v1/sales", () => sale({ lines: Array.from({ length: 51 }, () => sale().lines[0]) }), 400],
    ["two buyers", "/v1/sales", () => sale({ buyer: { off_taker: "lapak", waste_bank: "wb-2" } }), 400],
    ["no buyer", "/v1/sales", () => sale({ buyer: {} }), 400],
    ["an id that is no event's", "/v1/sales", () => sale({ id: "1" }), 400],
    ["a moment that is none", "/v1/sales", () => sale({ occurred_at: "2026-02-30T00:00:00Z" }), 400],
    ["tomorrow", "/v1/sales", () => sale({ occurred_at: api.clock.nowMs + 86_400_000 }), 422],
    ["a field that nobody knows", "/v1/sales", () => sale({ discount: 1 }), 400],
    ["more accepted than went out", "/v1/sales", () => sale({}, { accepted_g: 1_001 }), 422],
    ["more than there is", "/v1/sales", () => sale({}, { out_g: 90_000_000, accepted_g: 1 }), 422],
    ["a foreign unit", "/v1/sales", () => sale({ waste_bank: "wb-2" }), 403],
    ["an unknown off-taker", "/v1/sales", () => sale({ buyer: { off_taker: "none" } }), 422],
    ["an unknown material", "/v1/sales", () => sale({}, { material: "none" }), 422],
    ["nothing paid", "/v1/sales", () => sale({ paid: { into: "cash_vault", amount_idr: 0 } }), 400],
    ["paid into a drawer", "/v1/sales", () => sale({ paid: { into: "cash_drawer", amount_idr: 1 } }), 400],
    [
      "a payment beyond 10^12",
      "/v1/sale-payments",
      () => ({ id: newEventId(), sale: newEventId(), into: "cash_vault", amount_idr: 1_000_000_000_001 }),
      400,
    ],
    ["a count below zero", "/v1/stock-counts", () => count({ counted_g: -1 }), 400],
    ["a count without reason", "/v1/stock-counts", () => count({ reason: "" }), 400],
    ["a count of a foreign unit", "/v1/stock-counts", () => count({ waste_bank: "wb-2" }), 403],
    ["a count of an unknown material", "/v1/stock-counts", () => count({ material: "none" }), 422],
  ];
  test.each(bad)("%s is refused at %s", async (_, url, body, status) => {
    const answer = await post("operator", url, body());
    expect(answer.statusCode, answer.body).toBe(status);
    expect(answer.json().detail.length).toBeGreaterThan(10);
  });

  test.each([
    ["a share of nothing", "/v1/terms", { settlement: "share_of_sale", share_bps: 0 }, 400],
    ["a share beyond all", "/v1/terms", { settlement: "share_of_sale", share_bps: 10_001 }, 400],
    [
      "a class that SIPSN does not know",
      "/v1/materials",
      { id: "x", name: "X", category: "x", sipsn_class: "XX" },
      400,
    ],
    [
      "a condition of control characters",
      "/v1/materials",
      { id: "x", name: "X", category: "x", condition: "a\u0007" },
      400,
    ],
    ["an off-taker that exists", "/v1/off-takers", { id: "lapak", name: "Lapak" }, 409],
    ["a general price without amount", "/v1/prices", { material: "pet", price_idr_per_kg: null }, 422],
  ])("%s is refused", async (_, url, body, status) => {
    expect((await post("staff", url, body)).statusCode).toBe(status);
  });

  test.each([
    ["a report without waste bank", "/v1/reports/margin?from=2026-01-01&to=2026-01-02", 400],
    [
      "a report of a day that is none",
      "/v1/reports/margin?waste_bank=wb-1&from=2026-02-30&to=2026-03-01",
      400,
    ],
    [
      "a report that ends before it begins",
      "/v1/reports/mass-balance?waste_bank=wb-1&from=2026-02-02&to=2026-02-01",
      400,
    ],
    ["stock of nowhere", "/v1/stock", 400],
    ["a sale that is none", `/v1/sales/${newEventId()}`, 404],
  ])("%s is refused", async (_, url, status) => {
    expect((await api.call("staff", "GET", url)).statusCode).toBe(status);
  });
});
