import { join } from "node:path";
import type { NodeConfig, Port } from "@jumpa-madu/contracts/node-config";
import fc from "fast-check";
import pino from "pino";
import { describe, expect, onTestFinished, test } from "vitest";
import { openLastGood } from "../catalogue/last-good.ts";
import { freshFolder } from "../fresh-folder.ts";
import { type NodeConfigReceiver, nodeConfigReceiverOf } from "./node-config-receiver.ts";
import { CONFIG_BYTES_MAX } from "./uplink-limits.ts";

const log = pino({ level: "silent" });
const SCALE: Port = { path: "/dev/ttyUSB0", protocol: "st-gs", scale: "scale-1" };
const BIN: Port = { path: "/dev/ttyUSB1", protocol: "a02yyuw", bin: "bin-1" };
const INITIAL: NodeConfig = { version: 0, ports: [SCALE] };

const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

function receiver(
  file = join(freshFolder(), "kept.sqlite"),
  initial = INITIAL,
  logOfReceiver: pino.Logger = log,
) {
  const applied: number[] = [];
  const kept = openLastGood(file, log);
  const made: NodeConfigReceiver = nodeConfigReceiverOf({
    initial,
    kept,
    log: logOfReceiver,
  });
  made.onApplied(({ version }) => void applied.push(version));
  onTestFinished(() => kept.close());
  return { receiver: made, applied, file };
}

