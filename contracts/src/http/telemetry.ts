/** Telemetry of the HTTP face: how readings went over time. */
import Type, { type Static } from "typebox";
import { NameId } from "../ids.ts";
import { BIN_EVENTS } from "../readings.ts";
import { LIST_QUERY, Moment, MomentCursor, MomentText, orNull, pageOf, strict } from "./text.ts";

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

/** Names of events, comma separated or given several times. */
const EVENT_PATTERN = `(?:${BIN_EVENTS.join("|")})`;
const EventNames = Type.String({
  pattern: `^${EVENT_PATTERN}(?:,${EVENT_PATTERN}){0,${BIN_EVENTS.length - 1}}$`,
  description: `comma separated: ${BIN_EVENTS.join(", ")}`,
});

export const BinEventListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    bin: Type.Optional(Names),
    zone: Type.Optional(NameId),
    event: Type.Optional(Type.Union([EventNames, Type.Array(EventNames, { maxItems: BIN_EVENTS.length })])),
    from: Type.Optional(MomentText),
    to: Type.Optional(MomentText),
  },
  strict,
);

/** Something that happened to a bin or its sensor. */
export const BinEventItem = Type.Object(
  {
    bin: NameId,
    zone: orNull(NameId),
    event: Type.Enum(BIN_EVENTS),
    fill_before: orNull(Type.Number({ description: "0 to 1; of an emptying" })),
    fill_after: orNull(Type.Number({ description: "0 to 1; of an emptying" })),
    occurred_at: Moment,
  },
  strict,
);
export type BinEventItem = Static<typeof BinEventItem>;
export const BinEventPage = pageOf(BinEventItem);
