/** For tests: a simulator whose clock stands still, calls to it, and a receiver of its webhooks. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { type ProviderSim, type ProviderSimOptions, startProviderSim } from "./provider-sim.ts";

/** When the standing clock stands: 2027-01-15 08:00 UTC. */
export const START_MS = 1_800_000_000_000;

/** Longest wait for an answer that must come. */
const DEADLINE_MS = 8_000;

/** Starts a simulator in real durations on a standing clock; it is stopped when the test ends. */
export async function startSim(options: Partial<ProviderSimOptions> = {}): Promise<ProviderSim> {
  const sim = await startProviderSim({ seed: 1, nowMs: () => START_MS, speed: 1, ...options });
  onTestFinished(() => sim.stop());
  return sim;
}

/** An answer as it came. `json` is undefined when the body is none. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  json: any;
}

interface Call {
  method?: string;
  key?: string;
  idempotencyKey?: string;
  headers?: Record<string, string>;
  body?: string | undefined;
  deadlineMs?: number;
}

/** Calls a path with a key of Basic authentication. Throws when there is no answer in time. */
export async function call(sim: ProviderSim, path: string, options: Call = {}): Promise<Answer> {
  const { method = "GET", key, idempotencyKey, headers, body, deadlineMs = DEADLINE_MS } = options;
  const secret = key ?? (path.startsWith("/api/") ? sim.secrets.flipSecretKey : sim.secrets.xenditSecretKey);
  const answer = await fetch(`${sim.url}${path}`, {
    method,
    headers: {
      authorization: `Basic ${btoa(`${secret}:`)}`,
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(deadlineMs),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: jsonOf(text) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A sound body of `POST /v2/payouts`. */
export function payoutBody(
  changes: Record<string, unknown> = {},
  accountNumber = "1234567890",
): Record<string, unknown> {
  return {
    reference_id: "attempt-1",
    channel_code: "ID_BCA",
    channel_properties: { account_holder_name: "Nasabah Satu", account_number: accountNumber },
    amount: 50_000,
    currency: "IDR",
    description: "Tabungan",
    ...changes,
  };
}

/** Creates a payout at Xendit. */
export function pay(
  sim: ProviderSim,
  idempotencyKey: string,
  body: unknown = payoutBody(),
  options: Call = {},
): Promise<Answer> {
  return call(sim, "/v2/payouts", {
    method: "POST",
    idempotencyKey,
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...options,
  });
}

/** Creates a disbursement at Flip. */
export function disburse(
  sim: ProviderSim,
  idempotencyKey: string,
  fields: Record<string, string> = {},
  options: Call = {},
): Promise<Answer> {
  const form = {
    account_number: "1234567890",
    bank_code: "bca",
    amount: "50000",
    remark: "Tabungan",
    ...fields,
  };
  return call(sim, "/api/v3/disbursement", {
    method: "POST",
    idempotencyKey,
    body: new URLSearchParams(form).toString(),
    ...options,
    headers: { "content-type": "application/x-www-form-urlencoded", ...options.headers },
  });
}

/** A control call. */
export function control(sim: ProviderSim, method: string, path: string, body?: unknown): Promise<Answer> {
  return call(sim, `/_control${path}`, {
    method,
    headers: { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
}

/** One webhook that came. */
export interface Received {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** A server that takes webhooks. */
export interface Receiver {
  url: string;
  received: Received[];
  /** Statuses of the next answers, then 200; 0 is no answer. */
  answers: number[];
}

/** Starts a receiver; it is stopped when the test ends. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      const status = answers.shift() ?? 200;
      if (status !== 0) response.writeHead(status).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/webhooks`, received, answers };
}
