/**
 * Configuration of a node: what hangs on its serial ports. Retained, versioned; the edge keeps the last good one.
 *
 * A version that does not validate is refused as a whole and reported in the status.
 */
import Type, { type Static } from "typebox";
import { NameId } from "./ids.ts";
import { DistanceMm, WEIGHT_G_MAX } from "./units.ts";

/** Protocols that the edge can read, by the keys that `decode` uses. */
export const PROTOCOLS = ["a02yyuw", "st-gs", "mt-sics"] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** Most serial ports of one node: two USB hubs of eight. */
export const PORTS_MAX = 16;

const strict = { additionalProperties: false } as const;

/** Line settings that differ from the protocol's own. */
const LineSettings = {
  path: Type.String({
    minLength: 1,
    maxLength: 255,
    description: "serial device, best by /dev/serial/by-id",
  }),
  baud: Type.Optional(Type.Integer({ minimum: 300, maximum: 921_600 })),
  data_bits: Type.Optional(Type.Union([Type.Literal(7), Type.Literal(8)])),
  parity: Type.Optional(Type.Enum(["none", "even", "odd"] as const)),
};

/** A bin sensor: distance to the bottom when empty, distance to the waste when full. Without both, readings stay unchecked. */
export const BinSensorPort = Type.Object(
  {
    ...LineSettings,
    protocol: Type.Enum(["a02yyuw"] as const),
    bin: NameId,
    calibration: Type.Optional(Type.Object({ empty_mm: DistanceMm, full_mm: DistanceMm }, strict)),
    report_every_s: Type.Optional(
      Type.Number({ minimum: 0.1, maximum: 86_400, description: "pause between two readings, default 60" }),
    ),
  },
  strict,
);
export type BinSensorPort = Static<typeof BinSensorPort>;

/** A scale. */
export const ScalePort = Type.Object(
  {
    ...LineSettings,
    protocol: Type.Enum(["st-gs", "mt-sics"] as const),
    scale: NameId,
    poll_every_ms: Type.Optional(
      Type.Integer({ minimum: 50, maximum: 10_000, description: "for polled protocols, default 200" }),
    ),
    max_g: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: WEIGHT_G_MAX,
        description: "capacity of the scale in grams; a weight above it is no deposit",
      }),
    ),
  },
  strict,
);
export type ScalePort = Static<typeof ScalePort>;

export const Port = Type.Union([BinSensorPort, ScalePort]);
export type Port = BinSensorPort | ScalePort;

/**
 * What is wrong with a port although its shape is right, in words; null when nothing is.
 *
 * A full bin's waste is nearer to the sensor than an empty bin's bottom, so `full_mm` is the smaller of the two.
 */
export function portFault(port: Port): string | null {
  if (!("bin" in port) || port.calibration === undefined) return null;
  const { empty_mm: emptyMm, full_mm: fullMm } = port.calibration;
  if (fullMm < emptyMm) return null;
  return `calibration: full_mm (${fullMm}) must be less than empty_mm (${emptyMm}), because the sensor looks down on the waste`;
}

export const NodeConfig = Type.Object(
  {
    version: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    waste_bank: Type.Optional(NameId),
    ports: Type.Array(Port, { maxItems: PORTS_MAX }),
  },
  strict,
);
export type NodeConfig = Static<typeof NodeConfig>;
