import type { Ack } from "@jumpa-madu/contracts/ack";
import { expect, test } from "vitest";
import { StreamTrack } from "../positions/stream-track.ts";
import { EPOCH } from "../testing/test-node.ts";
import { AckWriter } from "./ack-writer.ts";

const trackAt = (upto: number) =>
  new StreamTrack({ node: "node-1", stream: "readings", epoch: EPOCH }, { upto, thinned: 0 });

test("tells the window first, then when it changes, then again to a new connection", () => {
  const sent: Ack[] = [];
  const queue = { window: 8 };
  const writer = new AckWriter(
    (_node, ack) => sent.push(ack),
    () => queue.window,
  );
  const track = trackAt(5);
  writer.acknowledge(track);
  writer.acknowledge(track);
  queue.window = 1;
  writer.acknowledge(track);
  writer.acknowledge(track);
  queue.window = 8;
  writer.acknowledge(track);
  writer.forgetTold();
  writer.acknowledge(track);
  expect(sent.map(({ window }) => window)).toEqual([8, undefined, 1, undefined, 8, 8]);
});

test("acknowledges nothing while nothing is durable", () => {
  const sent: Ack[] = [];
  const writer = new AckWriter(
    (_node, ack) => sent.push(ack),
    () => 8,
  );
  const track = trackAt(0);
  track.arrive({ first: 1, last: 5, floor: 1 });
  track.settle(1, 5, 0);
  writer.acknowledge(track);
  expect(sent).toEqual([]);
});
