/** Status of a node: retained, and set to offline by the broker (the MQTT will) when the node is lost. */
import Type, { type Static } from "typebox";
import { NOTICES_MAX, Notice } from "./notice.ts";
import { EpochMs } from "./units.ts";

/** Most bytes of a status as JSON: what a node's notices can fill. Beyond, the broker disconnects the node. */
export const STATUS_BYTES_MAX = 16 * 1024;

/** Longest reason why a configuration was refused, in characters; the rest is cut off. */
export const CONFIG_FAULT_LENGTH_MAX = 500;

const Backlog = Type.Integer({ minimum: 0, description: "rows that are not acknowledged yet" });

export const Status = Type.Object(
  {
    online: Type.Boolean(),
    version: Type.String({ maxLength: 64 }),
    outbox: Type.Object({ readings: Backlog, records: Backlog }, { additionalProperties: false }),
    clock_ms: EpochMs,
    config_version: Type.Optional(Type.Integer({ minimum: 0, description: "configuration in force" })),
    config_wanted_version: Type.Optional(
      Type.Integer({ minimum: 0, description: "newest configuration that was received, also if refused" }),
    ),
    config_fault: Type.Optional(
      Type.String({
        maxLength: CONFIG_FAULT_LENGTH_MAX,
        description: "why a newer configuration was refused",
      }),
    ),
    notices: Type.Optional(Type.Array(Notice, { maxItems: NOTICES_MAX })),
  },
  { additionalProperties: false },
);
export type Status = Static<typeof Status>;
