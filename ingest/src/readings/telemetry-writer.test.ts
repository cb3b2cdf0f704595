import type { WriteOutcome } from "@jumpa-madu/store/telemetry-store";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createMetrics } from "../metrics.ts";
import { FakeTelemetry } from "../testing/fake-telemetry.ts";
import { level } from "../testing/test-stores.ts";
import { DEADLINE_MS, until } from "../testing/until.ts";
import { RETRY_AFTER_MS_MAX, TelemetryGate } from "./telemetry-gate.ts";
import { type RefusedPoint, TelemetryWriter, WRITES_MAX } from "./telemetry-writer.ts";

const UNAVAILABLE: WriteOutcome = { kind: "unavailable", reason: "HTTP 503" };
const STORED: WriteOutcome = { kind: "stored", refused: [] };

let telemetry: FakeTelemetry;
let aborting: AbortController;
let gate: TelemetryGate;
let writer: TelemetryWriter;
let logged: { level: number; msg: string }[];
let stored: RefusedPoint[][];

const batch = (seq: number) => [
  { node: "node-1", site: "", zone: "", seq, receivedMs: 0, reading: level(seq) },
];
const submit = (seq: number) => writer.submit(batch(seq), (refused) => stored.push(refused));

beforeEach(() => {
  telemetry = new FakeTelemetry();
  aborting = new AbortController();
  logged = [];
  stored = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const parts = { telemetry, metrics: createMetrics(), log, signal: aborting.signal };
  gate = new TelemetryGate({ ...parts, probeMs: 5 });
  writer = new TelemetryWriter({ ...parts, gate });
});

afterEach(() => aborting.abort());

describe("TelemetryWriter", () => {
  test(`writes ${WRITES_MAX} batches at once, and the next when one is done`, async () => {
    const answers: ((outcome: WriteOutcome) => void)[] = [];
    telemetry.answer = () => new Promise((resolve) => answers.push(resolve));
    for (let seq = 1; seq < WRITES_MAX; seq++) await submit(seq);
    let hasPlace = false;
    const last = submit(WRITES_MAX).then(() => {
      hasPlace = true;
    });
    await until("all places taken", () => answers.length === WRITES_MAX);
    expect(hasPlace).toBe(false);
    answers[1]?.(STORED);
    await last;
    expect(writer.writes).toBe(WRITES_MAX - 1);
  });

  test("writes the same batch again until it is stored, and tells once", async () => {
    let times = 0;
    telemetry.answer = () => (++times < 3 ? UNAVAILABLE : STORED);
    await submit(1);
    await until("stored", () => stored.length === 1);
    expect(telemetry.writes).toHaveLength(3);
    expect(new Set(telemetry.writes).size).toBe(1);
  });

  test("other batches wait while the store is unavailable", async () => {
    telemetry.answer = () => ({ ...UNAVAILABLE, retryAfterMs: 60_000 });
    await submit(1);
    await until("gate shut", () => logged.some(({ msg }) => msg.includes("unavailable")));
    await submit(2);
    await submit(3);
    expect(telemetry.writes).toHaveLength(1);
  });

  test("a write that throws is tried again and shouts", async () => {
    let times = 0;
    telemetry.answer = () => {
      if (++times === 1) throw new TypeError("a defect");
      return STORED;
    };
    await submit(1);
    await until("stored", () => stored.length === 1);
    expect(logged.find(({ msg }) => msg === "a write of points threw")?.level).toBe(50);
  });

  test("tells which points were refused", async () => {
    telemetry.answer = ([point]) => ({
      kind: "stored",
      refused: point ? [{ point, reason: "type conflict" }] : [],
    });
    await submit(1);
    await until("stored", () => stored.length === 1);
    expect(stored).toMatchObject([[{ reason: "type conflict", point: { seq: 1 } }]]);
  });

  test("a batch without points is stored without a write", async () => {
    await writer.submit([], (refused) => stored.push(refused));
    await until("stored", () => stored.length === 1);
    expect(telemetry.writes).toEqual([]);
  });

  test("lets go when the service ends", async () => {
    telemetry.answer = () => new Promise(() => undefined);
    for (let seq = 1; seq < WRITES_MAX; seq++) await submit(seq);
    const last = submit(WRITES_MAX);
    aborting.abort();
    await last;
    expect(stored).toEqual([]);
  });
});

describe("TelemetryGate", () => {
  test("a halted store is asked nothing but whether it is mended, and is an error once", async () => {
    telemetry.trouble = new Error("unauthorised");
    telemetry.answer = () => (telemetry.trouble ? { kind: "halted", reason: "HTTP 401" } : STORED);
    await submit(1);
    await submit(2);
    await until("probed", () => telemetry.pings > 3);
    expect(gate.isHalted).toBe(true);
    expect(telemetry.writes.length).toBeLessThanOrEqual(2);
    expect(logged.filter((line) => line.level === 50)).toHaveLength(1);
    telemetry.trouble = null;
    await until("both stored", () => stored.length === 2);
    expect(gate.isHalted).toBe(false);
  });

  test("waits as long as the store asks, but no longer than the limit", async () => {
    telemetry.answer = () => ({ ...UNAVAILABLE, retryAfterMs: 3_600_000 });
    await submit(1);
    const line = await until("waits", () => logged.find(({ msg }) => msg.includes("unavailable")));
    expect(line).toMatchObject({ waitMs: RETRY_AFTER_MS_MAX });
  });

  test(
    "is shut until the store is prepared",
    async () => {
      telemetry.trouble = new Error("no server");
      gate.prepare();
      await submit(1);
      await until("tried", () => logged.some(({ msg }) => msg.includes("could not be prepared")));
      expect([gate.isPrepared, telemetry.writes.length]).toEqual([false, 0]);
      telemetry.trouble = null;
      await until("stored", () => stored.length === 1);
      expect(gate.isPrepared).toBe(true);
    },
    DEADLINE_MS,
  );
});
