import { newEventId } from "@jumpa-madu/contracts/ids";
import { Problem } from "@jumpa-madu/contracts/problem";
import { Deposit } from "@jumpa-madu/contracts/records";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { describe, expect, test } from "vitest";
import { itemsOf } from "../outbox/outbox-fixture.ts";
import { type Answer, MEMBER, NOW_MS, PRICE, type TestTerminal, testTerminal } from "./terminal-fixture.ts";

const records = ({ outbox }: TestTerminal): unknown[] => [...itemsOf(outbox, "records").values()];

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer).toMatchObject({ status, body: { status, code } });
  expect(answer.type).toContain("application/problem+json");
  expect(checkerOf(Problem).fits(answer.body)).toBe(true);
}

describe("a deposit", () => {
  test("takes the weight now, the price in force and a receipt number, and is stored before the answer", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(2345.4);
    const answer = await terminal.post("/deposits", {
      member: "JM-0001",
      lines: [{ material: "cardboard" }],
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      receipt_no: expect.stringMatching(/^NODE-1-[0-9A-F]{4}-000001$/),
      member: MEMBER,
      waste_bank: "melati",
      total_idr: 4690,
      lines: [
        {
          material: "cardboard",
          price: PRICE,
          price_idr_per_kg: 2000,
          gross_g: 2345,
          tare_g: 0,
          net_g: 2345,
          stable: true,
          scale: "scale-1",
          raw: "53542c47",
          amount_idr: 4690,
        },
      ],
    });
    const [record] = records(terminal);
    expect(checkerOf(Deposit).check(record)).toMatchObject({ ok: true });
    expect(record).toMatchObject({ id: answer.body.id, t: NOW_MS, total_idr: 4690 });
  });

  test("takes weighings that were captured before, each in one deposit only", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(1000);
    const first = await terminal.post("/weighings", {});
    terminal.scale.put(500, { mode: "net", tareG: 120 });
    const second = await terminal.post("/weighings", { scale: "scale-1" });
    expect(first).toMatchObject({
      status: 201,
      body: { net_g: 1000, gross_g: 1000, tare_g: 0, t: NOW_MS - 5 },
    });
    expect(second.body).toMatchObject({ net_g: 500, gross_g: 620, tare_g: 120 });
    const lines = [first, second].map(({ body }) => ({ material: "cardboard", weighing: body.id }));
    const answer = await terminal.post("/deposits", { member: MEMBER, lines });
    expect(answer).toMatchObject({ status: 201, body: { total_idr: 3000 } });
    expectProblem(await terminal.post("/deposits", { member: MEMBER, lines }), 409, "weighing_gone");
    expect(records(terminal)).toHaveLength(1);
  });

  test("sent again gets the same answer; with another body it is refused", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(1000);
    const body = { id: newEventId(), member: MEMBER, lines: [{ material: "cardboard" }] };
    const first = await terminal.post("/deposits", body);
    terminal.scale.put(7000);
    const again = await terminal.post("/deposits", body);
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    const other = { ...body, member: "JM-0001" };
    expectProblem(await terminal.post("/deposits", other), 409, "conflict");
    expect(records(terminal)).toHaveLength(1);
  });

  test("cannot pay one settling of the scale twice, in one deposit or in two", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(1000);
    const twice = { member: MEMBER, lines: [{ material: "cardboard" }, { material: "cardboard" }] };
    expectProblem(await terminal.post("/deposits", twice), 409, "weighing_used");
    const held = await terminal.post("/weighings", {});
    const once = { member: MEMBER, lines: [{ material: "cardboard" }] };
    expect((await terminal.post("/deposits", once)).status).toBe(201);
    expectProblem(await terminal.post("/deposits", once), 409, "weighing_used");
    const late = { member: MEMBER, lines: [{ material: "cardboard", weighing: held.body.id }] };
    expectProblem(await terminal.post("/deposits", late), 409, "weighing_used");
    terminal.scale.put(1000);
    expect((await terminal.post("/deposits", once)).status).toBe(201);
    expect(records(terminal)).toHaveLength(2);
  });

  test("cannot pay a load again that still lies there when the terminal or its scale has started anew", async () => {
    const before = await testTerminal();
    before.scale.put(1000);
    const body = { member: MEMBER, lines: [{ material: "cardboard" }] };
    expect((await before.post("/deposits", body)).status).toBe(201);
    // What waited in memory is gone; the outbox is what the disk has kept.
    const again = await testTerminal({ parts: { outbox: before.outbox } });
    again.scale.put(1000);
    const refused = await again.post("/deposits", body);
    expectProblem(refused, 409, "weighing_used");
    expect(refused.body.detail).toContain("take the load off and put it on again");
    const held = await again.post("/weighings", {});
    const late = { member: MEMBER, lines: [{ material: "cardboard", weighing: held.body.id }] };
    expectProblem(await again.post("/deposits", late), 409, "weighing_used");
    again.scale.put(1000);
    expect((await again.post("/deposits", body)).status).toBe(201);
    const other = await testTerminal({ parts: { outbox: before.outbox } });
    other.scale.put(1021);
    expect((await other.post("/deposits", body)).status).toBe(201);
    expect(records(before)).toHaveLength(3);
  });

  test("of a net weight whose tare nobody knows says neither gross nor tare", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(500, { mode: "net" });
    const answer = await terminal.post("/deposits", { member: MEMBER, lines: [{ material: "cardboard" }] });
    expect(answer).toMatchObject({ status: 201, body: { lines: [{ net_g: 500, amount_idr: 1000 }] } });
    const [record] = records(terminal);
    expect(checkerOf(Deposit).check(record)).toMatchObject({ ok: true });
    for (const side of ["gross_g", "tare_g"]) expect(record).not.toHaveProperty(`lines[0].${side}`);
  });

  test("of a load that lay there at a start without having been paid is taken", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(1000);
    await terminal.post("/weighings", {});
    const again = await testTerminal({ parts: { outbox: terminal.outbox } });
    again.scale.put(1000);
    const body = { member: MEMBER, lines: [{ material: "cardboard" }] };
    expect((await again.post("/deposits", body)).status).toBe(201);
  });

  test.each(["moving", "negative", "disconnected", "stale", "overload", "underload"] as const)(
    "is refused in words when the scale is %s",
    async (reason) => {
      const terminal = await testTerminal();
      terminal.scale.put(1000);
      terminal.scale.refuse(reason);
      const answer = await terminal.post("/deposits", { member: MEMBER, lines: [{ material: "cardboard" }] });
      expectProblem(answer, 409, reason);
      expectProblem(await terminal.post("/weighings", {}), 409, reason);
      expect(records(terminal)).toHaveLength(0);
    },
  );

  test("is refused for a weight that rounds to nothing", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(0.4);
    expectProblem(await terminal.post("/weighings", {}), 409, "empty");
  });

  test.each([
    ["an unknown member", { member: "JM-9999", lines: [{ material: "cardboard" }] }, 422, "unknown_member"],
    ["an unknown material", { member: MEMBER, lines: [{ material: "gold" }] }, 422, "unknown_material"],
    ["a material without a price", { member: MEMBER, lines: [{ material: "glass" }] }, 422, "no_price"],
    [
      "an unknown scale",
      { member: MEMBER, lines: [{ material: "glass", scale: "x" }] },
      422,
      "unknown_scale",
    ],
    ["no line", { member: MEMBER, lines: [] }, 400, "invalid_request"],
    [
      "a field too many",
      { member: MEMBER, lines: [{ material: "glass" }], total: 1 },
      400,
      "invalid_request",
    ],
    [
      "an id that is no UUIDv7",
      { id: "1", member: MEMBER, lines: [{ material: "glass" }] },
      400,
      "invalid_request",
    ],
  ])("with %s is refused and takes no receipt number", async (_name, body, status, code) => {
    const terminal = await testTerminal();
    terminal.scale.put(1000);
    expectProblem(await terminal.post("/deposits", body), status, code);
    const good = await terminal.post("/deposits", { member: MEMBER, lines: [{ material: "cardboard" }] });
    expect(good.body.receipt_no).toMatch(/-000001$/);
  });

  test("beyond what the books can hold is refused", async () => {
    const terminal = await testTerminal();
    terminal.scale.put(200_000_000);
    const answer = await terminal.post("/deposits", { member: MEMBER, lines: [{ material: "cardboard" }] });
    expectProblem(answer, 422, "out_of_range");
  });

  test("is refused while there is no catalogue, and while the clock was never set", async () => {
    const body = { member: MEMBER, lines: [{ material: "cardboard" }] };
    const empty = await testTerminal({ parts: { catalogue: { priceList: () => null, ageMs: () => null } } });
    empty.scale.put(1000);
    expectProblem(await empty.post("/deposits", body), 503, "no_catalogue");
    const early = await testTerminal({ parts: { nowMs: () => 1000 } });
    early.scale.put(1000);
    expectProblem(await early.post("/deposits", body), 503, "clock_unset");
  });

  test("is refused with 507 when the disk is full, leaves nothing, and keeps its weighing for later", async () => {
    const terminal = await testTerminal({ outbox: { fileBytesMax: 300 * 1024 } });
    const deposit = async (): Promise<Answer> => {
      terminal.scale.put(1000);
      return terminal.post("/deposits", { member: MEMBER, lines: [{ material: "cardboard" }] });
    };
    let answer = await deposit();
    while (answer.status === 201) answer = await deposit();
    expectProblem(answer, 507, "storage_full");
    const stored = records(terminal).length;
    expect(stored).toBeGreaterThan(10);
    const held = await terminal.post("/weighings", {});
    terminal.outbox.acknowledge("records", stored);
    const body = { member: MEMBER, lines: [{ material: "cardboard", weighing: held.body.id }] };
    const later = await terminal.post("/deposits", body);
    expect(later.status).toBe(201);
    expect(later.body.receipt_no).toMatch(new RegExp(`-0*${stored + 1}$`));
  });
});
