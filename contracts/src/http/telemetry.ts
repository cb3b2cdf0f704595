/** Telemetry of the HTTP face: how readings went over time. */
import Type, { type Static } from "typebox";
import { LIST_QUERY, Moment, MomentText, orNull, strict } from "./text.ts";

const measurements = ["bin_level", "bin_event", "scale_weight", "edge_health"] as const;
const functions = ["mean", "min", "max", "last", "count"] as const;

/** Most names of one tag in one question. */
export const SERIES_MAX = 1_000;

/** Names, comma separated or given several times. */
const NAMES_PATTERN = "^[a-z0-9-]{1,64}(?:,[a-z0-9-]{1,64})*$";
const Names = Type.Union([
  Type.String({ pattern: NAMES_PATTERN, maxLength: 65 * SERIES_MAX }),
  Type.Array(Type.String({ pattern: NAMES_PATTERN, maxLength: 65 * SERIES_MAX }), { maxItems: SERIES_MAX }),
]);

export const TelemetryQuery = Type.Object(
  {
    format: LIST_QUERY.format,
    measurement: Type.Enum(measurements),
    field: Type.Optional(
      Type.String({ pattern: "^[a-z_]{1,64}$", description: "default: the measurement's main field" }),
    ),
    bin: Type.Optional(Names),
    scale: Type.Optional(Names),
    node: Type.Optional(Names),
    zone: Type.Optional(Type.String({ pattern: "^[a-z0-9-]{1,64}$" })),
    from: Type.Optional(MomentText),
    to: Type.Optional(MomentText),
    every: Type.Optional(
      Type.String({
        pattern: "^[1-9][0-9]{0,5}[smhd]$",
        description: "width of a window, such as 15m, 1h, 1d; raw readings when absent",
      }),
    ),
    fn: Type.Optional(Type.Enum(functions)),
  },
  strict,
);
export type TelemetryQuery = Static<typeof TelemetryQuery>;

export const TelemetryItem = Type.Object({ series: Type.String(), t: Moment, value: Type.Number() }, strict);

export const TelemetryAnswer = Type.Object(
  {
    measurement: Type.Enum(measurements),
    field: Type.String(),
    every: orNull(Type.String()),
    fn: Type.Enum(functions),
    items: Type.Array(TelemetryItem, { description: "in order of series and t" }),
    next: Type.Null(),
  },
  strict,
);
