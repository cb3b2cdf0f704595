import { newEventId } from "@jumpa-madu/contracts/ids";
import { quarantine } from "@jumpa-madu/store/quarantine";
import { beginSession } from "@jumpa-madu/store/sessions";
import { insertUser } from "@jumpa-madu/store/users";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { startTestApi, type TestApi, type Who } from "../testing/api-fixture.ts";
import { openCounters, post, sampleDeposit } from "../testing/sample-deposit.ts";

const MINUTE_MS = 60_000;

let api: TestApi;
let counter: Awaited<ReturnType<typeof openCounters>>;
beforeAll(async () => {
  api = await startTestApi();
  counter = await openCounters(api);
});
afterAll(() => api.close());
// Far from each other, so that no deposit looks like the one of another test.
beforeEach(() => {
  api.clock.nowMs += 12 * MINUTE_MS;
});

const scaled = { scale: "scale-1", raw: "53542c", stable: true };
const bodyOf = (more: object = {}) => ({
  id: newEventId(),
  waste_bank: "wb-1",
  member: api.members.mine,
  lines: [{ material: "pet", gross_g: 1_100, tare_g: 100, evidence: scaled }],
  ...more,
});
const take = (who: Who, body: object) => api.call(who, "POST", "/v1/deposits", { body });
async function taken(who: Who, more: object = {}) {
  const answer = await take(who, bodyOf(more));
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json();
}

