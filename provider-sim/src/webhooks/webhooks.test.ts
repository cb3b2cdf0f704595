import { describe, expect, test } from "vitest";
import { disburse, pay, payoutBody, START_MS, startReceiver, startSim } from "../sim-fixture.ts";

const MINUTE_MS = 60_000;

async function startBoth(options: Parameters<typeof startSim>[0] = {}) {
  const receiver = await startReceiver();
  const sim = await startSim({ webhookUrls: { xendit: receiver.url, flip: receiver.url }, ...options });
  const bodies = () => receiver.received.map(({ body }) => JSON.parse(body));
  return { sim, receiver, bodies, events: () => bodies().map(({ event }) => event) };
}

describe("Xendit's webhook", () => {
  test("tells of success with the token, the event's time and the payout's fields", async () => {
    const { sim, receiver, bodies } = await startBoth();
    const { json } = await pay(sim, "key-1");
    await sim.advance(80_000);
    expect(bodies()).toEqual([
      {
        event: "payout.succeeded",
        business_id: json.business_id,
        created: new Date(START_MS + 80_000).toISOString(),
        api_version: "v2",
        data: {
          ...json,
          status: "SUCCEEDED",
          updated: new Date(START_MS + 80_000).toISOString(),
          idempotency_key: "key-1",
          channel_category: "BANK",
          connector_reference: expect.any(String),
          account_number: "1234567890",
        },
      },
    ]);
    expect(receiver.received[0]?.headers).toMatchObject({
      "x-callback-token": sim.secrets.xenditCallbackToken,
      "content-type": "application/json",
    });
    expect(sim.webhookCounts()).toEqual({ delivered: 1, givenUp: 0, lost: 0, waiting: 0 });
  });

  test("tells of failure with its code, of a reversal, and of a cancel nothing", async () => {
    const { sim, bodies, events } = await startBoth();
    await pay(sim, "key-1", payoutBody({}, "121212"));
    await pay(sim, "key-2", payoutBody({}, "707070"));
    const { json } = await pay(sim, "key-3");
    expect(sim.move("xendit", { id: json.id, status: "CANCELLED" })).toBe(true);
    await pay(sim, "key-4", payoutBody({}, "606060"));
    await sim.advance(86_400_000);
    expect(events()).toEqual(["payout.failed", "payout.succeeded", "payout.reversed"]);
    expect(bodies()[0].data).toMatchObject({ status: "FAILED", failure_code: "INVALID_DESTINATION" });
    expect(
      bodies()
        .slice(1)
        .map(({ data }) => data.status),
    ).toEqual(["SUCCEEDED", "REVERSED"]);
  });

  test("comes again after 15 and 45 minutes and so on until it has an answer of 2xx", async () => {
    const { sim, receiver } = await startBoth();
    receiver.answers.push(500, 302, 204);
    await pay(sim, "key-1");
    await sim.advance(80_000);
    await sim.advance(15 * MINUTE_MS - 1);
    expect(receiver.received).toHaveLength(1);
    await sim.advance(1);
    expect(receiver.received).toHaveLength(2);
    await sim.advance(45 * MINUTE_MS);
    await sim.advance(86_400_000);
    expect(sim.deliveries().map(({ attempt, status }) => [attempt, status])).toEqual([
      [1, 500],
      [2, 302],
      [3, 204],
    ]);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  });

  test("is given up after six more", async () => {
    const { sim, receiver } = await startBoth();
    receiver.answers.push(...Array.from({ length: 20 }, () => 500));
    await pay(sim, "key-1");
    for (let day = 0; day < 10; day += 1) await sim.advance(86_400_000);
    expect(receiver.received).toHaveLength(7);
    expect(sim.webhookCounts()).toMatchObject({ delivered: 0, givenUp: 1, waiting: 0 });
  });

  test("that is not answered in time comes again", async () => {
    const { sim, receiver } = await startBoth({ limits: { webhookAnswerMsMax: 100 } });
    receiver.answers.push(0);
    await pay(sim, "key-1");
    await sim.advance(80_000);
    await sim.advance(15 * MINUTE_MS);
    expect(sim.deliveries().map(({ status }) => status)).toEqual([null, 200]);
  });

  test("goes by itself when the clock runs", async () => {
    const { sim, receiver } = await startBoth({ nowMs: Date.now, speed: 5_000 });
    receiver.answers.push(500);
    await pay(sim, "key-1");
    await expect.poll(() => receiver.received.length, { timeout: 8_000 }).toBe(2);
  });

  test("goes nowhere without an address, and to the address that is set later", async () => {
    const { sim, receiver } = await startBoth({ webhookUrls: {} });
    await pay(sim, "key-1");
    await sim.advance(80_000);
    expect(sim.webhookCounts()).toEqual({ delivered: 0, givenUp: 0, lost: 0, waiting: 0 });
    sim.setWebhook("xendit", receiver.url);
    await pay(sim, "key-2");
    await sim.advance(80_000);
    expect(receiver.received).toHaveLength(1);
  });
});

