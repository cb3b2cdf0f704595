import { describe, expect, test } from "vitest";
import { call, control, pay, startReceiver, startSim } from "./sim-fixture.ts";

describe("the control calls", () => {
  test("arm and disarm faults of both kinds, and say which are armed", async () => {
    const sim = await startSim();
    expect((await control(sim, "POST", "/faults", { fault: "unavailable", path: "/balance" })).json).toEqual({
      ok: true,
      id: 1,
    });
    expect(
      (await control(sim, "POST", "/webhook-faults", { fault: "dropped", probability: 0.5 })).json.ok,
    ).toBe(true);
    expect((await control(sim, "GET", "/faults")).json).toEqual({
      faults: [{ id: 1, order: { fault: "unavailable", path: "/balance" }, timesLeft: 1 }],
      webhookFaults: [{ id: 1, order: { fault: "dropped", probability: 0.5 }, timesLeft: null }],
    });
    expect((await call(sim, "/balance")).status).toBe(503);
    expect((await control(sim, "DELETE", "/faults")).json).toEqual({ ok: true });
    expect((await control(sim, "GET", "/faults")).json).toEqual({ faults: [], webhookFaults: [] });
  });

  test("move time, top up, set a webhook, name a holder, move a payout, and show books and history", async () => {
    const receiver = await startReceiver();
    const sim = await startSim();
    const startedMs = sim.nowMs();
    expect((await control(sim, "PUT", "/webhook", { provider: "xendit", url: receiver.url })).json).toEqual({
      ok: true,
    });
    expect((await control(sim, "PUT", "/holder", { accountNumber: "1", name: "NASABAH SATU" })).json).toEqual(
      { ok: true },
    );
    const { json } = await pay(sim, "key-1");
    expect((await control(sim, "POST", "/advance", { ms: 80_000 })).json).toEqual({
      ok: true,
      nowMs: startedMs + 80_000,
    });
    const reverse = { provider: "xendit", id: json.id, status: "REVERSED" };
    expect((await control(sim, "POST", "/move", reverse)).status).toBe(200);
    expect((await control(sim, "POST", "/move", reverse)).status).toBe(409);
    expect((await control(sim, "POST", "/move", { ...reverse, id: "disb-none" })).status).toBe(404);
    expect((await control(sim, "POST", "/top-up", { provider: "xendit", amountIdr: 5 })).json).toEqual({
      ok: true,
    });
    expect((await control(sim, "GET", "/book")).json).toMatchObject({
      xendit: { balanceIdr: 1_000_000_005, moneyLeftIdr: 0, payouts: [{ status: "REVERSED" }] },
      flip: { payouts: [] },
    });
    await expect.poll(() => receiver.received.length).toBe(2);
    expect((await control(sim, "GET", "/history")).json).toMatchObject({
      requests: [{ method: "POST", path: "/v2/payouts", fault: null, status: 200 }],
      deliveries: [{ event: "payout.succeeded", status: 200 }, expect.anything()],
    });
  });

  test.for([
    ["POST", "/faults", { fault: "none" }, "/fault"],
    ["POST", "/faults", { fault: "slow" }, "slow needs delayMs"],
    ["POST", "/faults", { fault: "hang", typo: 1 }, "typo"],
    ["POST", "/webhook-faults", { fault: "delayed" }, "delayed needs delayMs"],
    ["POST", "/advance", { ms: -1 }, "/ms"],
    ["POST", "/top-up", { provider: "dana", amountIdr: 1 }, "/provider"],
    ["PUT", "/webhook", { provider: "flip", url: "file:///etc/passwd" }, "/url"],
    ["PUT", "/holder", { accountNumber: "", name: "x" }, "/accountNumber"],
    ["POST", "/move", { provider: "flip", id: "1", status: "DONE" }, "/status"],
    ["POST", "/advance", undefined, "JSON"],
  ] as const)("%s %s with %j is refused with the reason", async ([method, path, body, reason]) => {
    const sim = await startSim();
    const answer = await control(sim, method, path, body);
    expect([answer.status, answer.json.ok]).toEqual([400, false]);
    expect(answer.json.error).toContain(reason);
  });

  test("refuse more faults than 100", async () => {
    const sim = await startSim();
    for (let i = 0; i < 100; i += 1) sim.arm({ fault: "hang" });
    expect((await control(sim, "POST", "/faults", { fault: "hang" })).status).toBe(409);
  });

  test("are struck by no fault and stand in no history", async () => {
    const sim = await startSim();
    sim.arm({ fault: "hang", probability: 1 });
    expect((await control(sim, "GET", "/book")).status).toBe(200);
    expect(sim.requests()).toEqual([]);
  });
});
