/** The adapters as they speak over HTTP: what they send, and what they make of what is not an answer. */
import type { IncomingHttpHeaders } from "node:http";
import type { PayoutProviderId } from "@jumpa-madu/contracts/payout/outcome";
import { afterEach, describe, expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";
import type { PayoutProvider } from "./payout-provider.ts";
import { providersOf } from "./providers.ts";
import {
  bodyOf,
  deadUrl,
  type FaultyServer,
  startHttpServer,
  startRawServer,
} from "./testing/faulty-server.ts";
import { bytesOf, flipDisbursement, KEY, REFERENCE, xenditPayout } from "./testing/frames.ts";
import { testConfig } from "./testing/test-config.ts";

let server: FaultyServer | undefined;

afterEach(async () => {
  await server?.close();
  server = undefined;
});

function adapter(id: PayoutProviderId, url: string, change: Record<string, string> = {}): PayoutProvider {
  const provider = providersOf(testConfig({ XENDIT_URL: url, FLIP_URL: `${url}/api`, ...change }), {
    metrics: createMetrics(),
    signal: new AbortController().signal,
    timing: { timeoutMs: 200 },
  }).get(id);
  if (provider === undefined) throw new Error(`${id} is off`);
  return provider;
}

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** A server that answers everything with one JSON object, and remembers what it was asked. */
async function startAnswering(answer: object, status = 200, headers: Record<string, string> = {}) {
  const seen: Seen[] = [];
  server = await startHttpServer(async (request, response) => {
    const { method, url, headers: given } = request;
    seen.push({ method, url, headers: given, body: await bodyOf(request) });
    response.writeHead(status, headers).end(JSON.stringify(answer));
  });
  return { url: server.url, seen };
}

const SUBMISSION = { bytes: bytesOf('{"kept":"bytes"}'), idempotencyKey: KEY, reference: REFERENCE };
const QUESTION = { providerId: null, idempotencyKey: KEY, reference: REFERENCE };

describe("Xendit", () => {
  it("is sent the kept bytes with key and authentication, and its answer is handed on as it came", async () => {
    const { url, seen } = await startAnswering(xenditPayout());
    const { outcome, raw } = await adapter("xendit-v2", url).submit(SUBMISSION);
    expect(outcome).toMatchObject({ kind: "pending", providerId: "disb-1475d2f3" });
    expect(raw).toEqual({ status: 200, bytes: Buffer.from(bytesOf(xenditPayout())), trouble: null });
    expect(seen).toMatchObject([
      {
        method: "POST",
        url: "/v2/payouts",
        body: '{"kept":"bytes"}',
        headers: {
          "idempotency-key": KEY,
          "content-type": "application/json",
          authorization: `Basic ${Buffer.from("xnd_development_for_tests_only:").toString("base64")}`,
        },
      },
    ]);
  });

  it("is asked by its own id where that is known, else by our reference", async () => {
    const { url, seen } = await startAnswering(xenditPayout({ status: "SUCCEEDED" }));
    const xendit = adapter("xendit-v2", url);
    await xendit.lookup({ ...QUESTION, providerId: "disb/../1" });
    await xendit.lookup(QUESTION);
    expect(seen.map((one) => one.url)).toEqual([
      "/v2/payouts/disb%2F..%2F1",
      `/v2/payouts?reference_id=${REFERENCE}&limit=10`,
    ]);
  });

  it("tells its balance", async () => {
    const { url, seen } = await startAnswering({ balance: 7 });
    expect((await adapter("xendit-v2", url).balance()).outcome).toEqual({ kind: "balance", availableIdr: 7 });
    expect(seen).toMatchObject([{ method: "GET", url: "/balance?account_type=CASH&currency=IDR" }]);
  });

  it("knows no names", async () => {
    const inquiry = { channel: "bca", accountNumber: "1234567890", inquiryKey: "k" };
    expect((await adapter("xendit-v2", await deadUrl()).inquire(inquiry)).outcome).toEqual({
      state: "unavailable",
    });
  });
});

describe("Flip", () => {
  it("is sent the kept bytes with the key and the time of the sending", async () => {
    const { url, seen } = await startAnswering(flipDisbursement());
    const { outcome } = await adapter("flip-v3", url).submit(SUBMISSION);
    expect(outcome).toMatchObject({ kind: "pending", providerId: "10" });
    expect(seen).toMatchObject([
      {
        method: "POST",
        url: "/api/v3/disbursement",
        body: '{"kept":"bytes"}',
        headers: { "idempotency-key": KEY, "content-type": "application/x-www-form-urlencoded" },
      },
    ]);
    const sentMs = Date.parse(String(seen[0]?.headers["x-timestamp"]));
    expect(Math.abs(sentMs - Date.now())).toBeLessThan(10_000);
  });

  it("is asked by its own id where that is known, else by our key", async () => {
    const { url, seen } = await startAnswering(flipDisbursement());
    const flip = adapter("flip-v3", url);
    await flip.lookup({ ...QUESTION, providerId: "10" });
    await flip.lookup(QUESTION);
    expect(seen.map((one) => one.url)).toEqual([
      "/api/v3/get-disbursement?id=10",
      `/api/v3/get-disbursement?idempotency-key=${encodeURIComponent(KEY)}`,
    ]);
  });

  it("is asked whose account it is, by its own code of the bank", async () => {
    const { url, seen } = await startAnswering({ status: "SUCCESS", account_holder: "NASABAH SATU" });
    const flip = adapter("flip-v3", url);
    const inquiry = { channel: "bsi", accountNumber: "1234567890", inquiryKey: "k" };
    expect((await flip.inquire(inquiry)).outcome).toEqual({ state: "name", name: "NASABAH SATU" });
    expect(seen).toMatchObject([
      {
        url: "/api/v2/disbursement/bank-account-inquiry",
        body: "account_number=1234567890&bank_code=bsm&inquiry_key=k",
      },
    ]);
  });

  it("tells its balance", async () => {
    const { url, seen } = await startAnswering({ balance: 7 });
    expect((await adapter("flip-v3", url).balance()).outcome).toEqual({ kind: "balance", availableIdr: 7 });
    expect(seen).toMatchObject([{ method: "GET", url: "/api/v2/general/balance" }]);
  });
});

describe.each(["xendit-v2", "flip-v3"] as const)("a call to %s", (id) => {
  const both = async (provider: PayoutProvider) =>
    [await provider.submit(SUBMISSION), await provider.lookup(QUESTION)].map(({ outcome, raw }) => [
      outcome.kind,
      raw.trouble ?? raw.status,
    ]);

  it("that nobody hears is to come again: it was not sent", async () => {
    const provider = adapter(id, await deadUrl());
    expect(await both(provider)).toEqual([
      ["throttled", "refused"],
      ["throttled", "refused"],
    ]);
  });

  it("that ends in silence or a reset leaves everything open", async () => {
    server = await startRawServer(() => undefined);
    expect(await both(adapter(id, server.url))).toEqual([
      ["unknown", "timeout"],
      ["unknown", "timeout"],
    ]);
    await server.close();
    server = await startRawServer((socket) => socket.resetAndDestroy());
    expect(await both(adapter(id, server.url))).toEqual([
      ["unknown", "reset"],
      ["unknown", "reset"],
    ]);
  });

  it("that is refused for the rate is to come again, and further calls stay here meanwhile", async () => {
    const { url, seen } = await startAnswering({}, 429, { "rate-limit-reset": "9" });
    const provider = adapter(id, url);
    expect((await provider.submit(SUBMISSION)).outcome).toEqual({ kind: "throttled", retryAfterMs: 9_000 });
    const { outcome, raw } = await provider.lookup(QUESTION);
    expect(outcome.kind).toBe("throttled");
    expect(raw.trouble).toBe("throttled");
    expect(seen).toHaveLength(1);
  });

  it("waits its turn, or stays here when its turn is too far away", async () => {
    const { url, seen } = await startAnswering({});
    const slow = { XENDIT_REQUESTS_PER_MINUTE: "10", FLIP_REQUESTS_PER_MINUTE: "10" };
    const provider = adapter(id, url, slow);
    await provider.balance();
    expect((await provider.submit(SUBMISSION)).outcome).toMatchObject({ kind: "throttled" });
    expect(seen).toHaveLength(1);
    const quick = adapter(id, url, { XENDIT_REQUESTS_PER_MINUTE: "600", FLIP_REQUESTS_PER_MINUTE: "600" });
    const startedMs = performance.now();
    for (let call = 0; call < 62; call++) await quick.balance();
    expect(performance.now() - startedMs).toBeGreaterThan(90);
    expect(seen).toHaveLength(63);
  });
});
