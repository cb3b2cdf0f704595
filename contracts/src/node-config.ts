/**
 * Configuration of a node: what hangs on its ports. Retained, versioned; the edge keeps the last good one.
 *
 * A version that does not validate is refused as a whole and reported in the status.
 */
import Type, { type Static } from "typebox";
import { ContainerShape, containerShapeFault } from "./container-shape.ts";
import { NameId } from "./ids.ts";
import { parsePortPath } from "./port-path.ts";
import { BIN_SENSOR_PROTOCOLS, READER_PROTOCOLS, SCALE_PROTOCOLS } from "./protocols.ts";
import { DistanceMm, type Fraction, TempC, WEIGHT_G_MAX } from "./units.ts";

/** Most ports of one node: two USB hubs of eight. */
export const PORTS_MAX = 16;

/** Most types of container in one configuration. */
export const CONTAINER_TYPES_MAX = 16;

/** Most points of a table that turns an analog sensor's number into a distance. */
export const CURVE_POINTS_MAX = 32;

const strict = { additionalProperties: false } as const;

const Path = Type.String({
  minLength: 1,
  maxLength: 255,
  description: "serial device, best by /dev/serial/by-id, or tcp://host:port of a serial server",
});

/** Line settings that differ from the protocol's own; a serial server has its own and ignores them. */
const LineSettings = {
  path: Path,
  baud: Type.Optional(Type.Integer({ minimum: 300, maximum: 921_600 })),
  data_bits: Type.Optional(Type.Union([Type.Literal(7), Type.Literal(8)])),
  parity: Type.Optional(Type.Enum(["none", "even", "odd"] as const)),
  stop_bits: Type.Optional(Type.Union([Type.Literal(1), Type.Literal(2)])),
};

/** What is known of the place that a bin sensor looks into. Without a calibration its readings stay unchecked. */
export const BinSettings = {
  bin: NameId,
  calibration: Type.Optional(
    Type.Object(
      { empty_mm: DistanceMm, full_mm: DistanceMm },
      {
        ...strict,
        description: "distance to the bottom when empty, and to the waste when the container counts as full",
      },
    ),
  ),
  container: Type.Optional(NameId),
  report_every_s: Type.Optional(
    Type.Number({ minimum: 0.1, maximum: 86_400, description: "pause between two readings, default 60" }),
  ),
  full_at: Type.Optional(
    Type.Number({ minimum: 0.1, maximum: 1, description: "filled share, default 0.85" }),
  ),
  full_until: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description: "share below which it is no longer full, default 0.75",
    }),
  ),
  air_temp_c: Type.Optional({
    ...TempC,
    description: "usual air temperature, for a sensor that does not measure it; default 20",
  }),
};

/** A bin sensor on a serial port. */
export const SerialSensorPort = Type.Object(
  { ...LineSettings, protocol: Type.Enum(BIN_SENSOR_PROTOCOLS), ...BinSettings },
  strict,
);
export type SerialSensorPort = Static<typeof SerialSensorPort>;

const AnalogPin = Type.Integer({ minimum: 0, maximum: 15, description: "channel: 0 is A0" });
const DigitalPin = Type.Integer({ minimum: 0, maximum: 127 });

/** A thermometer beside a sensor that does not correct for the temperature of the air. */
const Thermometer = Type.Object(
  { controller: Type.Enum(["LM35", "TMP36"] as const), pin: AnalogPin },
  strict,
);

/** A sensor on a pin of a Firmata board. `jsn-sr04t` is that sensor in mode 1, trigger and echo. */
export const BoardSensor = Type.Union([
  Type.Object(
    {
      kind: Type.Enum(["hc-sr04", "jsn-sr04t"] as const),
      pin: DigitalPin,
      thermometer: Type.Optional(Thermometer),
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal("analog"),
      pin: AnalogPin,
      curve: Type.Array(
        Type.Object(
          { reading: Type.Integer({ minimum: 0, maximum: 1023 }), distance_mm: DistanceMm },
          strict,
        ),
        {
          minItems: 2,
          maxItems: CURVE_POINTS_MAX,
          description: "by rising reading; between two points a line",
        },
      ),
    },
    strict,
  ),
]);
export type BoardSensor = Static<typeof BoardSensor>;

