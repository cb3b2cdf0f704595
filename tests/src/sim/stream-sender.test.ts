import { ENVELOPE_BYTES_MAX } from "@jumpa-madu/contracts/envelope";
import { afterEach, describe, expect, test, vi } from "vitest";
import { StreamSender } from "./stream-sender.ts";
import { TimerWheel } from "./timer-wheel.ts";

const ITEMS_HELD_MAX = 1_000;
const EPOCH = "0123456789abcdef0123456789abcdef";

afterEach(() => void vi.useRealTimers());

function sender(options: { stream?: "readings" | "records"; window?: number; batchItems?: number } = {}) {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  const sent: { epoch: string; first: number; floor: number; items: unknown[] }[] = [];
  const acknowledged: number[] = [];
  const line = { isFull: false };
  const stream = options.stream ?? "readings";
  const one = new StreamSender({
    stream,
    epoch: EPOCH,
    window: 8,
    batchItems: 2,
    itemsHeldMax: ITEMS_HELD_MAX,
    ...options,
    wheel: new TimerWheel(),
    send(envelope) {
      if (line.isFull) return false;
      sent.push(JSON.parse(envelope));
      return true;
    },
    onAcknowledged: (items) => acknowledged.push(items),
  });
  const ack = (upto: number, window?: number) =>
    one.acknowledged({ stream, epoch: EPOCH, upto, ...(window !== undefined && { window }) });
  return { one, sent, acknowledged, line, ack };
}

describe("StreamSender", () => {
  test("sends a batch when it is together, numbered from 1, with the floor of what it holds", () => {
    const { one, sent, acknowledged, ack } = sender();
    one.connected();
    for (const item of ["1", "2", "3", "4", "5"]) one.add(item);
    expect(sent).toEqual([
      { epoch: EPOCH, first: 1, floor: 1, items: [1, 2] },
      { epoch: EPOCH, first: 3, floor: 1, items: [3, 4] },
    ]);
    // Half of an envelope: it stays as a whole.
    ack(1);
    expect(acknowledged).toEqual([]);
    ack(2);
    one.flush();
    expect(sent.at(-1)).toEqual({ epoch: EPOCH, first: 5, floor: 3, items: [5] });
    expect(acknowledged).toEqual([2]);
    expect(one.unacknowledged).toBe(3);
    ack(5);
    expect(one.unacknowledged).toBe(0);
  });

  test("has at most a window in flight, which ingest may change for readings alone", () => {
    const { one, sent, ack } = sender({ window: 2, batchItems: 1 });
    one.connected();
    for (let item = 1; item <= 10; item++) one.add(String(item));
    expect(sent).toHaveLength(2);
    ack(1, 4);
    expect(sent.map(({ first }) => first)).toEqual([1, 2, 3, 4, 5]);
    const records = sender({ stream: "records", window: 1, batchItems: 1 });
    records.one.connected();
    for (let item = 1; item <= 3; item++) records.one.add(String(item));
    records.ack(1, 8);
    expect(records.sent.map(({ first }) => first)).toEqual([1, 2]);
  });

  test("sends everything unacknowledged again after a timeout and after a reconnect", () => {
    const { one, sent, ack } = sender({ batchItems: 1 });
    one.connected();
    for (const item of ["1", "2", "3"]) one.add(item);
    ack(1);
    sent.length = 0;
    vi.advanceTimersByTime(7_000);
    expect(sent).toEqual([]);
    vi.advanceTimersByTime(6_000);
    expect(sent.map(({ first }) => first)).toEqual([2, 3]);
    one.disconnected();
    vi.advanceTimersByTime(600_000);
    expect(sent).toHaveLength(2);
    one.connected();
    expect(sent.map(({ first }) => first)).toEqual([2, 3, 2, 3]);
  });

  test("keeps for later what a full socket does not take", () => {
    const { one, sent, line } = sender({ batchItems: 1 });
    one.connected();
    line.isFull = true;
    one.add("1");
    line.isFull = false;
    one.pump();
    expect(sent.map(({ first }) => first)).toEqual([1]);
  });

  test("ignores acknowledgements of another epoch, of the other stream, and of what was never made", () => {
    const { one } = sender({ batchItems: 1 });
    one.connected();
    one.add("1");
    one.acknowledged({ stream: "readings", epoch: "f".repeat(32), upto: 1 });
    one.acknowledged({ stream: "records", epoch: EPOCH, upto: 1 });
    one.acknowledged({ stream: "readings", epoch: EPOCH, upto: 2 });
    expect(one.unacknowledged).toBe(1);
  });

  test("an envelope never grows beyond the limit of the wire in bytes", () => {
    const { one, sent } = sender({ batchItems: 500 });
    one.connected();
    const item = JSON.stringify("x".repeat(60_000));
    for (let count = 0; count < 3; count++) one.add(item);
    one.flush();
    expect(sent.map(({ items }) => items.length)).toEqual([2, 1]);
    expect(Math.max(...sent.map((one) => JSON.stringify(one).length))).toBeLessThan(ENVELOPE_BYTES_MAX);
  });

  test(`refuses an item beyond ${ITEMS_HELD_MAX} held, and counts it as not acknowledged`, () => {
    const { one, ack } = sender({ batchItems: 500 });
    for (let item = 0; item < ITEMS_HELD_MAX; item++) expect(one.add("1")).toBe(true);
    expect(one.add("1")).toBe(false);
    ack(ITEMS_HELD_MAX);
    expect(one.held).toBe(0);
    expect(one.unacknowledged).toBe(1);
    expect(one.add("1")).toBe(true);
  });
});
