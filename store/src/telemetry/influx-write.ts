/**
 * One write to InfluxDB, and what its answer means.
 *
 * Of @influxdata/influxdb-client only its HTTP transport is used. Its WriteApi buffers, drops what it holds too long,
 * swallows the errors of full batches and takes 201 (partly written) for success, so it cannot promise durability.
 */
import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { HttpError, InfluxDB, type Transport } from "@influxdata/influxdb-client";
import { baseUrlOf, type InfluxAddress } from "./influx-url.ts";

/** Time from sending a write to the end of its answer. */
const WRITE_MS_MAX = 10_000;

/** Connections that are kept open to one InfluxDB; further requests wait for one. */
const CONNECTIONS_MAX = 16;

/** What InfluxDB says to a body of lines. */
export type LinesOutcome =
  | { kind: "stored" }
  /** Some or all of the lines will never be stored; the rest may or may not have been. */
  | { kind: "refused"; reason: string }
  | { kind: "unavailable"; reason: string; retryAfterMs?: number }
  | { kind: "halted"; reason: string };

/** Sends lines. Any number of calls may be under way at once. */
export interface LineWriter {
  /** Writes a body of lines, and gives up after the writer's deadline. Never rejects. */
  write(body: string): Promise<LinesOutcome>;
}

/** Connections to an InfluxDB that stay open between requests. */
export function keepAliveAgent(address: InfluxAddress): HttpAgent {
  const options = { keepAlive: true, maxSockets: CONNECTIONS_MAX };
  return address.protocol === "https" ? new HttpsAgent(options) : new HttpAgent(options);
}

/** A writer to an address; `timeoutMs` is the time from sending a body to the end of its answer. */
export function createLineWriter(
  address: InfluxAddress,
  agent: HttpAgent,
  timeoutMs = WRITE_MS_MAX,
): LineWriter {
  const { transport } = new InfluxDB({
    url: baseUrlOf(address),
    timeout: timeoutMs,
    transportOptions: { agent },
  });
  const headers: Record<string, string> = { "content-type": "text/plain; charset=utf-8" };
  if (address.writeAuthorization !== null) headers.authorization = address.writeAuthorization;
  return {
    write: (body) => send(transport, { path: address.writePath, body, headers, timeoutMs }),
  };
}

async function send(
  transport: Transport,
  request: { path: string; body: string; headers: Record<string, string>; timeoutMs: number },
): Promise<LinesOutcome> {
  // The transport's own timeout counts silence only, and leaves the request open; the signal ends it for certain.
  const signal = AbortSignal.timeout(request.timeoutMs);
  const options = { method: "POST", headers: request.headers, signal };
  let status: number | undefined;
  try {
    await transport.request(request.path, request.body, options, (_headers, statusCode) => {
      status = statusCode;
    });
  } catch (error) {
    if (error instanceof HttpError)
      return outcomeOfStatus(error.statusCode, wordsOf(error), retryAfterMsOf(error));
    if (signal.aborted) return { kind: "unavailable", reason: `no answer within ${request.timeoutMs} ms` };
    return { kind: "unavailable", reason: error instanceof Error ? error.message : String(error) };
  }
  if (status === 204) return { kind: "stored" };
  return outcomeOfStatus(status ?? 0, `HTTP ${status} in place of 204`);
}

/** What a status other than 204 means. `words` are those of the engine. */
function outcomeOfStatus(status: number, words: string, retryAfterMs?: number): LinesOutcome {
  // InfluxDB 1 answers 500 when the retention policy is missing, which looks passing and is not. It gives no other mark.
  if (status === 500 && /retention policy not found/i.test(words)) return { kind: "halted", reason: words };
  if (status === 201 || status === 400 || status === 413 || status === 422)
    return { kind: "refused", reason: words };
  // A 200 is not InfluxDB's answer to a write: something between must have made it.
  if (status < 300 || status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: "unavailable", reason: words, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  }
  return { kind: "halted", reason: `HTTP ${status}: ${words}` };
}

/** The message of a JSON answer (`error` of InfluxDB 1, `message` of 2), else the answer as text. */
function wordsOf(error: HttpError): string {
  const body: unknown = error.json;
  if (typeof body === "object" && body !== null) {
    if ("error" in body && typeof body.error === "string") return body.error;
    if ("message" in body && typeof body.message === "string") return body.message;
  }
  return error.message.trim();
}

/** The header `retry-after`, in seconds or as a date; the client itself takes its seconds for milliseconds. */
function retryAfterMsOf(error: HttpError): number | undefined {
  const header = error.headers?.["retry-after"];
  if (typeof header !== "string" || header === "") return undefined;
  const waitMs = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}