describe("a deposit at the counter", () => {
  test("is answered with what is printed, and a repeat with the same", async () => {
    const body = bodyOf({ expected_total_idr: 3_500 });
    const answer = await take("operator", body);
    expect(answer.statusCode, answer.body).toBe(201);
    expect(answer.json()).toMatchObject({
      id: body.id,
      source: "counter",
      node: null,
      purpose: "save",
      settlement: "purchase",
      receipt_no: "WB-1-C1-000001",
      total_idr: 3_500,
      voided: null,
      lines: [{ material: "pet", material_name: "Botol PET bersih", net_g: 1_000, amount_idr: 3_500 }],
      receipt: { waste_bank_name: "Bank Sampah 1", member_number: "WB-1-0001", balance_idr: 3_500 },
    });
    const repeat = await take("operator", body);
    expect(repeat.statusCode).toBe(200);
    expect(repeat.json()).toEqual(answer.json());
    const other = await take("operator", { ...body, purpose: "donate" });
    expect([other.statusCode, other.json().code]).toEqual([409, "conflict"]);
    for (const who of ["admin", "staff", "operator", "member"] as const) {
      const read = await api.call(who, "GET", `/v1/deposits/${body.id}`);
      expect([read.statusCode, read.json().receipt_no], who).toEqual([200, "WB-1-C1-000001"]);
    }
  });

  test("is shown to its own member and waste bank alone", async () => {
    const { id } = await taken("staff", {
      waste_bank: "wb-2",
      member: api.members.other,
      lines: [{ ...bodyOf().lines[0], evidence: { ...scaled, scale: "scale-2" } }],
    });
    expect((await api.call("member", "GET", `/v1/deposits/${id}`)).statusCode).toBe(404);
    expect((await api.call("operator", "GET", `/v1/deposits/${id}`)).statusCode).toBe(403);
    expect((await api.call("collector", "GET", `/v1/deposits/${id}`)).statusCode).toBe(403);
    expect((await api.call("admin", "GET", `/v1/deposits/${newEventId()}`)).statusCode).toBe(404);
  });

  test("says what another sum would be, and that it looks like the last one", async () => {
    const sum = await take("operator", bodyOf({ expected_total_idr: 1 }));
    expect([sum.statusCode, sum.json().code]).toEqual([409, "conflict"]);
    expect(sum.json().faults).toEqual([{ path: "/lines/0/amount_idr", message: "3500" }]);
    await taken("operator");
    const again = await take("operator", bodyOf());
    expect([again.statusCode, again.json().code]).toEqual([409, "conflict"]);
    expect(again.json().detail).toContain("confirm_duplicate: true");
    expect(again.json().faults).toMatchObject([{ path: "/confirm_duplicate" }]);
    await taken("operator", { confirm_duplicate: true });
  });

  test("pays cash from an open shift alone", async () => {
    const answer = await take("operator", bodyOf({ purpose: "cash" }));
    expect([answer.statusCode, answer.json().detail]).toEqual([
      409,
      expect.stringContaining("open a shift first"),
    ]);
  });

  test("lists those with typed weights", async () => {
    const { id } = await taken("operator", {
      lines: [{ material: "pet", net_g: 700, evidence: { typed: { reason: "timbangan rusak" } } }],
    });
    const list = await api.call("staff", "GET", "/v1/deposits?typed=true");
    expect(list.json().items.map((one: { id: string }) => one.id)).toEqual([id]);
    expect(list.json().items[0].lines).toMatchObject([
      { typed: true, scale: null, typed_reason: "timbangan rusak" },
    ]);
    const csv = await api.call("staff", "GET", "/v1/deposits?format=csv&typed=true");
    expect(csv.body.split("\r\n")[0]).toContain("purpose,settlement,share_bps,product");
  });

  test("is one row a line in the CSV, with member's number, material's name and the day at the counter", async () => {
    const line = bodyOf().lines[0];
    const { id } = await taken("operator", { lines: [line, { ...line, gross_g: 2_100 }] });
    const { headers, body } = await api.call("staff", "GET", "/v1/deposits?format=csv&limit=1");
    expect(headers["content-type"]).toContain("text/csv");
    const [names = [], ...rows] = body.split("\r\n").map((row) => row.split(","));
    const read = rows.slice(0, -1).map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])));
    const taking = new Date(api.clock.nowMs);
    const [day, time] = taking.toLocaleString("sv-SE", { timeZone: "Asia/Jakarta" }).split(" ");
    const whole = {
      id,
      day,
      time,
      occurred_at: taking.toISOString(),
      member_number: "WB-1-0001",
      material: "pet",
      material_name: "Botol PET bersih",
      deposit_total_idr: "10500",
    };
    expect(read).toEqual([
      expect.objectContaining({ ...whole, line: "1", net_g: "1000", amount_idr: "3500" }),
      expect.objectContaining({ ...whole, line: "2", net_g: "2000", amount_idr: "7000" }),
    ]);
  });

  test.each([
    ["a typed weight with zeros too many", { net_g: 100_000_000 }, "100000 kg"],
    ["a typed weight of more than 200 kg", { net_g: 200_001 }, "200.001 kg"],
    ["waste worth more than two million", { gross_g: 600_100, tare_g: 100, evidence: scaled }, "Rp 2100000"],
  ])("asks about %s, and shows staff one that was confirmed", async (_what, weight, figures) => {
    const typed = { evidence: { typed: { reason: "timbangan rusak" } } };
    const body = bodyOf({ lines: [{ material: "pet", ...typed, ...weight }] });
    if ("gross_g" in weight) {
      await api.store.db
        .updateTable("scales")
        .set({ capacity_g: 1_000_000 })
        .where("id", "=", "scale-1")
        .execute();
    }
    const asked = await take("operator", body);
    expect([asked.statusCode, asked.json().code]).toEqual([409, "conflict"]);
    expect(asked.json().detail).toContain(figures);
    expect(asked.json().faults).toMatchObject([{ path: "/confirm_unusual" }]);
    expect((await take("operator", { ...body, confirm_unusual: true })).statusCode).toBe(201);
    const open = await api.call("staff", "GET", "/v1/deposit-differences?state=open");
    const flag = open.json().items.find(({ deposit }: { deposit: string }) => deposit === body.id);
    expect(flag).toMatchObject({ line: -1, reason: expect.stringContaining(figures) });
    expect(flag.printed_idr).toBe(flag.computed_idr);
    const url = `/v1/deposit-differences/${flag.id}/settle`;
    expect((await api.call("staff", "POST", url, { body: { note: "salah ketik" } })).statusCode).toBe(200);
  });

  test("takes 200 kg that were typed without a question", async () => {
    const typed = { evidence: { typed: { reason: "timbangan rusak" } } };
    await taken("operator", { lines: [{ material: "pet", net_g: 200_000, ...typed }] });
  });

  const line = { material: "pet", evidence: scaled };
  test.each<[string, Who, object, number]>([
    ["a weight that is missing", "operator", { lines: [line] }, 400],
    ["gross without tare", "operator", { lines: [{ ...line, gross_g: 5 }] }, 400],
    ["a tare as heavy as the gross", "operator", { lines: [{ ...line, gross_g: 5, tare_g: 5 }] }, 400],
    ["a net that does not fit", "operator", { lines: [{ ...line, net_g: 5, gross_g: 7, tare_g: 1 }] }, 400],
    ["no grams", "operator", { lines: [{ ...line, net_g: 0 }] }, 400],
    ["half a gram", "operator", { lines: [{ ...line, net_g: 0.5 }] }, 400],
    ["more than a weighbridge carries", "operator", { lines: [{ ...line, net_g: 100_000_001 }] }, 400],
    ["no lines", "operator", { lines: [] }, 400],
    [
      "evidence of both kinds",
      "operator",
      { lines: [{ ...line, net_g: 1, evidence: { ...scaled, typed: { reason: "abc" } } }] },
      400,
    ],
    ["no evidence", "operator", { lines: [{ material: "pet", net_g: 1 }] }, 400],
    [
      "a reason with a line break",
      "operator",
      { lines: [{ material: "pet", net_g: 1, evidence: { typed: { reason: "a\nb" } } }] },
      400,
    ],
    [
      "evidence of a line, which corrections have",
      "operator",
      { lines: [{ material: "pet", evidence: { of_line: 0 } }] },
      400,
    ],
    ["an id of another version", "operator", { id: crypto.randomUUID() }, 400],
    ["a purpose that nobody knows", "operator", { purpose: "gold" }, 400],
    ["an unknown field", "operator", { price: 1 }, 400],
    ["a negative expectation", "operator", { expected_total_idr: -1 }, 400],
    ["a day that is none", "collector", { source: "door", occurred_at: "2026-02-30" }, 400],
    ["a visit at the counter", "operator", { visit: "v-1" }, 400],
    ["an unknown member", "operator", { member: newEventId() }, 422],
    [
      "an unknown scale",
      "operator",
      { lines: [{ ...line, net_g: 1, evidence: { ...scaled, scale: "none" } }] },
      422,
    ],
    [
      "a scale of another waste bank",
      "operator",
      { lines: [{ ...line, net_g: 1, evidence: { ...scaled, scale: "scale-2" } }] },
      422,
    ],
    ["an unknown material", "operator", { lines: [{ ...line, net_g: 1, material: "gold" }] }, 422],
    [
      "a weight not at rest",
      "operator",
      { lines: [{ ...line, net_g: 1, evidence: { ...scaled, stable: false } }] },
      422,
    ],
    ["an unknown product", "operator", { product: "none" }, 422],
    ["a time at the counter", "operator", { occurred_at: 1_764_000_000_000 }, 422],
    ["a foreign counter", "operator", { waste_bank: "wb-2" }, 403],
    ["an operator at a door", "operator", { source: "door" }, 403],
    ["a collector at the counter", "collector", {}, 403],
    ["an operator who honours", "operator", { honour: true }, 403],
    ["a member", "member", {}, 403],
    ["nobody", null, {}, 401],
  ])("refuses %s", async (_what, who, more, status) => {
    const answer = await take(who, bodyOf(more));
    expect(answer.statusCode, answer.body).toBe(status);
    expect(answer.headers["content-type"]).toMatch(/^application\/problem\+json/);
  });
});

