/** Acknowledgement from ingest: all of a stream up to and including a number is durable, so the outbox may forget it. */
import Type, { type Static } from "typebox";
import { STREAMS } from "./envelope.ts";
import { OutboxEpoch } from "./ids.ts";

/** Most envelopes of one stream that a node may have in flight. */
export const WINDOW_MAX = 32;

export const Ack = Type.Object(
  {
    stream: Type.Enum(STREAMS),
    epoch: OutboxEpoch,
    upto: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: "0: nothing yet" }),
    window: Type.Optional(
      Type.Integer({ minimum: 1, maximum: WINDOW_MAX, description: "envelopes in flight from now on" }),
    ),
  },
  { additionalProperties: false },
);
export type Ack = Static<typeof Ack>;
