/** A terminal on a real port with a scale that the test moves, for the tests of the terminal. */
import { request } from "node:http";
import type { Catalogue } from "@jumpa-madu/contracts/catalogue";
import pino from "pino";
import { onTestFinished } from "vitest";
import type { Document } from "../catalogue/last-good.ts";
import { priceListOf } from "../catalogue/price-list.ts";
import { freshPath } from "../fresh-folder.ts";
import { type Outbox, openOutbox } from "../outbox/outbox.ts";
import { TEST_LIMITS } from "../outbox/outbox-fixture.ts";
import type { OutboxLimits } from "../outbox/outbox-limits.ts";
import { startPrintQueue } from "../printer/print-queue.ts";
import type { LiveWeight, Refusal } from "../sensing/stable-weight.ts";
import type { OrderRefusal, Scale } from "./scale.ts";
import type { KeptTries } from "./supervisor-checks.ts";
import { buildTerminal } from "./terminal-app.ts";
import { TERMINAL_LIMITS, type TerminalLimits } from "./terminal-limits.ts";
import type { TerminalParts } from "./terminal-parts.ts";

/** Time of day in these tests. */
export const NOW_MS = 1_790_000_000_000;

export const MEMBER = "0199a000-0000-7000-8000-000000000001";
export const PRICE_OLD = "0199a000-0000-7000-8000-0000000000a1";
export const PRICE = "0199a000-0000-7000-8000-0000000000a2";
const PRICE_NEXT = "0199a000-0000-7000-8000-0000000000a3";

/** Cardboard at 1500, then 2000, tomorrow 9000 rupiah per kilogram; glass without a price. */
export const CATALOGUE: Catalogue = {
  waste_bank: "melati",
  materials: [
    { id: "cardboard", name: "Kardus", category: "kertas" },
    { id: "glass", name: "Kaca", category: "kaca" },
  ],
  prices: [
    { id: PRICE_OLD, material: "cardboard", price_idr_per_kg: 1500, valid_from: NOW_MS - 2_000_000 },
    { id: PRICE, material: "cardboard", price_idr_per_kg: 2000, valid_from: NOW_MS - 1_000_000 },
    { id: PRICE_NEXT, material: "cardboard", price_idr_per_kg: 9000, valid_from: NOW_MS + 1 },
  ],
  members: [{ id: MEMBER, number: "JM-0001", name: "Member One" }],
};

/** A scale whose weight the test puts on and takes off. */
export class TestScale implements Scale {
  readonly name: string;
  maxG: number | null = null;
  divisionG: number | null = null;
  /** Commands that it has been sent, and why it takes none. */
  readonly orders: string[] = [];
  orderRefusal: OrderRefusal | null = null;
  private weight: LiveWeight | null = null;
  private refusal: Refusal | null = "disconnected";
  private weighing = 0;

  constructor(name = "scale-1") {
    this.name = name;
  }

  /** A load comes to rest. */
  put(weightG: number, more: Partial<LiveWeight> = {}): void {
    this.weighing += 1;
    this.refusal = null;
    this.weight = {
      weightG,
      mode: "gross",
      stable: true,
      atMs: NOW_MS - 5,
      rawHex: "53542c47",
      weighing: this.weighing,
      ...more,
    };
  }

  /** Something keeps the weight from being taken. */
  refuse(reason: Refusal): void {
    this.refusal = reason;
  }

  current(): LiveWeight | null {
    return this.weight;
  }

  order(command: string): OrderRefusal | null {
    if (this.orderRefusal === null) this.orders.push(command);
    return this.orderRefusal;
  }

  captureStable(): ReturnType<Scale["captureStable"]> {
    if (this.refusal !== null) return { ok: false, reason: this.refusal };
    if (this.weight === null) return { ok: false, reason: "disconnected" };
    return { ok: true, weight: this.weight };
  }
}

export interface Answer {
  status: number;
  type: string;
  headers: Record<string, unknown>;
  // The body is what the test looks into.
  body: Record<string, unknown>;
}

export interface TestTerminal {
  port: number;
  outbox: Outbox;
  scale: TestScale;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
}

export interface TestTerminalOptions {
  limits?: Partial<TerminalLimits>;
  outbox?: Partial<OutboxLimits>;
  parts?: Partial<TerminalParts>;
}

/** Starts a terminal with one scale. */
export async function testTerminal(options: TestTerminalOptions = {}): Promise<TestTerminal> {
  const outbox = openOutbox(freshPath(), { ...TEST_LIMITS, ...options.outbox });
  const scale = new TestScale();
  const priceList = priceListOf(CATALOGUE);
  const printing = startPrintQueue({ print: async () => ({ ok: true }), log: pino({ level: "silent" }) });
  const app = buildTerminal({
    node: "node-1",
    version: "1.2.3",
    outbox,
    scales: () => [scale],
    catalogue: { priceList: () => priceList, ageMs: () => 1234 },
    isConnected: () => false,
    ports: () => [
      { path: "/dev/ttyUSB0", protocol: "st-gs", device: "scale-1", open: true, last_reading_age_ms: 7 },
    ],
    configVersion: () => 3,
    expiryPolicy: () => "warn",
    tries: memoryTries(),
    printing,
    latestScan: () => null,
    notices: () => [],
    allowed: { hosts: ["127.0.0.1", "localhost"], origins: ["http://terminal.example"] },
    limits: { ...TERMINAL_LIMITS, weightEveryMs: 5, ...options.limits },
    nowMs: () => NOW_MS,
    log: pino({ level: "silent" }),
    ...options.parts,
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  onTestFinished(async () => {
    await app.close();
    await printing.stop();
    outbox.close();
  });
  const address = app.server.address();
  if (typeof address !== "object" || address === null) throw new Error("no port");
  const { port } = address;
  return {
    port,
    outbox,
    scale,
    post: (path, body, headers = {}) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      return ask({
        port,
        method: "POST",
        path,
        text,
        headers: { "content-type": "application/json", ...headers },
      });
    },
    get: (path, headers = {}) => ask({ port, method: "GET", path, text: "", headers }),
  };
}

/** Counts of wrong PINs that outlive a terminal, as the disk would keep them. */
export function memoryTries(): KeptTries {
  const documents = new Map<string, Document>();
  return {
    read: (name) => documents.get(name) ?? null,
    write: (name, document) => void documents.set(name, structuredClone(document)),
  };
}

interface Ask {
  port: number;
  method: string;
  path: string;
  text: string;
  headers: Record<string, string>;
}

/** One request by node:http: fetch would not let a test choose the Host header. */
export function ask({ port, method, path, text, headers }: Ask): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const body = Buffer.concat(pieces).toString();
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers["content-type"] ?? "",
          headers: response.headers,
          body: body === "" ? {} : JSON.parse(body),
        });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}
