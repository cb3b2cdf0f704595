/** A fleet of simulated devices, described by one JSON document. */
import { NameId } from "@jumpa-madu/contracts/ids";
import { type Checked, checkerOf } from "@jumpa-madu/contracts/validate";
import Type, { type Static } from "typebox";
import { A02yyuw } from "./a02yyuw.ts";
import { Bin, FILL_MAX } from "./bin.ts";
import { MtSicsScale } from "./mt-sics-scale.ts";
import { BAG_G, BAG_MAX_G, Person } from "./person.ts";
import { Random } from "./random.ts";
import { type Actor, type SimulatedDevice, startDevice } from "./simulated-device.ts";
import { StGsScale } from "./st-gs-scale.ts";

/** Most devices of one fleet: each has a timer of 10 ms, and a kernel gives 4096 pseudo-terminals by default. */
export const DEVICES_MAX = 256;

const strict = { additionalProperties: false } as const;

const Common = {
  id: NameId,
  link: Type.String({ minLength: 1, maxLength: 255, description: "path of the symbolic link to open" }),
  seed: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
};

/** A bin with a sensor. Defaults: those of `Bin` and `A02yyuw`. */
export const BinSensorEntry = Type.Object(
  {
    ...Common,
    model: Type.Literal("a02yyuw"),
    output: Type.Optional(Type.Enum(["processed", "raw"] as const)),
    noise_mm: Type.Optional(Type.Number({ minimum: 0, maximum: 1000 })),
    empty_mm: Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000 })),
    full_mm: Type.Optional(Type.Integer({ minimum: 0, maximum: 20_000 })),
    fill: Type.Optional(Type.Number({ minimum: 0, maximum: FILL_MAX })),
    fill_per_day: Type.Optional(Type.Number({ minimum: 0, maximum: 20 })),
    empty_every_days: Type.Optional(Type.Integer({ minimum: 0, maximum: 365 })),
    empty_at_hour: Type.Optional(Type.Integer({ minimum: 0, maximum: 23 })),
    start_hour: Type.Optional(Type.Number({ minimum: 0, maximum: 24 })),
    time_scale: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
  },
  strict,
);

const Scale = {
  ...Common,
  max_g: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  division_g: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100_000 })),
  unit: Type.Optional(Type.Enum(["kg", "g"] as const)),
  decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
  noise_g: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
  person: Type.Optional(Type.Boolean({ description: "people come and weigh, default false" })),
  person_pause_s: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 })),
};

/** A scale with the `ST,GS` stream. Defaults: those of `StGsScale`. */
export const StGsScaleEntry = Type.Object(
  {
    ...Scale,
    model: Type.Literal("st-gs-scale"),
    overload: Type.Optional(Type.Enum(["nines", "blanks"] as const)),
    continuous: Type.Optional(Type.Boolean()),
  },
  strict,
);

/** A balance with MT-SICS. Defaults: those of `MtSicsScale`. */
export const MtSicsScaleEntry = Type.Object(
  {
    ...Scale,
    model: Type.Literal("mt-sics-scale"),
    stability_timeout_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
    serial_number: Type.Optional(Type.String({ pattern: "^[A-Z0-9-]{1,20}$" })),
  },
  strict,
);

export type BinSensorEntry = Static<typeof BinSensorEntry>;
export type StGsScaleEntry = Static<typeof StGsScaleEntry>;
export type MtSicsScaleEntry = Static<typeof MtSicsScaleEntry>;

/** One device of a fleet; `model` tells which. */
export type DeviceEntry = BinSensorEntry | StGsScaleEntry | MtSicsScaleEntry;

/** A fleet: its devices, each with an id and a link of its own. */
export interface Fleet {
  devices: DeviceEntry[];
}

/** Models that a fleet can have. */
export type FleetModel = A02yyuw | StGsScale | MtSicsScale;

/** A running device of a fleet. */
export type FleetDevice = SimulatedDevice<FleetModel>;

/** The outline of a fleet. Each entry is then checked against its own model, which gives faults that name the field. */
const outline = checkerOf(
  Type.Object(
    {
      devices: Type.Array(
        Type.Object({ model: Type.Enum(["a02yyuw", "st-gs-scale", "mt-sics-scale"] as const) }),
        {
          maxItems: DEVICES_MAX,
        },
      ),
    },
    strict,
  ),
);
const binSensor = checkerOf(BinSensorEntry);
const stGsScale = checkerOf(StGsScaleEntry);
const mtSicsScale = checkerOf(MtSicsScaleEntry);