describe("a deposit at the door", () => {
  const printed = (amount_idr: number, price_idr_per_kg = amount_idr) => ({
    source: "door",
    visit: "visit:7",
    occurred_at: api.clock.nowMs - MINUTE_MS,
    lines: [{ ...bodyOf().lines[0], printed: { price_idr_per_kg, amount_idr } }],
  });

  test("is taken by a collector at any waste bank, or at the own one", async () => {
    expect(await taken("collector", { source: "door" })).toMatchObject({
      source: "door",
      receipt_no: "WB-1-D1-000001",
    });
    const user = {
      username: "bound",
      passwordHash: "-",
      role: "collector",
      wasteBank: "wb-2",
      member: null,
    } as const;
    const bound = await insertUser(api.store.db, user, Date.now());
    const { token } = await beginSession(api.store.db, bound.id, Date.now());
    const headers = { authorization: `Bearer ${token}` };
    const answer = await api.app.inject({
      method: "POST",
      url: "/v1/deposits",
      headers,
      payload: bodyOf({ source: "door" }),
    });
    expect(answer.statusCode, answer.body).toBe(403);
  });

  /** A price that held from two days ago until the one in force began. */
  const heldBefore = (priceIdrPerKg: number) =>
    api.store.db
      .insertInto("prices")
      .values({
        id: newEventId(),
        material_id: "pet",
        waste_bank_id: null,
        price_idr_per_kg: priceIdrPerKg,
        valid_from_ms: api.clock.nowMs - 2 * 86_400_000 - priceIdrPerKg,
        created_ms: 0,
        created_by: "test",
      })
      .execute();

  test("is honoured as printed, and staff settle the difference", async () => {
    await heldBefore(3_600);
    const { id } = await taken("collector", printed(3_600));
    const list = await api.call("staff", "GET", "/v1/deposit-differences?state=open");
    const [difference] = list.json().items;
    expect(difference).toMatchObject({
      deposit: id,
      line: 0,
      printed_idr: 3_600,
      computed_idr: 3_500,
      settled_at: null,
    });
    const csv = await api.call("admin", "GET", "/v1/deposit-differences?format=csv");
    expect(csv.body).toContain(id);
    const settle = (who: Who, note: string) =>
      api.call(who, "POST", `/v1/deposit-differences/${difference.id}/settle`, { body: { note } });
    expect((await settle("operator", "harga lama")).statusCode).toBe(403);
    expect((await settle("staff", "x")).statusCode).toBe(400);
    expect((await settle("staff", "harga lama")).json()).toMatchObject({
      note: "harga lama",
      settled_by: expect.any(String),
    });
    expect((await settle("admin", "harga lain")).statusCode).toBe(409);
    expect((await api.call("staff", "GET", "/v1/deposit-differences?state=open")).json().items).toEqual([]);
    const none = `/v1/deposit-differences/${newEventId()}/settle`;
    expect((await api.call("staff", "POST", none, { body: { note: "abc" } })).statusCode).toBe(404);
  });

  test("is left to staff when it says very much more than we compute", async () => {
    await heldBefore(9_000_000);
    const body = bodyOf(printed(9_000_000));
    expect((await take("collector", body)).statusCode).toBe(422);
    const who = { honour: true, taken_by: await collectorId(), confirm_duplicate: true };
    const honoured = { ...body, ...who };
    const answer = await take("staff", honoured);
    expect(answer.statusCode, answer.body).toBe(201);
    expect(answer.json()).toMatchObject({
      taken_by: honoured.taken_by,
      honoured_by: expect.any(String),
      total_idr: 9_000_000,
    });
    const open = await api.call("staff", "GET", "/v1/deposit-differences?state=open");
    const differences = open.json().items.filter(({ deposit }: { deposit: string }) => deposit === body.id);
    expect(differences).toHaveLength(2);
    const settle = (who: Who, id: string) =>
      api.call(who, "POST", `/v1/deposit-differences/${id}/settle`, { body: { note: "dilihat" } });
    for (const { id } of differences) {
      const own = await settle("staff", id);
      expect([own.statusCode, own.json().code]).toEqual([403, "forbidden"]);
      expect((await settle("admin", id)).statusCode).toBe(200);
    }
  });

  const collectorId = async () =>
    (await taken("collector", { source: "door", confirm_duplicate: true })).taken_by as string;

  test("is honoured by nobody who took it, and says who took it only where it is honoured", async () => {
    const body = bodyOf(printed(9_000_000));
    const { taken_by: staff } = await taken("staff");
    const own = await take("staff", { ...body, honour: true, taken_by: staff });
    expect([own.statusCode, own.json().code], own.body).toEqual([403, "forbidden"]);
    const nobody = await take("staff", { ...body, honour: true });
    expect([nobody.statusCode, nobody.json().faults[0].path]).toEqual([400, "/taken_by"]);
    const another = await take("staff", { ...body, taken_by: await collectorId() });
    expect([another.statusCode, another.json().faults[0].path]).toEqual([400, "/taken_by"]);
    expect((await api.call("staff", "GET", `/v1/deposits/${body.id}`)).statusCode).toBe(404);
  });

  test.each([
    ["a sum that is not weight by price", 99_999, 3_500, "is Rp 3500, the receipt says Rp 99999"],
    ["a price that never was", 3_601, 3_601, "has not held in the 7 days before"],
  ])("is told our figures about %s", async (_what, amountIdr, priceIdrPerKg, words) => {
    const answer = await take("collector", bodyOf(printed(amountIdr, priceIdrPerKg)));
    expect([answer.statusCode, answer.json()]).toMatchObject([
      409,
      {
        detail: expect.stringContaining(words),
        faults: [{ path: "/lines/0/amount_idr", message: "3500" }],
      },
    ]);
  });
});

