/** Received envelopes for tests of what lies behind the inbox. */
import type { ReceivedEnvelope } from "../intake/envelope-intake.ts";
import { EPOCH, SHARD } from "./test-node.ts";

/** An envelope of `node-1`; its last number follows from `first` and `items`. */
export function received(more: Partial<Omit<ReceivedEnvelope, "last">> = {}): ReceivedEnvelope {
  const { node = "node-1", stream = "readings", first = 1, items = [null] } = more;
  return {
    topic: `jm/v1/${SHARD}/${node}/${stream}`,
    epoch: EPOCH,
    floor: 1,
    bytes: 100,
    receivedMs: Date.now(),
    puback: () => undefined,
    ...more,
    node,
    stream,
    first,
    last: first + items.length - 1,
    items,
  };
}