describe("Flip's callback", () => {
  const parsed = (body: string) => {
    const form = new URLSearchParams(body);
    return { token: form.get("token"), data: JSON.parse(form.get("data") ?? "") };
  };

  test("is a form of the disbursement and the token", async () => {
    const { sim, receiver } = await startBoth();
    await disburse(sim, "key-1");
    await disburse(sim, "key-2", { account_number: "121212" });
    await sim.advance(80_000);
    expect(receiver.received.map(({ body }) => parsed(body))).toMatchObject([
      { token: sim.secrets.flipToken, data: { status: "DONE", idempotency_key: "key-1", amount: 50_000 } },
      { data: { status: "CANCELLED", reason: "NOT_REGISTERED_ACCOUNT", idempotency_key: "key-2" } },
    ]);
    expect(receiver.received[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
  });

  test("comes five times more, every two minutes", async () => {
    const { sim, receiver } = await startBoth();
    receiver.answers.push(...Array.from({ length: 20 }, () => 500));
    await disburse(sim, "key-1");
    await sim.advance(80_000);
    for (let i = 0; i < 20; i += 1) await sim.advance(2 * MINUTE_MS);
    expect(receiver.received).toHaveLength(6);
  });

  test("suffers the faults too", async () => {
    const { sim, receiver } = await startBoth();
    sim.armWebhook({ fault: "wrong-token", provider: "flip", event: "DONE" });
    sim.armWebhook({ fault: "wrong-amount", provider: "flip" });
    sim.armWebhook({ fault: "unknown-payout", provider: "flip" });
    for (const key of ["a", "b", "c"]) await disburse(sim, key);
    await sim.advance(80_000);
    const [wrongToken, wrongAmount, unknown, sound] = receiver.received.map(({ body }) => parsed(body));
    expect(wrongToken?.token).not.toBe(sim.secrets.flipToken);
    expect(wrongAmount?.data.amount).toBe(51_000);
    expect(unknown?.data.id).not.toBe(sound?.data.id);
    expect(sound?.data.idempotency_key).toBe("c");
  });
});

describe("a fault", () => {
  test("duplicate: it comes twice", async () => {
    const { sim, receiver } = await startBoth();
    sim.armWebhook({ fault: "duplicate" });
    await pay(sim, "key-1");
    await sim.advance(80_000);
    expect(receiver.received).toHaveLength(2);
    expect(receiver.received[1]?.body).toBe(receiver.received[0]?.body);
  });

  test("out-of-order: the next comes first; alone it comes after an hour", async () => {
    const { sim, events } = await startBoth();
    sim.armWebhook({ fault: "out-of-order", event: "payout.succeeded", times: 2 });
    await pay(sim, "key-1", payoutBody({}, "707070"));
    await sim.advance(680_000);
    expect(events()).toEqual(["payout.reversed", "payout.succeeded"]);
    await pay(sim, "key-2");
    await sim.advance(80_000 + 3_599_999);
    expect(events()).toHaveLength(2);
    await sim.advance(1);
    expect(events()).toHaveLength(3);
  });

  test("delayed: it comes later", async () => {
    const { sim, receiver } = await startBoth();
    sim.armWebhook({ fault: "delayed", delayMs: 5_000 });
    await pay(sim, "key-1");
    await sim.advance(84_999);
    expect(receiver.received).toHaveLength(0);
    await sim.advance(1);
    expect(receiver.received).toHaveLength(1);
    expect(() => sim.armWebhook({ fault: "delayed" })).toThrow("delayed needs delayMs");
  });

  test("dropped: it never comes", async () => {
    const { sim, receiver } = await startBoth();
    sim.armWebhook({ fault: "dropped" });
    await pay(sim, "key-1");
    await sim.advance(86_400_000);
    expect(receiver.received).toHaveLength(0);
  });

  test("wrong-token: each time that it comes", async () => {
    const { sim, receiver } = await startBoth();
    receiver.answers.push(401);
    sim.armWebhook({ fault: "wrong-token" });
    await pay(sim, "key-1");
    await sim.advance(80_000);
    await sim.advance(15 * MINUTE_MS);
    const tokens = receiver.received.map(({ headers }) => headers["x-callback-token"]);
    expect(tokens).toHaveLength(2);
    expect(tokens).not.toContain(sim.secrets.xenditCallbackToken);
  });

  test("unknown-payout: one of a payout that is not there comes besides the right one", async () => {
    const { sim, bodies } = await startBoth();
    sim.armWebhook({ fault: "unknown-payout" });
    const { json } = await pay(sim, "key-1");
    await sim.advance(80_000);
    const [unknown, right] = bodies();
    expect(unknown.data.id).toMatch(/^disb-[0-9a-f-]{36}$/);
    expect(unknown.data.id).not.toBe(json.id);
    expect(right.data.id).toBe(json.id);
  });

  test("wrong-amount: it says another amount than the book", async () => {
    const { sim, bodies } = await startBoth();
    sim.armWebhook({ fault: "wrong-amount", provider: "xendit" });
    await pay(sim, "key-1");
    await sim.advance(80_000);
    expect(bodies()[0].data.amount).toBe(51_000);
    expect(sim.book().xendit.moneyLeftIdr).toBe(50_000);
  });
});