/** Checks a fleet description; all faults at once, each naming where it is. */
export function parseFleet(value: unknown): Checked<Fleet> {
  const checked = outline.check(value);
  if (!checked.ok) return checked;
  const faults: string[] = [];
  const devices: DeviceEntry[] = [];
  for (const [index, entry] of checked.value.devices.entries()) {
    const device = checkEntry(entry);
    if (device.ok) devices.push(device.value);
    else faults.push(...device.faults.map((fault) => `/devices/${index}${fault}`));
  }
  for (const key of ["id", "link"] as const) {
    if (new Set(devices.map((device) => device[key])).size < devices.length) {
      faults.push(`/devices must not have the same ${key} twice`);
    }
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: { devices } };
}

/** Starts every device of a fleet and returns them by id. When one cannot start, none is left running. */
export function startFleet(fleet: Fleet): Map<string, FleetDevice> {
  const running = new Map<string, FleetDevice>();
  try {
    for (const entry of fleet.devices) running.set(entry.id, startEntry(entry));
  } catch (error) {
    stopFleet(running);
    throw error;
  }
  return running;
}

/** Stops every device. */
export function stopFleet(running: ReadonlyMap<string, FleetDevice>): void {
  for (const device of running.values()) device.stop();
}

function checkEntry(entry: { model: DeviceEntry["model"] }): Checked<DeviceEntry> {
  if (entry.model === "a02yyuw") return binSensor.check(entry);
  return entry.model === "st-gs-scale" ? stGsScale.check(entry) : mtSicsScale.check(entry);
}

/** The seed of an entry feeds a stream, from which line, model, world and person get one of their own. */
function startEntry(entry: DeviceEntry): FleetDevice {
  const random = new Random(entry.seed);
  const drawSeed = () => random.integer(0, 0xffff_ffff);
  const { link } = entry;
  const seed = drawSeed();
  if (entry.model === "a02yyuw") {
    return startDevice({ model: toBinSensor(entry, drawSeed), link, seed });
  }
  const model =
    entry.model === "st-gs-scale" ? toStGsScale(entry, drawSeed()) : toMtSicsScale(entry, drawSeed());
  return startDevice({ model, link, seed, actors: peopleAt(entry, model, drawSeed()) });
}

function toBinSensor(entry: BinSensorEntry, drawSeed: () => number): A02yyuw {
  const bin = new Bin({
    seed: drawSeed(),
    emptyMm: entry.empty_mm,
    fullMm: entry.full_mm,
    fill: entry.fill,
    fillPerDay: entry.fill_per_day,
    emptyEveryDays: entry.empty_every_days,
    emptyAtHour: entry.empty_at_hour,
    startHour: entry.start_hour,
    timeScale: entry.time_scale,
  });
  return new A02yyuw({ seed: drawSeed(), bin, output: entry.output, noiseMm: entry.noise_mm });
}

function toStGsScale(entry: StGsScaleEntry, seed: number): StGsScale {
  return new StGsScale({
    seed,
    ...weighCellOf(entry),
    overload: entry.overload,
    isContinuous: entry.continuous,
  });
}

function toMtSicsScale(entry: MtSicsScaleEntry, seed: number): MtSicsScale {
  return new MtSicsScale({
    seed,
    ...weighCellOf(entry),
    stabilityTimeoutMs: entry.stability_timeout_ms,
    serialNumber: entry.serial_number,
  });
}

/** What every scale of a fleet has. */
function weighCellOf(entry: StGsScaleEntry | MtSicsScaleEntry) {
  return {
    maxG: entry.max_g,
    divisionG: entry.division_g,
    unit: entry.unit,
    decimals: entry.decimals,
    noiseG: entry.noise_g,
  };
}

function peopleAt(
  entry: StGsScaleEntry | MtSicsScaleEntry,
  { pan }: StGsScale | MtSicsScale,
  seed: number,
): Actor[] {
  if (entry.person !== true) return [];
  // People bring to a small balance what it can carry: three bags are the most that lie on it together.
  const bagMaxG = Math.min(BAG_MAX_G, (entry.max_g ?? 3 * BAG_MAX_G) / 3);
  const bagG = Math.min(BAG_G, bagMaxG / 3);
  return [new Person({ seed, pan, bagG, bagMaxG, pauseS: entry.person_pause_s })];
}
