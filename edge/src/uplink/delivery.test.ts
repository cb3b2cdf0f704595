import { describe, expect, test } from "vitest";
import { check, itemsOf } from "../outbox/outbox-fixture.ts";
import { type TestBroker, until } from "./broker-fixture.ts";
import { appendLevels, node } from "./uplink-fixture.ts";

/** Sequence numbers of a stream as ingest first saw them, in order of arrival. */
function firstSeen(broker: TestBroker, stream: "readings" | "records"): number[] {
  const seen = new Set<number>();
  for (const { stream: of, envelope } of broker.arrived) {
    if (of === stream) for (const index of envelope.items.keys()) seen.add(envelope.first + index);
  }
  return [...seen];
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

describe("delivery", () => {
  test("everything arrives in order and is forgotten after its acknowledgement", async () => {
    const { broker, outbox } = await node({ prepare: (box) => appendLevels(box, 1, 1300) });
    for (const key of ["a", "b", "c"]) outbox.recordOnce(check(key));
    appendLevels(outbox, 1301, 1400);
    await until(() => outbox.backlog().readings + outbox.backlog().records === 0, "all acknowledged");
    expect(firstSeen(broker, "readings")).toEqual(upTo(1400));
    expect(firstSeen(broker, "records")).toEqual([1, 2, 3]);
    expect(broker.arrived.filter(({ stream }) => stream === "readings")[0]?.envelope.floor).toBe(1);
  });

  test("PUBACK alone forgets nothing; unacknowledged envelopes are sent again until they are", async () => {
    const { broker, outbox } = await node({
      prepare: (box, at) => {
        at.script = () => undefined;
        appendLevels(box, 1, 3);
      },
    });
    await until(() => broker.arrived.length >= 3, "sent three times");
    expect(broker.arrived.map(({ envelope }) => envelope.first)).toEqual(broker.arrived.map(() => 1));
    expect(itemsOf(outbox, "readings").size).toBe(3);
    broker.script = (_arrived, acknowledge) => acknowledge();
    await until(() => outbox.backlog().readings === 0, "acknowledged");
  });

  test("the waits between repeats grow", async () => {
    const times: number[] = [];
    const { broker } = await node({
      limits: { resend: { firstMs: 30, maxMs: 10_000 } },
      prepare: (box, at) => {
        at.script = () => times.push(performance.now());
        appendLevels(box, 1, 1);
      },
    });
    await until(() => broker.arrived.length >= 5, "sent five times");
    // 30, 60, 120, 240 ms, each spread by a quarter at most.
    const last = (times[4] ?? 0) - (times[3] ?? 0);
    expect(last).toBeGreaterThanOrEqual(175);
  });

  test("an ingest that drops, delays and repeats acknowledgements still gets every item once in order", async () => {
    let turn = 0;
    const { broker, outbox } = await node({
      prepare: (box, at) => {
        at.script = (_arrived, acknowledge) => {
          turn += 1;
          if (turn % 5 === 1) return;
          if (turn % 5 === 2) setTimeout(acknowledge, 30);
          else acknowledge();
          if (turn % 5 === 3) acknowledge();
          if (turn % 5 === 4) acknowledge({ epoch: "0".repeat(32) });
        };
        appendLevels(box, 1, 2600);
      },
    });
    for (let number = 0; number < 20; number++) outbox.recordOnce(check(`check-${number}`));
    await until(() => outbox.backlog().readings + outbox.backlog().records === 0, "all acknowledged");
    expect(firstSeen(broker, "readings")).toEqual(upTo(2600));
    expect(firstSeen(broker, "records")).toEqual(upTo(20));
  });

  test("a broker that restarts without its state, and cut connections, lose nothing", async () => {
    const { broker, outbox } = await node();
    for (let round = 0; round < 4; round++) {
      broker.script = (_arrived, acknowledge) => {
        // Now and then an envelope is taken but its acknowledgement is lost with the connection.
        if (broker.arrived.length % 3 === 0) broker.cut();
        else acknowledge();
      };
      appendLevels(outbox, round * 700 + 1, (round + 1) * 700);
      outbox.recordOnce(check(`check-${round}`));
      await until(() => broker.arrived.length > round * 2, "something arrived");
      await broker.stop();
      appendLevels(outbox, 10_000 + round, 10_000 + round);
      await broker.start();
    }
    broker.script = (_arrived, acknowledge) => acknowledge();
    await until(() => outbox.backlog().readings + outbox.backlog().records === 0, "all acknowledged");
    expect(firstSeen(broker, "readings")).toEqual(upTo(4 * 701));
    expect(firstSeen(broker, "records")).toEqual(upTo(4));
  });

  test("numbers that were thinned out travel as null", async () => {
    const { broker, outbox } = await node({
      outbox: { readingsRowsMax: 20, commitRowsMax: 1 },
      prepare: (box) => appendLevels(box, 1, 30),
    });
    await until(() => outbox.backlog().readings === 0, "all acknowledged");
    expect(firstSeen(broker, "readings")).toEqual(upTo(30));
    const items = broker.arrived.flatMap(({ envelope }) => envelope.items);
    expect(items.filter((item) => item === null).length).toBeGreaterThanOrEqual(10);
  });
});
