/** Nodes of the HTTP face, what hangs on them, and what went wrong with what they sent. */
import Type, { type Static } from "typebox";
import { EventId, NameId } from "../ids.ts";
import { Port } from "../node-config.ts";
import { Notice } from "../notice.ts";
import { Status } from "../status.ts";
import {
  Label,
  LIST_QUERY,
  Moment,
  MomentCursor,
  NameCursor,
  orNull,
  pageOf,
  Reason,
  strict,
} from "./text.ts";

/**
 * A node. Its configuration is in force when the reported version equals the wanted one. A newer one that it has received and
 * refused is the greater `reported_wanted_config_version`; `status.config_fault` says why.
 */
export const Node = Type.Object(
  {
    id: NameId,
    name: Type.String(),
    shard: NameId,
    waste_bank: orNull(NameId),
    status: orNull(Status),
    status_at: orNull(Moment),
    config_version: Type.Integer({ description: "configuration that the node should have" }),
    reported_config_version: orNull(Type.Integer({ description: "configuration that the node says it has" })),
    reported_wanted_config_version: orNull(
      Type.Integer({ description: "newest configuration that the node says it has received" }),
    ),
    notices: Type.Array(Notice, { description: "what is wrong with its devices, by its latest status" }),
    revoked_at: orNull(Moment),
    created_at: Moment,
  },
  strict,
);
export type Node = Static<typeof Node>;

export const NewNode = Type.Object(
  {
    id: NameId,
    name: Label,
    shard: Type.Optional(NameId),
    waste_bank: Type.Optional(orNull(NameId)),
  },
  strict,
);

const Secret = orNull(Type.String({ description: "shown once; null in a replay, then rotate it" }));

export const CreatedNode = Type.Object({ ...Node.properties, secret: Secret }, strict);
export const RotatedSecret = Type.Object({ id: NameId, secret: Secret }, strict);
export const NodePage = pageOf(Node);
export const NodeListQuery = Type.Object(
  { ...LIST_QUERY, after: NameCursor, waste_bank: Type.Optional(NameId) },
  strict,
);

export const Device = Type.Object({ id: EventId, node: NameId, port: Port, created_at: Moment }, strict);
export type Device = Static<typeof Device>;
export const NewDevice = Type.Object({ port: Port }, strict);
export const DevicePage = pageOf(Device);

export const Quarantined = Type.Object(
  {
    id: EventId,
    node: orNull(Type.String()),
    topic: Type.String(),
    stream: orNull(Type.String()),
    epoch: orNull(Type.String()),
    seq: orNull(Type.Integer()),
    code: Type.String(),
    reason: Type.String(),
    body: Type.String(),
    received_at: Moment,
    set_aside_by: orNull(Type.String({ description: "user:{id}" })),
    set_aside_at: orNull(Moment),
    set_aside_reason: orNull(Type.String()),
  },
  strict,
);
export type Quarantined = Static<typeof Quarantined>;
export const QuarantinePage = pageOf(Quarantined);
export const QuarantineQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    node: Type.Optional(NameId),
    code: Type.Optional(Type.String({ pattern: "^[a-z_]{1,64}$" })),
    state: Type.Optional(
      Type.Enum(["open", "set_aside"] as const, {
        description: "those that wait, or those put aside; all unless said",
      }),
    ),
  },
  strict,
);

/** Why an item is put aside. */
export const NewSetAside = Type.Object({ reason: Reason }, strict);

export const Gap = Type.Object(
  {
    id: EventId,
    node: Type.String(),
    stream: Type.String(),
    epoch: Type.String(),
    from_seq: Type.Integer(),
    upto_seq: Type.Integer(),
    noticed_at: Moment,
  },
  strict,
);
export const GapPage = pageOf(Gap);
export const GapQuery = Type.Object(
  { ...LIST_QUERY, after: MomentCursor, node: Type.Optional(NameId) },
  strict,
);