describe("taking a deposit back", () => {
  const reason = "salah timbang";
  const voided = (who: Who, id: string, more = {}) =>
    api.call(who, "POST", `/v1/deposits/${id}/void`, { body: { id: newEventId(), reason, ...more } });
  const corrected = (who: Who, id: string, more = {}) =>
    api.call(who, "POST", `/v1/deposits/${id}/correction`, { body: { id: newEventId(), reason, ...more } });

  test("is a void within minutes, by the operators of the waste bank", async () => {
    const { id } = await taken("operator");
    expect((await voided("staff", id)).statusCode).toBe(403);
    expect((await voided("collector", id)).statusCode).toBe(404);
    const own = newEventId();
    const answer = await voided("operator", id, { id: own });
    expect(answer.statusCode, answer.body).toBe(201);
    expect(answer.json().voided).toMatchObject({ id: own, kind: "void", reason });
    expect((await voided("operator", id, { id: own })).statusCode).toBe(200);
    expect((await voided("operator", id)).statusCode).toBe(409);
    expect((await voided("operator", newEventId())).statusCode).toBe(404);
    expect((await voided("operator", id, { reason: "" })).statusCode).toBe(400);
  });

  test("is a correction later, by staff who have not taken it", async () => {
    const { id } = await taken("operator");
    api.clock.nowMs += 16 * MINUTE_MS;
    const late = await voided("operator", id);
    expect([late.statusCode, late.json().detail]).toEqual([409, expect.stringContaining("/correction")]);
    expect((await corrected("operator", id)).statusCode).toBe(403);
    const lines = [
      { material: "pet", evidence: { of_line: 0 } },
      { material: "pet", net_g: 5, evidence: scaled },
    ];
    const answer = await corrected("staff", id, { lines });
    expect(answer.statusCode, answer.body).toBe(201);
    expect(answer.json()).toMatchObject({
      deposit: { id, voided: { kind: "correction" } },
      replacement: {
        corrects: id,
        total_idr: 3_518,
        receipt_no: "WB-1-K1-000001",
        lines: [{ material_name: "Botol PET bersih" }, { material_name: "Botol PET bersih" }],
      },
      cash_back_idr: 0,
      cash_more_idr: 0,
    });
    expect(answer.json().replacement).toEqual(
      (await api.call("staff", "GET", `/v1/deposits/${answer.json().replacement.id}`)).json(),
    );
    const slip = { material: "pet", net_g: 200_001, evidence: { typed: { reason: "salah baca" } } };
    const asked = await corrected("admin", answer.json().replacement.id, { lines: [slip] });
    expect([asked.statusCode, asked.json().faults]).toMatchObject([409, [{ path: "/confirm_unusual" }]]);
    const replacement = answer.json().replacement.id;
    expect((await corrected("staff", replacement)).statusCode).toBe(403);
    expect((await corrected("admin", replacement, { lines: null })).statusCode).toBe(201);
    expect((await corrected("staff", id, { lines: [] })).statusCode).toBe(400);
    expect((await corrected("staff", newEventId())).statusCode).toBe(404);
    expect(
      (await corrected("staff", id, { lines: [{ material: "pet", net_g: 1, evidence: { of_line: 0 } }] }))
        .statusCode,
    ).toBe(400);
  });
});