/** A bin sensor on a board that speaks Firmata. Several may share the path of one board. */
export const FirmataPort = Type.Object(
  {
    path: Path,
    baud: Type.Optional(Type.Integer({ minimum: 300, maximum: 921_600, description: "default 57600" })),
    protocol: Type.Literal("firmata"),
    sensor: BoardSensor,
    ...BinSettings,
  },
  strict,
);
export type FirmataPort = Static<typeof FirmataPort>;

export type BinSensorPort = SerialSensorPort | FirmataPort;

/** A scale. */
export const ScalePort = Type.Object(
  {
    ...LineSettings,
    protocol: Type.Enum(SCALE_PROTOCOLS),
    scale: NameId,
    poll_every_ms: Type.Optional(
      Type.Integer({
        minimum: 50,
        maximum: 1_500,
        description:
          "asks the scale for its weight this often; default 200 for scales that must be asked. A weight is stale after 2 s",
      }),
    ),
    silence_s: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        description: "silence that is normal: long for a scale that sends only at the press of a key",
      }),
    ),
    unit: Type.Optional(
      Type.Enum(["g", "kg", "t", "lb", "oz"] as const, {
        description: "unit of a scale that sends none, default kg",
      }),
    ),
    decimals: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 5,
        description: "figures after the point, for an indicator that sends them wrong or not at all",
      }),
    ),
    max_g: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: WEIGHT_G_MAX,
        description: "capacity of the scale in grams; a weight above it is no deposit",
      }),
    ),
    division_g: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 100_000, description: "scale division in grams" }),
    ),
  },
  strict,
);
export type ScalePort = Static<typeof ScalePort>;

export const Port = Type.Union([SerialSensorPort, FirmataPort, ScalePort]);
export type Port = BinSensorPort | ScalePort;

/** A receipt printer that speaks ESC/POS: on a serial port, a USB printer device such as /dev/usb/lp0, or tcp://host:9100. */
export const Printer = Type.Object(
  {
    path: Path,
    baud: Type.Optional(
      Type.Integer({ minimum: 300, maximum: 921_600, description: "of a serial printer, default 9600" }),
    ),
    paper_mm: Type.Union([Type.Literal(58), Type.Literal(80)]),
  },
  strict,
);
export type Printer = Static<typeof Printer>;

/** A reader of the codes on members' cards. */
export const CodeReader = Type.Object({ ...LineSettings, protocol: Type.Enum(READER_PROTOCOLS) }, strict);
export type CodeReader = Static<typeof CodeReader>;

/** What to do with a weight of a scale whose verification (tera) has expired. */
export const EXPIRY_POLICIES = ["warn", "block"] as const;
export type ExpiryPolicy = (typeof EXPIRY_POLICIES)[number];

/** What a node has besides its ports. */
export const NodeProfile = Type.Object(
  {
    container_types: Type.Optional(
      Type.Record(NameId, ContainerShape, { maxProperties: CONTAINER_TYPES_MAX }),
    ),
    on_expired_verification: Type.Optional(
      Type.Enum(EXPIRY_POLICIES, {
        description: "what to do with a scale whose tera has expired, default warn",
      }),
    ),
    printer: Type.Optional(Printer),
    readers: Type.Optional(Type.Array(CodeReader, { maxItems: 4 })),
  },
  strict,
);
export type NodeProfile = Static<typeof NodeProfile>;

export const NodeConfig = Type.Object(
  {
    version: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    waste_bank: Type.Optional(NameId),
    ports: Type.Array(Port, { maxItems: PORTS_MAX }),
    ...NodeProfile.properties,
  },
  strict,
);
export type NodeConfig = Static<typeof NodeConfig>;

/** Bin or scale that a port speaks for. */
export function deviceOf(port: Port): string {
  return "bin" in port ? port.bin : port.scale;
}

/**
 * What is wrong with a port although its shape is right, in words; null when nothing is.
 *
 * A full bin's waste is nearer to the sensor than an empty bin's bottom, so `full_mm` is the smaller of the two.
 */
export function portFault(port: Port): string | null {
  const path = parsePortPath(port.path);
  if (!path.ok) return path.fault;
  if (!("bin" in port)) return null;
  return binSettingsFault(port) ?? curveFault(port);
}

