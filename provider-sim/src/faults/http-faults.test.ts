import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SimError } from "../sim-error.ts";
import { call, disburse, pay, startSim } from "../sim-fixture.ts";
import { HTTP_FAULTS, type HttpFaultOrder } from "./http-fault.ts";
import { spoilAnswer, UNKNOWN_STATUS } from "./spoil-answer.ts";

/** How many payouts there are, and what a lookup by reference says, after one request under a fault. */
async function payUnder(order: HttpFaultOrder) {
  const sim = await startSim();
  sim.arm({ method: "POST", path: "/v2/payouts", ...order });
  const answer = await pay(sim, "key-1", undefined, { deadlineMs: 400 }).catch((error: Error) => error);
  const listed = (await call(sim, "/v2/payouts?reference_id=attempt-1")).json.data;
  return { sim, answer, payouts: sim.book().xendit.payouts.length, listed: listed.length };
}

describe("before the payout was created", () => {
  test("a hang gives no answer", async () => {
    const { answer, payouts } = await payUnder({ fault: "hang" });
    expect([answer, payouts]).toEqual([expect.objectContaining({ name: "TimeoutError" }), 0]);
  });

  test("a reset ends the connection", async () => {
    const { answer, payouts } = await payUnder({ fault: "reset" });
    expect([answer, payouts]).toEqual([expect.objectContaining({ message: "fetch failed" }), 0]);
  });

  test.for([
    ["bad-gateway", 502, /^<html>/],
    ["unavailable", 503, /^$/],
    ["server-error", 500, /"SERVER_ERROR"/],
  ] as const)("%s answers %i", async ([fault, status, text]) => {
    const { answer, payouts } = await payUnder({ fault });
    expect([answer, payouts]).toEqual([
      expect.objectContaining({ status, text: expect.stringMatching(text) }),
      0,
    ]);
  });
});

