import { newEventId } from "@jumpa-madu/contracts/ids";
import { READING_SCHEMAS } from "@jumpa-madu/contracts/readings";
import { RECORD_SCHEMAS } from "@jumpa-madu/contracts/records";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { expect, test } from "vitest";
import { depositMeansOf, SimScale } from "./sim-scale.ts";

const MEANS = {
  waste_bank: "sim-bank-00001",
  members: [newEventId(), newEventId()],
  prices: [
    { id: newEventId(), material: "sim-pet", price_idr_per_kg: 3_000 },
    { id: newEventId(), material: "sim-iron", price_idr_per_kg: 4_250 },
  ],
};

test("visits fit the wire, each with a material once, its own receipt, and times of their own", () => {
  const scale = new SimScale({ id: "sim-scale-00001", means: MEANS, seed: 3 });
  const visits = Array.from({ length: 50 }, () => scale.visitAt(1_790_000_000_000));
  const deposits = checkerOf(RECORD_SCHEMAS.deposit);
  const weights = checkerOf(READING_SCHEMAS.scale_weight);
  for (const visit of visits) {
    expect(deposits.check(visit.deposit)).toMatchObject({ ok: true });
    for (const weight of visit.weights) expect(weights.check(weight)).toMatchObject({ ok: true });
    const materials = visit.deposit.lines.map(({ material }) => material);
    expect(new Set(materials).size).toBe(materials.length);
  }
  expect(new Set(visits.map(({ deposit }) => deposit.receipt_no)).size).toBe(50);
  const times = visits.flatMap((visit) => visit.weights.map(({ t }) => t));
  expect(new Set(times).size).toBe(times.length);
});

test("visitors come as often as asked for, on average", () => {
  const scale = new SimScale({ id: "sim-scale-00001", means: MEANS, seed: 3 });
  const pausesMs = Array.from({ length: 2_000 }, () => scale.pauseMs(2));
  expect(pausesMs.reduce((sum, ms) => sum + ms, 0) / 2_000 / 30_000).toBeCloseTo(1, 0);
});

test("a node without members or prices makes no deposits", () => {
  expect(depositMeansOf({ id: "n", secret: "s", ...MEANS })).toEqual(MEANS);
  expect(depositMeansOf({ id: "n", secret: "s", ...MEANS, members: [] })).toBeNull();
  expect(depositMeansOf({ id: "n", secret: "s" })).toBeNull();
});
