import { Random } from "@jumpa-madu/contracts/random";
import { expect, test } from "vitest";
import { BURST_FACTOR, FAULTS, FaultInjector, GARBAGE_BYTES_MAX } from "./faults.ts";
import { encodeDistance } from "./ultrasonic-sensor.ts";

const frame = encodeDistance(1953);
const model = { endlessByte: 0xee, spoil: () => Uint8Array.of(0xbb, 0xbb) };
const newInjector = () => new FaultInjector(model, new Random(1));

test("without faults a frame passes unchanged and nothing is added", () => {
  const injector = newInjector();
  expect(injector.shape(frame)).toEqual([frame]);
  expect(injector.extra(100)).toEqual([]);
  expect(injector.speedFactor).toBe(1);
});

test("silence swallows frames, floods and endless bytes", () => {
  const injector = newInjector();
  for (const fault of FAULTS) injector.set(fault, true);
  expect(injector.shape(frame)).toEqual([]);
  expect(injector.extra(100)).toEqual([]);
});

test("garbage puts a bounded number of random bytes before each frame", () => {
  const injector = newInjector();
  injector.set("garbage", true);
  const lengths = Array.from({ length: 200 }, () => {
    const [garbage, ...rest] = injector.shape(frame);
    expect(rest).toEqual([frame]);
    return garbage?.length ?? 0;
  });
  expect(Math.min(...lengths)).toBeGreaterThanOrEqual(1);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(GARBAGE_BYTES_MAX);
  expect(new Set(lengths).size).toBeGreaterThan(10);
});

test("a bad checksum is what the model makes of it", () => {
  const injector = newInjector();
  injector.set("bad-checksum", true);
  expect(injector.shape(frame)).toEqual([Uint8Array.of(0xbb, 0xbb)]);
});

test("a torn frame is a head of the frame, never empty and never whole", () => {
  const injector = newInjector();
  injector.set("torn-frame", true);
  const heads = Array.from({ length: 100 }, () => injector.shape(frame)).flat();
  expect(new Set(heads.map((head) => head.length))).toEqual(new Set([1, 2, 3]));
  for (const head of heads) expect(head).toEqual(frame.slice(0, head.length));
});

test("a flood repeats the last frame until the queue is full, and once more", () => {
  const injector = newInjector();
  injector.set("flood", true);
  expect(injector.extra(1024)).toEqual([]);
  injector.shape(frame);
  expect(injector.extra(10)).toEqual([frame, frame, frame]);
  expect(injector.speedFactor).toBe(1);
});

test("a burst is a flood on a faster line", () => {
  const injector = newInjector();
  injector.set("burst", true);
  injector.shape(frame);
  expect(injector.extra(4)).toEqual([frame, frame]);
  expect(injector.speedFactor).toBe(BURST_FACTOR);
});

test("endless bytes take the place of frames and fill the queue", () => {
  const injector = newInjector();
  injector.set("endless", true);
  expect(injector.shape(frame)).toEqual([]);
  expect(injector.extra(3)).toEqual([Uint8Array.of(0xee, 0xee, 0xee)]);
});

test("faults are switched off one by one or all together", () => {
  const injector = newInjector();
  injector.set("silence", true);
  injector.set("garbage", true);
  injector.set("silence", false);
  expect(injector.active).toEqual(["garbage"]);
  injector.clear();
  expect(injector.active).toEqual([]);
  expect(injector.shape(frame)).toEqual([frame]);
});
