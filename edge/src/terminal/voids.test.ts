import { newEventId } from "@jumpa-madu/contracts/ids";
import { DepositVoid, VOID_WINDOW_MS } from "@jumpa-madu/contracts/records";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { describe, expect, test } from "vitest";
import { itemsOf } from "../outbox/outbox-fixture.ts";
import { MEMBER, NOW_MS, testTerminal } from "./terminal-fixture.ts";

const REASON = { reason: "wrong member" };

/** A terminal with a deposit of now, and a clock that the test sets. */
async function stage(more: object = {}) {
  const clock = { nowMs: NOW_MS };
  const terminal = await testTerminal({ parts: { nowMs: () => clock.nowMs } });
  terminal.scale.put(1_000);
  const answer = await terminal.post("/deposits", {
    member: MEMBER,
    lines: [{ material: "cardboard" }],
    ...more,
  });
  expect(answer.status).toBe(201);
  const path = `/deposits/${String(answer.body.id)}/void`;
  const records = () => [...itemsOf(terminal.outbox, "records").values()];
  return {
    clock,
    terminal,
    deposit: answer.body,
    ask: (body: object = REASON) => terminal.post(path, body),
    records,
  };
}

describe("a void", () => {
  test("is recorded once for a deposit of this terminal", async () => {
    const { deposit, ask, records } = await stage();
    const first = await ask();
    const again = await ask();
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect(await ask({ reason: "wrong weight" })).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(checkerOf(DepositVoid).check(records()[1])).toMatchObject({
      ok: true,
      value: { deposit: deposit.id, reason: "wrong member", t: NOW_MS },
    });
    expect(records()).toHaveLength(2);
  });

  test("of an unknown deposit is not found", async () => {
    const { terminal } = await stage();
    const answer = await terminal.post(`/deposits/${newEventId()}/void`, REASON);
    expect(answer).toMatchObject({ status: 404, body: { code: "not_found" } });
  });

  test("is taken to the end of the window", async () => {
    const { clock, ask, records } = await stage();
    clock.nowMs = NOW_MS + VOID_WINDOW_MS;
    expect((await ask()).status).toBe(201);
    expect(records()[1]).toMatchObject({ t: NOW_MS + VOID_WINDOW_MS });
  });

  test("after the window is refused, says that staff correct the deposit, and records nothing", async () => {
    const { clock, deposit, ask, records } = await stage();
    clock.nowMs = NOW_MS + VOID_WINDOW_MS + 1;
    const answer = await ask();
    expect(answer).toMatchObject({ status: 409, body: { code: "void_late" } });
    expect(answer.body.detail).toContain("older than 15 minutes: staff correct it");
    expect(answer.body.detail).toContain(`/v1/deposits/${String(deposit.id)}/correction`);
    expect(records()).toHaveLength(1);
  });

  test("that was taken in time is answered the same whenever it comes again", async () => {
    const { clock, ask } = await stage();
    const first = await ask();
    for (const nowMs of [NOW_MS + VOID_WINDOW_MS + 1, 0]) {
      clock.nowMs = nowMs;
      expect(await ask()).toMatchObject({ status: 200, body: first.body });
    }
  });

  test.each([1_000, EPOCH_MS_MIN - 1, EPOCH_MS_MAX + 1])(
    "is refused while the clock is not set: %i",
    async (nowMs) => {
      const { clock, ask, records } = await stage();
      clock.nowMs = nowMs;
      expect(await ask()).toMatchObject({ status: 503, body: { code: "clock_unset" } });
      expect(records()).toHaveLength(1);
    },
  );

  test("is taken when the clock was set back since the deposit, which nothing else can tell", async () => {
    const { clock, ask } = await stage();
    clock.nowMs = NOW_MS - 3_600_000;
    expect((await ask()).status).toBe(201);
  });

  test("of a deposit that was paid in cash says what the member gives back", async () => {
    const { ask } = await stage({ purpose: "cash" });
    expect(await ask()).toMatchObject({ status: 201, body: { cash_back_idr: 2_000 } });
    const saved = await stage();
    expect((await saved.ask()).body).not.toHaveProperty("cash_back_idr");
  });
});
