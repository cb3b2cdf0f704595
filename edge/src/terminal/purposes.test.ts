import { newEventId } from "@jumpa-madu/contracts/ids";
import { Deposit, depositFault } from "@jumpa-madu/contracts/records";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { describe, expect, test } from "vitest";
import { priceListOf } from "../catalogue/price-list.ts";
import { itemsOf } from "../outbox/outbox-fixture.ts";
import { CATALOGUE, MEMBER, type TestTerminal, testTerminal } from "./terminal-fixture.ts";

const SHARE_BPS = 6_250;
const sharing = priceListOf({
  ...CATALOGUE,
  settlement: { mode: "share_of_sale", share_bps: SHARE_BPS },
});

/** A terminal of a waste bank that pays a share of the sale. */
const sharingTerminal = () =>
  testTerminal({ parts: { catalogue: { priceList: () => sharing, ageMs: () => 1 } } });

/** Asks for a deposit of 2.345 kg of cardboard at Rp 2,000. */
function deposit(terminal: TestTerminal, more: object) {
  terminal.scale.put(2_345);
  return terminal.post("/deposits", { member: MEMBER, lines: [{ material: "cardboard" }], ...more });
}

/** The one record of a terminal, which the cloud must be able to read. */
function recordOf({ outbox }: TestTerminal): Deposit {
  const [record] = [...itemsOf(outbox, "records").values()];
  const checked = checkerOf(Deposit).check(record);
  if (!checked.ok) throw new Error(checked.faults.join("; "));
  expect(depositFault(checked.value)).toBeNull();
  return checked.value;
}

describe("a deposit where waste is bought", () => {
  test.each(["save", "cash", "donate"] as const)(
    "to %s says so in its record and its answer",
    async (purpose) => {
      const terminal = await testTerminal();
      const answer = await deposit(terminal, { purpose });
      const said = { purpose, settlement: "purchase", total_idr: 4_690 };
      expect(answer).toMatchObject({ status: 201, body: said });
      expect(recordOf(terminal)).toMatchObject(said);
      expect(recordOf(terminal)).not.toHaveProperty("share_bps");
      expect(answer.body).not.toHaveProperty("estimate_idr");
    },
  );

  test("is saved unless it says otherwise, and whether it says so makes no other request of it", async () => {
    const terminal = await testTerminal();
    const id = newEventId();
    const first = await deposit(terminal, { id });
    expect(first).toMatchObject({ status: 201, body: { purpose: "save" } });
    const again = await deposit(terminal, { id, purpose: "save" });
    expect(again).toMatchObject({ status: 200, body: first.body });
  });

  test("that comes again for another purpose is a conflict, and the first one stands", async () => {
    const terminal = await testTerminal();
    const id = newEventId();
    expect((await deposit(terminal, { id, purpose: "cash" })).status).toBe(201);
    expect((await deposit(terminal, { id, purpose: "cash" })).status).toBe(200);
    for (const other of [{ id }, { id, purpose: "save" }, { id, purpose: "donate" }])
      expect(await deposit(terminal, other)).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(recordOf(terminal)).toMatchObject({ id, purpose: "cash" });
  });

  test("for a purpose that nobody knows is refused", async () => {
    const terminal = await testTerminal();
    expect(await deposit(terminal, { purpose: "lend" })).toMatchObject({
      status: 400,
      body: { code: "invalid_request", faults: [{ path: "/purpose" }] },
    });
  });
});

describe("a deposit where members are paid a share of the sale", () => {
  test("owes nothing yet, and gives an estimate beside", async () => {
    const terminal = await sharingTerminal();
    const answer = await deposit(terminal, {});
    const said = { purpose: "save", settlement: "share_of_sale", share_bps: SHARE_BPS, total_idr: 0 };
    expect(answer).toMatchObject({ status: 201, body: { ...said, estimate_idr: 2_931 } });
    expect(recordOf(terminal)).toMatchObject({
      ...said,
      lines: [{ net_g: 2_345, price_idr_per_kg: 2_000, amount_idr: 0 }],
    });
    expect(recordOf(terminal)).not.toHaveProperty("estimate_idr");
  });

  test("may be a gift, of which nothing is estimated", async () => {
    const terminal = await sharingTerminal();
    const answer = await deposit(terminal, { purpose: "donate" });
    expect(answer).toMatchObject({ status: 201, body: { purpose: "donate", total_idr: 0 } });
    expect(answer.body).not.toHaveProperty("estimate_idr");
    expect(recordOf(terminal)).toMatchObject({ purpose: "donate", settlement: "share_of_sale" });
  });

  test("cannot be paid in cash: there is nothing to pay before the sale", async () => {
    const terminal = await sharingTerminal();
    const id = newEventId();
    expect(await deposit(terminal, { id, purpose: "cash" })).toMatchObject({
      status: 422,
      body: {
        code: "nothing_to_pay",
        detail: expect.stringMatching(/setelah sampah terjual.*before the waste is sold/),
      },
    });
    expect(itemsOf(terminal.outbox, "records").size).toBe(0);
    // Nothing was remembered of it: the same bag may be saved.
    expect(await deposit(terminal, { id })).toMatchObject({ status: 201 });
  });
});

test("a member whose catalogue entry says another settlement is paid by that one, all others by the waste bank's", async () => {
  const group = { id: newEventId(), number: "JM-0002", name: "Kelompok Satu" };
  const members = [
    ...CATALOGUE.members,
    { ...group, settlement: { mode: "share_of_sale", share_bps: SHARE_BPS } as const },
  ];
  const list = priceListOf({ ...CATALOGUE, members });
  const terminal = await testTerminal({ parts: { catalogue: { priceList: () => list, ageMs: () => 1 } } });
  const shared = { settlement: "share_of_sale", share_bps: SHARE_BPS, total_idr: 0, estimate_idr: 2_931 };
  expect(await deposit(terminal, { member: group.number })).toMatchObject({ status: 201, body: shared });
  expect(recordOf(terminal)).toMatchObject({ member: group.id, lines: [{ amount_idr: 0 }] });
  expect(await deposit(terminal, { member: group.id, purpose: "cash" })).toMatchObject({
    status: 422,
    body: { code: "nothing_to_pay" },
  });
  const bought = { settlement: "purchase", total_idr: 4_690 };
  expect(await deposit(terminal, { purpose: "cash" })).toMatchObject({ status: 201, body: bought });
});

test("a member who is not in the catalogue, as one who was closed is not, is refused with what to do", async () => {
  const terminal = await testTerminal();
  const { status, body } = await deposit(terminal, { member: "JM-0404" });
  expect([status, body.code]).toEqual([422, "unknown_member"]);
  expect(body.detail).toMatch(/^JM-0404: .*ditutup.*minta staf/);
});