/** What is wrong with a bin's calibration or thresholds although their shape is right, in words; null when nothing is. */
export function binSettingsFault(settings: BinThresholds): string | null {
  return calibrationFault(settings) ?? thresholdFault(settings);
}

type BinThresholds = Pick<BinSensorPort, "calibration" | "full_at" | "full_until">;

/** Least difference between the distances to an empty and to a full bin, in millimetres; less is a slip of the pen. */
export const CALIBRATION_SPAN_MM_MIN = 50;

function calibrationFault({ calibration }: BinThresholds): string | null {
  if (calibration === undefined) return null;
  const { empty_mm: emptyMm, full_mm: fullMm } = calibration;
  if (fullMm >= emptyMm) {
    return `calibration: full_mm (${fullMm}) must be less than empty_mm (${emptyMm}), because the sensor looks down on the waste`;
  }
  if (emptyMm - fullMm >= CALIBRATION_SPAN_MM_MIN) return null;
  return `calibration: empty_mm (${emptyMm}) and full_mm (${fullMm}) must differ by at least ${CALIBRATION_SPAN_MM_MIN} mm`;
}

/** Filled shares at which a bin becomes full, and at which it is no longer, when its port names none. */
export const FULL_AT: Static<typeof Fraction> = 0.85;
export const FULL_UNTIL: Static<typeof Fraction> = 0.75;

function thresholdFault({ full_at = FULL_AT, full_until = FULL_UNTIL }: BinThresholds): string | null {
  if (full_until < full_at) return null;
  return `full_until (${full_until}) must be less than full_at (${full_at}): between the two nothing changes`;
}

function curveFault(port: BinSensorPort): string | null {
  if (port.protocol !== "firmata" || port.sensor.kind !== "analog") return null;
  const { curve } = port.sensor;
  const rises = curve.every(
    ({ reading }, index) => index === 0 || reading > (curve[index - 1]?.reading ?? 0),
  );
  return rises ? null : "curve: each reading must be greater than the one before";
}

/** What is wrong with the ports of a node taken together, or with one of them, in words; null when all is well. */
export function portsFault(ports: readonly Port[]): string | null {
  const devices = new Set<string>();
  const users = new Map<string, Port[]>();
  for (const port of ports) {
    const named = "bin" in port ? `bin ${port.bin}` : `scale ${port.scale}`;
    if (devices.has(named)) return `${named} is used by two ports`;
    devices.add(named);
    const others = users.get(port.path) ?? [];
    const fault = portFault(port) ?? others.map((other) => sharingFault(port, other)).find(Boolean);
    if (fault) return `${named}: ${fault}`;
    users.set(port.path, [...others, port]);
  }
  return null;
}

/** Two devices on one serial line talk over one another; only the pins of one Firmata board may share its path. */
function sharingFault(port: Port, other: Port): string | null {
  if (port.protocol !== "firmata" || other.protocol !== "firmata") {
    return `path ${port.path} is used by ${deviceOf(other)} as well; one serial port takes one device`;
  }
  if (port.baud !== other.baud) return `baud differs from that of ${other.bin} on the same board`;
  const same = (port.sensor.kind === "analog") === (other.sensor.kind === "analog");
  return same && port.sensor.pin === other.sensor.pin
    ? `pin ${port.sensor.pin} is used by ${other.bin} as well`
    : null;
}

/** What is wrong with a whole configuration although its shape is right, in words; null when nothing is. */
export function nodeConfigFault({
  ports,
  container_types = {},
  printer,
  readers = [],
}: NodeConfig): string | null {
  const fault = portsFault(ports);
  if (fault !== null) return fault;
  for (const [type, shape] of Object.entries(container_types)) {
    const shapeFault = containerShapeFault(shape);
    if (shapeFault !== null) return `container ${type}: ${shapeFault}`;
  }
  for (const port of ports) {
    if (!("bin" in port) || port.container === undefined || Object.hasOwn(container_types, port.container))
      continue;
    return `bin ${port.bin}: container ${port.container} is not among container_types`;
  }
  const paths = [...new Set(ports.map(({ path }) => path)), ...(printer ? [printer.path] : [])];
  const all = [...paths, ...readers.map(({ path }) => path)];
  const twice = all.find((path, index) => all.indexOf(path) !== index);
  return twice === undefined
    ? null
    : `path ${twice} is used by two devices; one serial port takes one device`;
}