describe("configuration from the broker", () => {
  test("a newer one is applied and kept; an older or equal one is ignored", () => {
    const first = receiver();
    expect(first.receiver.receive(bytes({ version: 5, ports: [SCALE, BIN] }))).toBe(true);
    expect(first.receiver.receive(bytes({ version: 4, ports: [] }))).toBe(false);
    expect(first.receiver.receive(bytes({ version: 5, ports: [] }))).toBe(false);
    expect(first.applied).toEqual([0, 5]);
    const second = receiver(first.file);
    expect(second.applied).toEqual([5]);
    expect(second.receiver.current().ports).toEqual([SCALE, BIN]);
    // A newer version in the file of the node wins over the kept one.
    expect(receiver(first.file, { version: 6, ports: [] }).applied).toEqual([6]);
  });

  test("the first one says which devices of the node's own file it drops, and later ones say nothing", () => {
    const lines: { level: number; dropped?: string[]; msg: string }[] = [];
    const written = pino({ level: "warn" }, { write: (line) => void lines.push(JSON.parse(line)) });
    const initial: NodeConfig = {
      version: 0,
      ports: [SCALE, BIN],
      printer: { path: "/dev/usb/lp0", paper_mm: 58 },
      readers: [{ path: "/dev/ttyACM1", protocol: "gm65" }],
    };
    const { receiver: made } = receiver(undefined, initial, written);
    made.receive(bytes({ version: 1, ports: [SCALE] }));
    made.receive(bytes({ version: 2, ports: [] }));
    expect(lines).toMatchObject([
      {
        level: 40,
        dropped: ["bin-1", "printer", "reader /dev/ttyACM1"],
        msg: expect.stringMatching(
          /^configuration from the cloud replaces the local one: these are no longer/,
        ),
      },
    ]);
  });

  test("of a port that is not right it is told what is wrong with the kind that is meant", () => {
    const { receiver: made } = receiver();
    made.receive(bytes({ version: 9, ports: [{ ...SCALE, unit: "pon" }] }));
    expect(made.fault()).toMatch(/^\/ports\/0\/unit must be equal to one of .*: g, kg, t, lb, oz$/);
  });

  test.each([
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0]), "not JSON"],
    ["text that is no JSON", Buffer.from("{"), "not JSON"],
    ["another shape", bytes({ version: 9 }), "ports"],
    ["a field too many", bytes({ version: 9, ports: [], shell: "rm" }), "additional"],
    [
      "one serial device twice",
      bytes({ version: 9, ports: [SCALE, { ...BIN, path: SCALE.path }] }),
      "path /dev/ttyUSB0 is used by scale-1 as well",
    ],
    ["one scale twice", bytes({ version: 9, ports: [SCALE, { ...SCALE, path: "/dev/other" }] }), "two ports"],
    [
      "a calibration whose full bin is farther than its empty one",
      bytes({ version: 9, ports: [SCALE, { ...BIN, calibration: { empty_mm: 150, full_mm: 900 } }] }),
      "bin bin-1: calibration: full_mm (900) must be less than empty_mm (150)",
    ],
    [
      "a bin in a container of a type that is not told of",
      bytes({ version: 9, ports: [{ ...BIN, container: "drum" }], container_types: {} }),
      "container drum is not among container_types",
    ],
    [
      "a printer on the port of a scale",
      bytes({ version: 9, ports: [SCALE], printer: { path: SCALE.path, paper_mm: 58 } }),
      "used by two devices",
    ],
    ["too many bytes", Buffer.alloc(CONFIG_BYTES_MAX + 1, " "), "at most"],
  ])("%s are refused as a whole with a reason, until a good one comes", (_name, payload, reason) => {
    const { receiver: made, applied } = receiver();
    expect(made.receive(payload)).toBe(true);
    expect(made.fault()).toContain(reason);
    expect(applied).toEqual([0]);
    // The same again is no news.
    expect(made.receive(payload)).toBe(false);
    made.receive(bytes({ version: 10, ports: [] }));
    expect(made.fault()).toBeNull();
    expect(applied).toEqual([0, 10]);
  });

  test("the newest version that was received is told, also if it was refused", () => {
    const { receiver: made } = receiver();
    expect(made.wantedVersion()).toBe(0);
    made.receive(bytes({ version: 5, ports: [SCALE] }));
    expect(made.wantedVersion()).toBe(5);
    for (const [payload, wanted] of [
      [bytes({ version: 7, ports: "none" }), 7],
      [bytes({ version: 8, ports: [SCALE, SCALE] }), 8],
      [bytes({ version: 6, ports: "none" }), 8],
      [bytes({ version: 8.5 }), 8],
      [bytes({ version: 1e300 }), 8],
      [bytes({ version: "9" }), 8],
      [bytes(null), 8],
    ] as const) {
      made.receive(payload);
      expect(made.wantedVersion()).toBe(wanted);
      expect(made.current().version).toBe(5);
    }
    expect(made.receive(bytes({ version: 9, ports: "none" })), "a newer version is news").toBe(true);
  });

  test("whoever listens is given the one in force at once, and the whole of each that takes its place", () => {
    const { receiver: made } = receiver();
    const seen: NodeConfig[] = [];
    made.onApplied((config) => void seen.push(config));
    const next = { version: 1, ports: [], printer: { path: "/dev/usb/lp0", paper_mm: 58 } };
    made.receive(bytes(next));
    made.receive(bytes({ version: 2, ports: "none" }));
    expect(seen).toEqual([INITIAL, next]);
  });

  test("no bytes whatsoever make it throw, and no reason is longer than a status can carry", () => {
    const { receiver: made } = receiver();
    // The most and the longest faults that there can be: nothing of a port is right, and a path is as long as it may be.
    const long = { ...SCALE, path: `/dev/${"x".repeat(250)}` };
    for (const ports of [Array(16).fill({}), Array(16).fill({ path: 1, scale: "A", bin: 1 }), [long, long]]) {
      made.receive(bytes({ version: 9, ports }));
      expect(made.fault()?.length).toBeLessThanOrEqual(500);
      expect(made.fault()).not.toBeNull();
    }
    const json = fc.jsonValue().map((value) => bytes(value));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), json), (payload) => {
        made.receive(payload);
        expect(made.fault()?.length ?? 0).toBeLessThanOrEqual(500);
      }),
    );
  });

  test("a disk that keeps nothing does not stop it from being applied", () => {
    const applied: number[] = [];
    const kept = {
      read: () => null,
      write: () => {
        throw new Error("disk full");
      },
      close: () => undefined,
    };
    const made = nodeConfigReceiverOf({
      initial: INITIAL,
      kept,
      log,
    });
    made.onApplied(({ version }) => void applied.push(version));
    made.receive(bytes({ version: 1, ports: [] }));
    expect(applied).toEqual([0, 1]);
  });
});
