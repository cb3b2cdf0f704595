import type { Ack } from "@jumpa-madu/contracts/ack";
import { describe, expect, test } from "vitest";
import { EPOCH } from "../testing/test-node.ts";
import { ACKS_IN_FLIGHT_MAX, ACKS_WAITING_MAX, AckSender } from "./ack-sender.ts";

const ack = (upto: number, more: Partial<Ack> = {}): Ack => ({
  stream: "readings",
  epoch: EPOCH,
  upto,
  ...more,
});

/** A broker that keeps every publish open until it is told. */
function sender() {
  const sent: { topic: string; ack: Ack; done: () => void }[] = [];
  const line = { isConnected: true };
  const acks = new AckSender("s1", (topic, payload, done) => {
    if (!line.isConnected) return false;
    sent.push({ topic, ack: JSON.parse(payload), done });
    return true;
  });
  return { acks, sent, line };
}

describe("AckSender", () => {
  test("sends at once to the node's own topic", () => {
    const { acks, sent } = sender();
    acks.send("node-1", ack(5));
    expect(sent).toMatchObject([{ topic: "jm/v1/s1/node-1/ack", ack: ack(5) }]);
  });

  test(`holds back beyond ${ACKS_IN_FLIGHT_MAX} in flight, then sends the newest of each stream`, () => {
    const { acks, sent } = sender();
    for (let index = 0; index < ACKS_IN_FLIGHT_MAX; index++) acks.send(`node-${index}`, ack(1));
    acks.send("late", ack(1, { window: 1 }));
    acks.send("late", ack(2));
    expect(sent).toHaveLength(ACKS_IN_FLIGHT_MAX);
    sent[0]?.done();
    expect(sent).toHaveLength(ACKS_IN_FLIGHT_MAX + 1);
    expect(sent.at(-1)?.ack).toEqual(ack(2, { window: 1 }));
  });

  test(`keeps ${ACKS_WAITING_MAX} streams waiting and no more`, () => {
    const { acks } = sender();
    for (let index = 0; index < ACKS_IN_FLIGHT_MAX + ACKS_WAITING_MAX + 10; index++)
      acks.send(`node-${index}`, ack(1));
    expect(acks.waiting).toBe(ACKS_WAITING_MAX);
    acks.clear();
    expect(acks.waiting).toBe(0);
  });

  test("keeps nothing for a connection that is lost", () => {
    const { acks, sent, line } = sender();
    line.isConnected = false;
    acks.send("node-1", ack(5));
    expect(acks.waiting).toBe(0);
    line.isConnected = true;
    acks.send("node-1", ack(6));
    expect(sent).toMatchObject([{ ack: ack(6) }]);
  });
});
