/** What becomes of an envelope whose node is not registered. */
import type { QuarantineItem } from "@jumpa-madu/store/quarantine";
import { quarantineItem, type ReceivedEnvelope } from "./envelope-intake.ts";

/**
 * Row for quarantine, one for the envelope. It is not acknowledged: the row keeps the beginning alone, so the outbox is
 * all that there is of it, and the node may be registered yet.
 */
export function unknownNode(envelope: ReceivedEnvelope): QuarantineItem {
  const { node, epoch, first, items } = envelope;
  return quarantineItem(envelope, {
    seq: first,
    code: "unknown_node",
    reason: `node ${node} is not registered; register it, then it is taken: the node keeps it until then`,
    body: JSON.stringify({ epoch, first, items }),
  });
}
