/** Takes an envelope out of a message, or says why it is none. */
import { ENVELOPE_BYTES_MAX, Envelope, type Stream } from "@jumpa-madu/contracts/envelope";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { BODY_BYTES_MAX, type QuarantineCode, type QuarantineItem } from "@jumpa-madu/store/quarantine";
import type { Delivery } from "../mqtt/deferred-puback.ts";

/** An envelope with where it came from. Its numbers are `first` to `last`, both included. */
export interface ReceivedEnvelope {
  node: string;
  stream: Stream;
  topic: string;
  epoch: string;
  first: number;
  last: number;
  /** Lowest number that the outbox still holds; never above `first`. */
  floor: number;
  items: unknown[];
  /** Bytes of the message's body. */
  bytes: number;
  receivedMs: number;
  puback: () => void;
}

/** An envelope, or what goes to quarantine in its place. */
export type Intake = { ok: true; envelope: ReceivedEnvelope } | { ok: false; item: QuarantineItem };

const envelopeChecker = checkerOf(Envelope);

/** Longest reason that is kept, in characters. */
const REASON_LENGTH_MAX = 1_000;

/** Parses the body of a message on a node's stream. The items are not looked at. */
export function takeEnvelope(
  { topic, payload, puback }: Delivery,
  from: { node: string; stream: Stream },
  nowMs: number,
): Intake {
  const refuse = (code: QuarantineCode, reason: string): Intake => ({
    ok: false,
    item: quarantineItem(
      { ...from, topic, epoch: null, receivedMs: nowMs },
      { seq: null, code, reason, body: textOf(payload) },
    ),
  });
  if (payload.length > ENVELOPE_BYTES_MAX) {
    return refuse(
      "oversize",
      `${payload.length} bytes; at most ${ENVELOPE_BYTES_MAX} are taken: send smaller batches`,
    );
  }
  const value = parseJson(payload);
  if (value === undefined) return refuse("malformed", "not JSON");
  const checked = envelopeChecker.check(value);
  if (!checked.ok) return refuse("schema", checked.faults.join("; "));
  const { epoch, first, items } = checked.value;
  const floor = checked.value.floor ?? floorUntold(from.stream, first);
  // The brackets keep a sum beyond the exact numbers from being rounded back below.
  const last = first + (items.length - 1);
  if (!Number.isSafeInteger(last))
    return refuse("schema", "/first is so high that the last number is not exact");
  return {
    ok: true,
    envelope: {
      ...from,
      topic,
      epoch,
      first,
      last,
      floor: Math.min(floor, first),
      items,
      bytes: payload.length,
      receivedMs: nowMs,
      puback,
    },
  };
}

/**
 * Floor of a node that tells none. Such a node may have no outbox, so a reading before `first` will not come: it is a gap.
 * A record is worth too much for that guess: it is waited for.
 */
function floorUntold(stream: Stream, first: number): number {
  return stream === "readings" ? first : 1;
}

/** Value of a JSON text; undefined when it is none. */
export function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString("utf8"));
  } catch {
    return undefined;
  }
}

/** As much of a body as quarantine keeps. */
export function textOf(payload: Buffer): string {
  return payload.toString("utf8", 0, BODY_BYTES_MAX);
}

/** Fault of one item, or of the whole envelope when `seq` is null. */
export interface ItemFault {
  seq: number | null;
  code: QuarantineCode;
  reason: string;
  body: string;
}

/** Row for quarantine. NUL is taken out of the reason, which may quote a key that the node chose: PostgreSQL refuses it. */
export function quarantineItem(
  from: {
    node: string | null;
    topic: string;
    stream: Stream | null;
    epoch: string | null;
    receivedMs: number;
  },
  fault: ItemFault,
): QuarantineItem {
  return {
    node: from.node,
    topic: from.topic,
    stream: from.stream,
    epoch: from.epoch,
    receivedMs: from.receivedMs,
    ...fault,
    reason: fault.reason.slice(0, REASON_LENGTH_MAX).replaceAll("\0", "\uFFFD"),
  };
}