test("who takes back a deposit that was paid in cash is told what the member must give back, or gets more", async () => {
  const as = async (who: Who, url: string, body: object) =>
    await api.call(who, "POST", url, { body: { id: newEventId(), reason: "salah timbang", ...body } });
  const capital = { kind: "capital_in", place: "cash_vault", amount_idr: 50_000, waste_bank: "wb-1" };
  expect((await as("staff", "/v1/cash-movements", { ...capital, reason: "modal" })).statusCode).toBe(201);
  const shift = { id: newEventId(), waste_bank: "wb-1", float_idr: 50_000 };
  expect((await api.call("operator", "POST", "/v1/shifts", { body: shift })).statusCode).toBe(201);
  const cash = { purpose: "cash" };
  const first = await taken("operator", cash);
  const voided = await as("operator", `/v1/deposits/${first.id}/void`, {});
  expect([voided.statusCode, voided.json().cash_back_idr]).toEqual([201, 3_500]);
  expect(voided.json().lines).toMatchObject([{ material_name: "Botol PET bersih" }]);
  const second = await taken("operator", { ...cash, confirm_duplicate: true });
  const weighing = (netG: number) => ({ lines: [{ material: "pet", net_g: netG, evidence: scaled }] });
  const less = await as("staff", `/v1/deposits/${second.id}/correction`, weighing(400));
  expect(less.json()).toMatchObject({ cash_back_idr: 2_100, cash_more_idr: 0 });
  const third = less.json().replacement.id;
  const more = await as("admin", `/v1/deposits/${third}/correction`, weighing(600));
  expect(more.json()).toMatchObject({ cash_back_idr: 0, cash_more_idr: 700 });
  const none = await as("staff", `/v1/deposits/${more.json().replacement.id}/correction`, { lines: null });
  expect(none.json()).toMatchObject({ replacement: null, cash_back_idr: 2_100, cash_more_idr: 0 });
});

