/** What happens when two processes take uplinks of one sensor: real stores, and another writer between read and write. */
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createMetrics } from "../metrics.ts";
import { TelemetryGate } from "../readings/telemetry-gate.ts";
import { DEV_EUI, openTestRemote, type TestRemote } from "../testing/test-remote.ts";
import { readPayload } from "./models.ts";
import { JUDGE_TRIES_MAX, RemoteJudgement } from "./remote-judgement.ts";
import type { RemoteUplink } from "./uplink.ts";

const log = pino({ level: "silent" });
const hourAgoMs = Date.now() - 3_600_000;
const bytes = Buffer.from("0b450b0500010501", "hex");

let remote: TestRemote;
beforeEach(async () => {
  remote = await openTestRemote();
});
afterEach(() => remote.close());

function judgementOn(store: RelationalStore): RemoteJudgement {
  const { telemetry } = remote;
  const metrics = createMetrics();
  const { signal } = new AbortController();
  const gate = new TelemetryGate({ telemetry, probeMs: 1_000, metrics, log, signal });
  const commit = { quarantine: (_items: unknown, after?: () => void) => after?.() };
  return new RemoteJudgement({ store, telemetry, gate, commit, metrics, log });
}

const uplink = (index: number): RemoteUplink => ({
  sensor: { source: "lorawan", node: DEV_EUI, key: DEV_EUI },
  site: "",
  from: "/webhooks/ttn/hook-ttn",
  atMs: hourAgoMs + index * 1_000,
  receivedMs: Date.now(),
  mark: `session/${index}`,
  seq: index,
  body: "",
  read: (model) => readPayload(model, { port: 2, bytes }),
});

/** A store between whose reads and writes another process takes uplinks of its own, `times` times. */
function raced(times: number): RelationalStore {
  const other = judgementOn(remote.store);
  let index = 100;
  return {
    ...remote.store,
    async transaction(work) {
      if (index < 100 + times) await other.take(uplink(index++));
      return await remote.store.transaction(work);
    },
  };
}

test("an uplink is judged anew by what another process has kept meanwhile, and stored once", async () => {
  const judgement = judgementOn(raced(JUDGE_TRIES_MAX - 1));
  expect(await judgement.take(uplink(1))).toEqual({ kind: "stored", readings: 1 });
  expect(await judgement.take(uplink(1))).toEqual({ kind: "duplicate" });
  expect(await judgement.take(uplink(100))).toEqual({ kind: "duplicate" });
  expect(await remote.telemetry.count("bin_level")).toBe(JUDGE_TRIES_MAX);
});

test(`after ${JUDGE_TRIES_MAX} tries it is to come again`, async () => {
  const judgement = judgementOn(raced(JUDGE_TRIES_MAX));
  expect(await judgement.take(uplink(1))).toMatchObject({ kind: "unavailable" });
  expect(await judgement.take(uplink(1))).toMatchObject({ kind: "stored" });
});
