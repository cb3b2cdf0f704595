import { FAILURES_PER_ADDRESS_MAX } from "@jumpa-madu/contracts/failure-budget";
import Fastify from "fastify";
import pino from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";
import { providersOf } from "./providers.ts";
import { flipDisbursement, xenditPayout } from "./testing/frames.ts";
import { testConfig } from "./testing/test-config.ts";
import { type Message, WEBHOOK_BODY_BYTES_MAX, webhookRoutes } from "./webhook-routes.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(change: Parameters<typeof testConfig>[0] = {}) {
  const config = testConfig(change);
  const metrics = createMetrics();
  const kept: Message[] = [];
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const state = { isAway: false };
  const app = Fastify();
  await app.register(webhookRoutes, {
    providers: providersOf(config, { metrics, signal: new AbortController().signal }),
    metrics,
    log,
    async keep(message) {
      if (state.isAway) throw new Error("the database is away");
      const isKnown = kept.some(({ dedupe }) => dedupe === message.dedupe);
      if (!isKnown) kept.push(message);
      return isKnown ? "seen" : "new";
    },
  });
  closing.push(() => app.close());
  return { app, kept, lines, state, metrics, config };
}

const event = { event: "payout.succeeded", data: xenditPayout({ status: "SUCCEEDED" }) };

function xendit(payload: string | object = event, token: string | null = "callback-token-for-tests") {
  return {
    method: "POST" as const,
    url: "/webhooks/payouts/xendit-v2",
    headers: { "content-type": "application/json", ...(token === null ? {} : { "x-callback-token": token }) },
    payload: typeof payload === "string" ? payload : JSON.stringify(payload),
  };
}

describe("a webhook that shows our token", () => {
  it("is kept as it came and answered 200; delivered again it is known", async () => {
    const { app, kept } = await start();
    const first = await app.inject(xendit());
    expect([first.statusCode, first.json()]).toEqual([200, { outcome: "new" }]);
    expect(Buffer.from(kept[0]?.raw ?? []).toString()).toBe(JSON.stringify(event));
    expect((await app.inject(xendit())).json()).toEqual({ outcome: "seen" });
    expect(kept).toHaveLength(1);
  });

  it("is kept even when it is none of the messages that we know: nothing is lost", async () => {
    const { app, kept } = await start();
    expect((await app.inject(xendit("<html>"))).statusCode).toBe(200);
    expect(kept).toHaveLength(1);
  });

  it("may come as a form, with the token in it", async () => {
    const { app, kept } = await start();
    const form = new URLSearchParams({
      data: JSON.stringify(flipDisbursement({ status: "DONE" })),
      token: "validation-token-for-tests",
    });
    const answer = await app.inject({
      method: "POST",
      url: "/webhooks/payouts/flip-v3",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      payload: form.toString(),
    });
    expect(answer.statusCode).toBe(200);
    expect(kept).toMatchObject([{ provider: "flip-v3" }]);
  });

  it("is answered 503 while the database is away, so that it comes again", async () => {
    const { app, state } = await start();
    state.isAway = true;
    const answer = await app.inject(xendit());
    expect(answer.statusCode).toBe(503);
    expect(answer.headers["retry-after"]).toBe("30");
  });
});

describe("a webhook that does not", () => {
  it.each([null, "", "another-token-for-tests", "callback-token-for-test"])(
    "is refused, counted and not kept: %j",
    async (token) => {
      const { app, kept, metrics, lines } = await start();
      const answer = await app.inject(xendit(event, token));
      expect(answer.statusCode).toBe(401);
      expect(answer.json()).toMatchObject({ code: "wrong_credentials" });
      expect(kept).toEqual([]);
      expect(await metrics.registry.metrics()).toContain(
        'treasury_webhooks_refused_total{provider="xendit-v2",reason="token"} 1',
      );
      expect(lines.join("")).not.toMatch(/token-for-test|1234567890|Nasabah/);
    },
  );

  it("is told to wait after too many, while the right token passes", async () => {
    const { app } = await start();
    for (let time = 0; time < FAILURES_PER_ADDRESS_MAX; time++)
      expect((await app.inject(xendit(event, "x"))).statusCode).toBe(401);
    const answer = await app.inject(xendit(event, "x"));
    expect(answer.statusCode).toBe(429);
    expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    expect((await app.inject(xendit())).statusCode).toBe(200);
  });
});

describe("what is no webhook", () => {
  it("is a body larger than the bound, whatever token it shows", async () => {
    const { app, kept } = await start();
    const answer = await app.inject(xendit("x".repeat(WEBHOOK_BODY_BYTES_MAX + 1)));
    expect(answer.statusCode).toBe(413);
    expect(answer.json()).toMatchObject({ code: "too_large" });
    expect(kept).toEqual([]);
  });

  it.each(["midtrans", "constructor", "xendit-v2x"])("is a provider that nobody knows: %s", async (name) => {
    const { app } = await start();
    const answer = await app.inject({ ...xendit(), url: `/webhooks/payouts/${name}` });
    expect(answer.statusCode).toBe(404);
  });

  it("is a provider that is off", async () => {
    const { app } = await start({
      PAYOUT_PROVIDER: "flip-v3",
      XENDIT_SECRET_KEY: "",
      XENDIT_CALLBACK_TOKEN: "",
    });
    expect((await app.inject(xendit())).statusCode).toBe(404);
  });
});