test("a record in quarantine is posted again by staff, and honoured when a person says so", async () => {
  const parked = async (code: "unknown_member" | "printed_too_much", record: object) => {
    const item = { node: "node-1", topic: "t", stream: "records", epoch: "e", seq: 1, code, reason: "x" };
    await quarantine(api.store.db, [{ ...item, body: JSON.stringify(record), receivedMs: Date.now() }]);
    const list = await api.call("staff", "GET", `/v1/quarantine?code=${code}`);
    return list.json().items[0].id as string;
  };
  const repost = (who: Who, id: string, body: object = {}) =>
    api.call(who, "POST", `/v1/quarantine/${id}/repost`, { body });
  const record = sampleDeposit(counter, { member: api.members.mine, weightsG: [1_234] });
  const id = await parked("unknown_member", record);
  expect((await repost("operator", id)).statusCode).toBe(403);
  expect((await repost("staff", id)).json()).toMatchObject({
    outcome: "posted",
    kind: "deposit",
    record: record.id,
  });
  expect((await repost("staff", id)).statusCode).toBe(404);
  const [line] = sampleDeposit(counter, { member: api.members.mine, weightsG: [1] }).lines;
  const much = {
    ...record,
    id: newEventId(),
    receipt_no: "R-2",
    lines: [{ ...line, amount_idr: 5_000_000 }],
    total_idr: 5_000_000,
  };
  const other = await parked("printed_too_much", much);
  expect((await repost("staff", other)).json()).toMatchObject({
    outcome: "refused",
    code: "printed_too_much",
  });
  expect((await repost("staff", other, { honour: true })).json()).toMatchObject({ outcome: "posted" });
  await quarantine(api.store.db, [
    {
      node: null,
      topic: "t",
      stream: null,
      epoch: null,
      seq: null,
      code: "malformed",
      reason: "x",
      body: "x",
      receivedMs: Date.now(),
    },
  ]);
  const junk = (await api.call("staff", "GET", "/v1/quarantine?code=malformed")).json().items[0].id;
  expect((await repost("admin", junk)).statusCode).toBe(422);
});

test("a terminal's deposit says where it came from", async () => {
  const record = sampleDeposit(counter, { member: api.members.mine, weightsG: [2_000] });
  await post(api.store, record);
  const answer = await api.call("member", "GET", `/v1/deposits/${record.id}`);
  expect(answer.json()).toMatchObject({
    source: "terminal",
    node: "node-1",
    taken_by: null,
    purpose: "save",
  });
});
