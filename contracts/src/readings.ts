/**
 * Readings: what sensors and scales report, one object a reading, told apart by `kind`.
 *
 * `kind` is also the name of the measurement in the telemetry store. `t` is the device's own time and is unique within
 * one (kind, bin) or (kind, scale): two readings of one series never share a millisecond, because the telemetry store
 * would keep only the later one.
 */
import Type, { type Static } from "typebox";
import { NameId } from "./ids.ts";
import { DistanceMm, EpochMs, Fraction, ShownWeightG, TempC, TiltDeg } from "./units.ts";

/**
 * How far a bin reading can be believed, after resource 6042 of OMA LwM2M object 3435.
 *
 * `accepted`: settled, within range. `suspicious`: spread too wide to be settled, or a sudden jump. `rejected`: outside
 * what this bin can hold, kept as evidence, never shown as a level. `unchecked`: the sensor has no calibration yet.
 */
export const QUALITIES = ["unchecked", "rejected", "suspicious", "accepted"] as const;
export const Quality = Type.Enum(QUALITIES);
export type Quality = (typeof QUALITIES)[number];

/**
 * Numbers of the qualities in resource 6042, Measurement Quality Indicator, of the LwM2M registry: 0 UNCHECKED, 1 REJECTED
 * WITH CERTAINTY, 2 REJECTED WITH PROBABILITY, 3 ACCEPTED BUT SUSPICIOUS, 4 ACCEPTED. We reject by what a bin can hold, which is
 * certain, so 2 is never said. Source: github.com/OpenMobileAlliance/lwm2m-registry, reusable resources.
 */
export const QUALITY_CODES: Readonly<Record<Quality, number>> = {
  unchecked: 0,
  rejected: 1,
  suspicious: 3,
  accepted: 4,
};

const strict = { additionalProperties: false } as const;

/** Level of a bin: the distance that the sensor measured, and the filled share computed at the edge (null when it has no calibration). */
export const BinLevel = Type.Object(
  {
    kind: Type.Literal("bin_level"),
    bin: NameId,
    t: EpochMs,
    distance_mm: DistanceMm,
    fill: Type.Union([Fraction, Type.Null()]),
    quality: Quality,
    temp_c: Type.Optional(TempC),
    tilt_deg: Type.Optional(TiltDeg),
    battery: Type.Optional(Fraction),
  },
  strict,
);
export type BinLevel = Static<typeof BinLevel>;

/**
 * What can happen to a bin.
 *
 * `full`, `full_over`: the level has crossed its thresholds for good. `emptied`. `tipped`, `upright`: it lies, and stands
 * again. `moved`: it is not at its place. `fire`, `fire_over`: heat. `sensor_blocked`, `sensor_clear`: the sensor sees something that
 * never changes. `sensor_silent`, `sensor_back`: it sends nothing usable.
 */
export const BIN_EVENTS = [
  "full",
  "full_over",
  "emptied",
  "tipped",
  "upright",
  "moved",
  "fire",
  "fire_over",
  "sensor_blocked",
  "sensor_clear",
  "sensor_silent",
  "sensor_back",
] as const;

/** Something that happened to a bin or its sensor. */
export const BinEvent = Type.Object(
  {
    kind: Type.Literal("bin_event"),
    bin: NameId,
    t: EpochMs,
    event: Type.Enum(BIN_EVENTS),
    fill_before: Type.Optional(Fraction),
    fill_after: Type.Optional(Fraction),
    temp_c: Type.Optional(TempC),
    distance_m: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 20_100_000,
        description: "from its place, of a bin that was moved",
      }),
    ),
  },
  strict,
);
export type BinEvent = Static<typeof BinEvent>;

/** Whether a weight is gross or net of a tare that the scale itself has taken off. */
export const WEIGHT_MODES = ["gross", "net"] as const;

/** Weight that a scale shows. `stable` is null when the scale does not tell and time has not decided. */
export const ScaleWeight = Type.Object(
  {
    kind: Type.Literal("scale_weight"),
    scale: NameId,
    t: EpochMs,
    weight_g: ShownWeightG,
    stable: Type.Union([Type.Boolean(), Type.Null()]),
    mode: Type.Enum(WEIGHT_MODES),
  },
  strict,
);
export type ScaleWeight = Static<typeof ScaleWeight>;

/** State of an edge agent itself. */
export const EdgeHealth = Type.Object(
  {
    kind: Type.Literal("edge_health"),
    t: EpochMs,
    outbox_readings: Type.Integer({ minimum: 0 }),
    outbox_records: Type.Integer({ minimum: 0 }),
    memory_mb: Type.Number({ minimum: 0 }),
    ports_open: Type.Integer({ minimum: 0 }),
    ports_total: Type.Integer({ minimum: 0 }),
  },
  strict,
);
export type EdgeHealth = Static<typeof EdgeHealth>;

/** Any reading. */
export const Reading = Type.Union([BinLevel, BinEvent, ScaleWeight, EdgeHealth]);
export type Reading = BinLevel | BinEvent | ScaleWeight | EdgeHealth;

/** Schema of a reading by its kind, so that a validator goes straight to the right one. */
export const READING_SCHEMAS = {
  bin_level: BinLevel,
  bin_event: BinEvent,
  scale_weight: ScaleWeight,
  edge_health: EdgeHealth,
} as const;

/** Names of the kinds of reading; also the measurements of the telemetry store. */
export type ReadingKind = keyof typeof READING_SCHEMAS;
