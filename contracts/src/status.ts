/** Status of a node: retained, and set to offline by the broker (the MQTT will) when the node is lost. */
import Type, { type Static } from "typebox";
import { EpochMs } from "./units.ts";

const Backlog = Type.Integer({ minimum: 0, description: "rows that are not acknowledged yet" });

export const Status = Type.Object(
  {
    online: Type.Boolean(),
    version: Type.String({ maxLength: 64 }),
    outbox: Type.Object({ readings: Backlog, records: Backlog }, { additionalProperties: false }),
    clock_ms: EpochMs,
    config_version: Type.Optional(Type.Integer({ minimum: 0, description: "configuration in force" })),
    config_fault: Type.Optional(
      Type.String({ maxLength: 500, description: "why a newer configuration was refused" }),
    ),
  },
  { additionalProperties: false },
);
export type Status = Static<typeof Status>;
