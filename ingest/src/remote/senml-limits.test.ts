import { pino } from "pino";
import { expect, test } from "vitest";
import { PlacesCache } from "../intake/places-cache.ts";
import { createMetrics } from "../metrics.ts";
import { type JudgementOptions, RemoteJudgement, UPLINKS_WAITING_MAX } from "./remote-judgement.ts";
import { PACKS_WAITING_BYTES_MAX, PACKS_WAITING_MAX, SENML_BYTES_MAX, SenmlIntake } from "./senml-intake.ts";
import type { RemoteUplink } from "./uplink.ts";

const log = pino({ level: "silent" });

/** An intake that nobody works off. */
function intake() {
  const metrics = createMetrics();
  const places = new PlacesCache(async () => null);
  const unused = {} as RemoteJudgement;
  const { signal } = new AbortController();
  const senml = new SenmlIntake({ judgement: unused, places, metrics, log, signal });
  let acknowledged = 0;
  return {
    offer: (bytes: number) =>
      senml.offer({ topic: "t", payload: Buffer.alloc(bytes), puback: () => acknowledged++ }, "node-1", 0),
    over: async () => (await metrics.packsOver.get()).values[0]?.value ?? 0,
    acknowledged: () => acknowledged,
  };
}

test(`${PACKS_WAITING_MAX} packs wait; one more is counted and not acknowledged`, async () => {
  const { offer, over, acknowledged } = intake();
  for (let time = 0; time < PACKS_WAITING_MAX; time++) offer(1);
  expect(await over()).toBe(0);
  offer(1);
  expect([await over(), acknowledged()]).toEqual([1, 0]);
});

test(`${PACKS_WAITING_BYTES_MAX} bytes of packs wait; one more is counted and not acknowledged`, async () => {
  const { offer, over, acknowledged } = intake();
  for (let bytes = 0; bytes < PACKS_WAITING_BYTES_MAX; bytes += SENML_BYTES_MAX) offer(SENML_BYTES_MAX);
  expect(await over()).toBe(0);
  offer(1);
  expect([await over(), acknowledged()]).toEqual([1, 0]);
});

test(`${UPLINKS_WAITING_MAX} uplinks wait or are under way; one more is told to come again`, async () => {
  const db = {
    selectFrom: () => {
      throw new Error("away");
    },
  };
  const options = { store: { db }, metrics: createMetrics(), log };
  const judgement = new RemoteJudgement(options as unknown as JudgementOptions);
  const uplink = { sensor: { source: "lorawan", node: "a", key: "a" } } as RemoteUplink;
  const taken = Array.from({ length: UPLINKS_WAITING_MAX }, () => judgement.take(uplink));
  expect(judgement.waiting).toBe(UPLINKS_WAITING_MAX);
  expect(await judgement.take(uplink)).toEqual({ kind: "unavailable", reason: "too many uplinks at once" });
  for (const outcome of await Promise.all(taken)) expect(outcome.kind).toBe("unavailable");
  expect(judgement.waiting).toBe(0);
});
