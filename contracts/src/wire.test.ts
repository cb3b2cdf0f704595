import { describe, expect, it } from "vitest";
import { Ack } from "./ack.ts";
import { ENVELOPE_ITEMS_MAX, Envelope } from "./envelope.ts";
import { NodeConfig, PORTS_MAX } from "./node-config.ts";
import { BinLevel, ScaleWeight } from "./readings.ts";
import { DEPOSIT_LINES_MAX, Deposit } from "./records.ts";
import { Status } from "./status.ts";
import { checkerOf } from "./validate.ts";

const t = 1_764_000_000_000;
const epoch = "0123456789abcdef0123456789abcdef";
const id = "019ab2f0-0000-7000-8000-000000000001";
const level = { kind: "bin_level", bin: "bin-1", t, distance_mm: 812, fill: 0.42, quality: "accepted" };
const line = {
  material: "pet",
  price: id,
  price_idr_per_kg: 1625,
  gross_g: 1250,
  tare_g: 0,
  net_g: 1250,
  stable: true,
  scale: "scale-1",
  raw: "53542c",
  amount_idr: 2031,
};
const deposit = {
  kind: "deposit",
  id,
  t,
  waste_bank: "bsu-1",
  member: id,
  receipt_no: "T1-000001",
  lines: [line],
  total_idr: 2031,
};

/** Schema, a value that fits, and changes that must not fit, by what they break. */
const rows = [
  {
    name: "bin level",
    checker: checkerOf(BinLevel),
    good: level,
    bad: {
      "another kind": { kind: "level" },
      "a name in capitals": { bin: "BIN" },
      "a clock that was never set": { t: 0 },
      "seconds instead of milliseconds": { t: 1_764_000_000 },
      "a negative distance": { distance_mm: -1 },
      "half a millimetre": { distance_mm: 0.5 },
      "percent instead of a share": { fill: 42 },
      "no number": { fill: "0.42" },
      "an unknown quality": { quality: "good" },
      "an unknown field": { colour: "green" },
    },
  },
  {
    name: "scale weight",
    checker: checkerOf(ScaleWeight),
    good: { kind: "scale_weight", scale: "scale-1", t, weight_g: -0.5, stable: null, mode: "gross" },
    bad: {
      "an absurd weight": { weight_g: 1e9 },
      "infinite weight": { weight_g: Number.POSITIVE_INFINITY },
      "no weight": { weight_g: Number.NaN },
      "a text for stable": { stable: "yes" },
    },
  },
  {
    name: "deposit",
    checker: checkerOf(Deposit),
    good: deposit,
    bad: {
      "an id of another version": { id: "019ab2f0-0000-4000-8000-000000000001" },
      "no lines": { lines: [] },
      "too many lines": { lines: Array.from({ length: DEPOSIT_LINES_MAX + 1 }, () => line) },
      "a negative weight": { lines: [{ ...line, net_g: -1250 }] },
      "a zero weight": { lines: [{ ...line, net_g: 0 }] },
      "an absurd weight": { lines: [{ ...line, net_g: 1e12 }] },
      "half a rupiah": { total_idr: 2031.5 },
      "a negative amount": { total_idr: -1 },
      "a receipt number with a line break": { receipt_no: "T1\n" },
      "an odd number of digits in the frame": { lines: [{ ...line, raw: "535" }] },
    },
  },
  {
    name: "envelope",
    checker: checkerOf(Envelope),
    good: { epoch, first: 1, floor: 1, items: [level, null] },
    bad: {
      "number zero": { first: 0 },
      "an empty run": { items: [] },
      "too many items": { items: Array.from({ length: ENVELOPE_ITEMS_MAX + 1 }, () => null) },
      "another epoch": { epoch: "1" },
    },
  },
  {
    name: "acknowledgement",
    checker: checkerOf(Ack),
    good: { stream: "records", epoch, upto: 0, window: 8 },
    bad: {
      "another stream": { stream: "status" },
      "an endless window": { window: 33 },
      "a shut window": { window: 0 },
    },
  },
  {
    name: "status",
    checker: checkerOf(Status),
    good: {
      online: true,
      version: "0.1.0",
      outbox: { readings: 0, records: 0 },
      clock_ms: t,
      config_version: 3,
    },
    bad: { "a negative backlog": { outbox: { readings: -1, records: 0 } } },
  },
  {
    name: "node configuration",
    checker: checkerOf(NodeConfig),
    good: {
      version: 1,
      waste_bank: "bsu-1",
      ports: [
        {
          path: "/dev/ttyUSB0",
          protocol: "a02yyuw",
          bin: "bin-1",
          calibration: { empty_mm: 1200, full_mm: 200 },
        },
        {
          path: "/dev/ttyUSB1",
          protocol: "mt-sics",
          scale: "scale-1",
          baud: 9600,
          parity: "none",
          data_bits: 8,
        },
      ],
    },
    bad: {
      "a sensor protocol on a scale": { ports: [{ path: "/dev/x", protocol: "a02yyuw", scale: "scale-1" }] },
      "no path": { ports: [{ path: "", protocol: "st-gs", scale: "scale-1" }] },
      "too many ports": {
        ports: Array.from({ length: PORTS_MAX + 1 }, () => ({
          path: "/dev/x",
          protocol: "st-gs",
          scale: "s",
        })),
      },
    },
  },
];

describe.each(rows)("$name", ({ checker, good, bad }) => {
  it("fits what the wire carries", () => {
    expect(checker.check(good)).toEqual({ ok: true, value: good });
  });

  it.each(Object.entries(bad))("refuses %s, and says where", (_breach, change) => {
    const outcome = checker.check({ ...good, ...change });
    expect(outcome.ok).toBe(false);
    if (!outcome.ok) expect(outcome.faults[0]).toMatch(/^\//);
  });
});

describe("faults", () => {
  it("are few and name the place", () => {
    const outcome = checkerOf(Deposit).check({ ...deposit, lines: Array.from({ length: 50 }, () => ({})) });
    expect(outcome.ok === false && outcome.faults.length).toBe(8);
  });
});
