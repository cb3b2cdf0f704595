/**
 * Envelope: a run of one stream of one outbox, as it travels from a node to ingest.
 *
 * Item i has the sequence number `first + i`. A null item is a number whose reading the edge has thinned out because
 * its outbox was full: its absence is declared, so ingest does not take it for a loss. `floor` is the lowest number
 * that the outbox still holds: everything below was acknowledged before. A store that lacks numbers below `floor` has
 * lost them, and says so.
 */
import Type, { type Static } from "typebox";
import { OutboxEpoch } from "./ids.ts";
import { SequenceNumber } from "./units.ts";

/** The two streams of an outbox. They are numbered and acknowledged apart. */
export const STREAMS = ["readings", "records"] as const;
export type Stream = (typeof STREAMS)[number];

/** Most items of one envelope. */
export const ENVELOPE_ITEMS_MAX = 500;

/** Most bytes of one envelope as JSON in UTF-8. */
export const ENVELOPE_BYTES_MAX = 128 * 1024;

/** Outer shape of an envelope; the items are checked one by one, so that one bad item does not spoil its neighbours. */
export const Envelope = Type.Object(
  {
    epoch: OutboxEpoch,
    first: SequenceNumber,
    floor: Type.Optional(SequenceNumber),
    items: Type.Array(Type.Unknown(), { minItems: 1, maxItems: ENVELOPE_ITEMS_MAX }),
  },
  { additionalProperties: false },
);
export type Envelope = Static<typeof Envelope>;