describe("after the payout was created", () => {
  test("a hang withholds the answer, and a lookup finds it at once", async () => {
    const { answer, payouts, listed } = await payUnder({ fault: "hang", when: "after" });
    expect([answer, payouts, listed]).toEqual([expect.objectContaining({ name: "TimeoutError" }), 1, 1]);
  });

  test("a hang with a lag: a lookup finds it only later, and the same key brings the original", async () => {
    const { sim, payouts, listed } = await payUnder({ fault: "hang", when: "after", lagMs: 30_000 });
    expect([payouts, listed]).toEqual([1, 0]);
    const again = await pay(sim, "key-1");
    expect((await call(sim, `/v2/payouts/${again.json.id}`)).status).toBe(404);
    await sim.advance(30_000);
    expect((await call(sim, `/v2/payouts/${again.json.id}`)).json.id).toBe(sim.book().xendit.payouts[0]?.id);
  });

  test("a reset ends the connection", async () => {
    const { answer, payouts, listed } = await payUnder({ fault: "reset", when: "after" });
    expect([answer, payouts, listed]).toEqual([expect.objectContaining({ message: "fetch failed" }), 1, 1]);
  });

  test.for([
    ["bad-gateway", 502, /^<html>/],
    ["unavailable", 503, /^$/],
    ["server-error", 500, /"SERVER_ERROR"/],
  ] as const)("%s answers %i", async ([fault, status, text]) => {
    const { answer, payouts } = await payUnder({ fault, when: "after" });
    expect([answer, payouts]).toEqual([
      expect.objectContaining({ status, text: expect.stringMatching(text) }),
      1,
    ]);
  });

  test("a truncated answer is 200 and no JSON", async () => {
    const { answer, payouts } = await payUnder({ fault: "truncated" });
    expect([answer, payouts]).toEqual([expect.objectContaining({ status: 200, json: undefined }), 1]);
    expect(answer).toHaveProperty("text", expect.stringMatching(/^\{"id":"disb-/));
  });

  test("lookup-lag: it is answered well, yet absent for a while", async () => {
    const { answer, payouts, listed } = await payUnder({ fault: "lookup-lag", lagMs: 5_000 });
    expect([answer, payouts, listed]).toEqual([expect.objectContaining({ status: 200 }), 1, 0]);
  });

  test("slow: the answer comes later, and well", async () => {
    const startedMs = performance.now();
    const { answer } = await payUnder({ fault: "slow", delayMs: 150 });
    expect(answer).toMatchObject({ status: 200, json: { status: "ACCEPTED" } });
    expect(performance.now() - startedMs).toBeGreaterThan(145);
  });

  test("an unknown status, unknown fields and a wrong amount are in the answer, not in the book", async () => {
    const unknown = await payUnder({ fault: "unknown-status" });
    expect(unknown.answer).toMatchObject({ json: { status: UNKNOWN_STATUS, amount: 50_000 } });
    const extra = await payUnder({ fault: "extra-fields" });
    expect(extra.answer).toMatchObject({ json: { status: "ACCEPTED", risk: { score: 0.25 }, links_v3: [] } });
    const wrong = await payUnder({ fault: "wrong-amount" });
    expect(wrong.answer).toMatchObject({ json: { amount: 51_000 } });
    expect(wrong.sim.book().xendit.payouts[0]?.amountIdr).toBe(50_000);
  });
});

describe("a lookup", () => {
  test("has another account's payout first in its list, and in place of a single one", async () => {
    const sim = await startSim();
    const { json } = await pay(sim, "key-1");
    sim.arm({ fault: "foreign-payout", method: "GET", times: 2 });
    const { data } = (await call(sim, "/v2/payouts?reference_id=attempt-1")).json;
    expect(data).toMatchObject([
      { reference_id: "somebody-else-1" },
      { id: json.id, reference_id: "attempt-1" },
    ]);
    expect(data[0].id).not.toBe(json.id);
    expect((await call(sim, `/v2/payouts/${json.id}`)).json.id).toBe(data[0].id);
  });

  test("at Flip suffers the same faults", async () => {
    const sim = await startSim();
    const { json } = await disburse(sim, "key-1");
    const lookUp = async (fault: HttpFaultOrder["fault"]) => {
      sim.arm({ fault, method: "GET", path: "/api/v3/get-disbursement" });
      return (await call(sim, "/api/v3/get-disbursement?idempotency-key=key-1")).json;
    };
    expect(await lookUp("unknown-status")).toMatchObject({ id: json.id, status: UNKNOWN_STATUS });
    expect(await lookUp("wrong-amount")).toMatchObject({ id: json.id, amount: 51_000 });
    expect(await lookUp("foreign-payout")).toMatchObject({
      id: json.id + 500_000_000,
      idempotency_key: "somebody-else-1",
    });
  });

  test("of one payout that a fault has spoilt in a list of amounts keeps all other payouts", async () => {
    const sim = await startSim();
    await pay(sim, "key-1");
    sim.arm({ fault: "wrong-amount", method: "GET" });
    expect((await call(sim, "/v2/payouts?reference_id=attempt-1")).json).toMatchObject({
      has_more: false,
      data: [{ amount: 51_000 }],
    });
  });
});

describe("an order", () => {
  test("strikes only what it matches, after those it skips, as often as it says", async () => {
    const sim = await startSim();
    sim.arm({ fault: "unavailable", method: "GET", path: "/balance", skip: 1, times: 2 });
    await pay(sim, "key-1");
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await call(sim, "/balance")).status);
    expect(statuses).toEqual([200, 503, 503, 200]);
    expect(sim.requests().map(({ fault, status }) => [fault, status])).toEqual([
      [null, 200],
      [null, 200],
      ["unavailable", 503],
      ["unavailable", 503],
      [null, 200],
    ]);
  });

  test("with a probability strikes about so often, and the same requests for the same seed", async () => {
    const run = async (seed: number) => {
      const sim = await startSim({ seed });
      sim.arm({ fault: "unavailable", probability: 0.5 });
      const statuses: number[] = [];
      for (let i = 0; i < 100; i += 1) statuses.push((await call(sim, "/balance")).status);
      return statuses;
    };
    const [first, again, other] = [await run(7), await run(7), await run(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
    const struck = first.filter((status) => status === 503).length;
    expect(struck).toBeGreaterThan(30);
    expect(struck).toBeLessThan(70);
  });

  test("is gone when it is disarmed", async () => {
    const sim = await startSim();
    sim.arm({ fault: "unavailable", probability: 1 });
    sim.disarm();
    expect((await call(sim, "/balance")).status).toBe(200);
  });

  test("that cannot be carried out is refused with the reason", async () => {
    const sim = await startSim();
    const refusal = (order: HttpFaultOrder) => {
      try {
        return sim.arm(order);
      } catch (error) {
        return error instanceof SimError ? [error.code, error.message] : error;
      }
    };
    expect(refusal({ fault: "truncated", when: "before" })).toEqual([
      "ORDER_INVALID",
      expect.stringContaining("before"),
    ]);
    expect(refusal({ fault: "slow" })).toEqual(["ORDER_INVALID", "slow needs delayMs"]);
    expect(refusal({ fault: "lookup-lag" })).toEqual(["ORDER_INVALID", "lookup-lag needs lagMs"]);
    expect(refusal({ fault: "slow", delayMs: -1 })).toEqual([
      "ORDER_INVALID",
      expect.stringContaining("/delayMs"),
    ]);
    for (let i = 0; i < 100; i += 1) sim.arm({ fault: "hang" });
    expect(refusal({ fault: "hang" })).toEqual(["FULL", expect.stringContaining("100")]);
  });
});

test("a body of any shape goes through any fault", () => {
  fc.assert(
    fc.property(fc.constantFrom(...HTTP_FAULTS), fc.jsonValue(), (fault, value) => {
      expect(typeof spoilAnswer(fault, JSON.stringify(value))).toBe("string");
    }),
  );
});

test("the simulator stops although requests hang", async () => {
  const sim = await startSim();
  sim.arm({ fault: "hang" });
  const hanging = pay(sim, "key-1").catch((error: Error) => error.message);
  await expect.poll(() => sim.requests().length).toBe(1);
  await sim.stop();
  expect(await hanging).toBe("fetch failed");
});
