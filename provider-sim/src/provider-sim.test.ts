import { expect, test } from "vitest";
import { AccountHolders, HOLDERS_MAX } from "./flip/account-holders.ts";
import { REQUESTS_REMEMBERED_MAX, RequestLog } from "./http/request-log.ts";
import { startProviderSim } from "./provider-sim.ts";
import { disburse, pay, payoutBody, startReceiver, startSim } from "./sim-fixture.ts";

/** One day with faults of every sort, and all that is left of it. */
async function liveThrough(seed: number) {
  const receiver = await startReceiver();
  const sim = await startSim({ seed, webhookUrls: { xendit: receiver.url, flip: receiver.url } });
  for (const fault of ["bad-gateway", "truncated", "unknown-status", "wrong-amount"] as const)
    sim.arm({ fault, probability: 0.2 });
  for (const fault of ["duplicate", "out-of-order", "dropped", "wrong-token", "unknown-payout"] as const)
    sim.armWebhook({ fault, probability: 0.2 });
  for (let i = 0; i < 30; i += 1) {
    await pay(sim, `x-${i}`, payoutBody({ reference_id: `x-${i}` }, i % 3 === 0 ? "707070" : "1234567890"));
    await disburse(sim, `f-${i}`, { account_number: i % 4 === 0 ? "121212" : "1234567890" });
    await sim.advance(37_000);
  }
  await sim.advance(86_400_000);
  await sim.stop();
  return {
    book: sim.book(),
    requests: sim.requests(),
    deliveries: sim.deliveries(),
    bodies: receiver.received.map(({ body }) => body),
  };
}

test("the same seed and the same requests have the same history to the byte; another seed has another", async () => {
  const [first, again, other] = [await liveThrough(5), await liveThrough(5), await liveThrough(6)];
  expect(again).toEqual(first);
  expect(other.requests).not.toEqual(first.requests);
  expect(other.bodies).not.toEqual(first.bodies);
  expect(new Set(first.requests.map(({ fault }) => fault)).size).toBeGreaterThan(3);
});

test("a port that is taken is said, and leaves nothing behind", async () => {
  const sim = await startSim();
  const port = Number(new URL(sim.url).port);
  await expect(startProviderSim({ seed: 1, port })).rejects.toMatchObject({ code: "EADDRINUSE" });
});

test("keys can be given", async () => {
  const sim = await startSim({ secrets: { xenditSecretKey: "xnd_development_given" } });
  expect((await pay(sim, "key-1")).status).toBe(200);
  expect((await pay(sim, "key-2", undefined, { key: "xnd_development_other" })).status).toBe(401);
});

test("requests and holders that are remembered are bounded", () => {
  const log = new RequestLog();
  for (let i = 0; i <= REQUESTS_REMEMBERED_MAX; i += 1)
    log.add({ method: "GET", path: `/${i}`, fault: null, status: 200 });
  expect([log.list().length, log.list()[0]?.path]).toEqual([REQUESTS_REMEMBERED_MAX, "/1"]);
  const holders = new AccountHolders();
  for (let i = 0; i < HOLDERS_MAX; i += 1) expect(holders.name(String(i), "NASABAH SATU")).toBe(true);
  expect([holders.name("x", "NASABAH DUA"), holders.name("1", "NASABAH DUA")]).toEqual([false, true]);
});
