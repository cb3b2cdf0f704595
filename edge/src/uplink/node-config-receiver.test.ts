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

function receiver(file = join(freshFolder(), "kept.sqlite"), initial = INITIAL) {
  const applied: number[] = [];
  const kept = openLastGood(file, log);
  const made: NodeConfigReceiver = nodeConfigReceiverOf({
    initial,
    kept,
    apply: ({ version }) => applied.push(version),
    log,
  });
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

  test.each([
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0]), "not JSON"],
    ["text that is no JSON", Buffer.from("{"), "not JSON"],
    ["another shape", bytes({ version: 9 }), "ports"],
    ["a field too many", bytes({ version: 9, ports: [], shell: "rm" }), "additional"],
    [
      "one serial device twice",
      bytes({ version: 9, ports: [SCALE, { ...BIN, path: SCALE.path }] }),
      "two ports",
    ],
    ["one scale twice", bytes({ version: 9, ports: [SCALE, { ...SCALE, path: "/dev/other" }] }), "two ports"],
    [
      "a calibration whose full bin is farther than its empty one",
      bytes({ version: 9, ports: [SCALE, { ...BIN, calibration: { empty_mm: 150, full_mm: 900 } }] }),
      "bin bin-1: calibration: full_mm (900) must be less than empty_mm (150)",
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
      apply: ({ version }) => applied.push(version),
      log,
    });
    made.receive(bytes({ version: 1, ports: [] }));
    expect(applied).toEqual([0, 1]);
  });
});
