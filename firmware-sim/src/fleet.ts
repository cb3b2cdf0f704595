/** A fleet of simulated devices, described by one JSON document. */
import { NameId } from "@jumpa-madu/contracts/ids";
import { Random } from "@jumpa-madu/contracts/random";
import { type Checked, type Checker, checkerOf } from "@jumpa-madu/contracts/validate";
import Type, { type Static, type TObject, type TProperties } from "typebox";
import { Bin, FILL_MAX } from "./bin.ts";
import { BOARD_CATALOGUE } from "./board-catalogue.ts";
import { type BinSensorModel, type CatalogueDevice, DEVICE_CATALOGUE } from "./device-catalogue.ts";
import { BAG_G, BAG_MAX_G, Person } from "./person.ts";
import type { ScaleModel } from "./scale-model.ts";
import { type Actor, type SimulatedDevice, startDevice } from "./simulated-device.ts";
import type { Parity } from "./uart.ts";
import type { WeighCell } from "./weigh-cell.ts";

/** Most devices of one fleet: each has a timer of 10 ms, and a kernel gives 4096 pseudo-terminals by default. */
export const DEVICES_MAX = 256;

const PARITIES = ["none", "even", "odd"] as const satisfies readonly Parity[];

/** Everything that a fleet can have. */
const FLEET_CATALOGUE = { ...DEVICE_CATALOGUE, ...BOARD_CATALOGUE };
type FleetKey = keyof typeof FLEET_CATALOGUE;
const FLEET_KEYS = Object.keys(FLEET_CATALOGUE) as FleetKey[];

const strict = { additionalProperties: false } as const;

const Common = {
  id: NameId,
  link: Type.String({ minLength: 1, maxLength: 255, description: "path of the symbolic link to open" }),
  seed: Type.Integer({ minimum: 0, maximum: 0xffff_ffff }),
};

/** What a fleet may say of every bin sensor, and of its bin. Defaults: those of `Bin` and of the sensor. */
const BinSensor = {
  noise_mm: Type.Optional(Type.Number({ minimum: 0, maximum: 1000 })),
  empty_mm: Type.Optional(Type.Integer({ minimum: 1, maximum: 20_000 })),
  full_mm: Type.Optional(Type.Integer({ minimum: 0, maximum: 20_000 })),
  fill: Type.Optional(Type.Number({ minimum: 0, maximum: FILL_MAX })),
  fill_per_day: Type.Optional(Type.Number({ minimum: 0, maximum: 20 })),
  empty_every_days: Type.Optional(Type.Integer({ minimum: 0, maximum: 365 })),
  empty_at_hour: Type.Optional(Type.Integer({ minimum: 0, maximum: 23 })),
  start_hour: Type.Optional(Type.Number({ minimum: 0, maximum: 24 })),
  time_scale: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
};

/** What a fleet may say of every scale. Defaults: those of the scale. */
const Scale = {
  max_g: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  division_g: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 100_000 })),
  unit: Type.Optional(Type.Enum(["kg", "g"] as const)),
  decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
  noise_g: Type.Optional(Type.Number({ minimum: 0, maximum: 100_000 })),
  baud: Type.Optional(Type.Integer({ minimum: 300, maximum: 115_200 })),
  data_bits: Type.Optional(Type.Enum([7, 8] as const)),
  parity: Type.Optional(Type.Enum(PARITIES)),
  person: Type.Optional(Type.Boolean({ description: "people come and weigh, default false" })),
  person_pause_s: Type.Optional(Type.Number({ minimum: 1, maximum: 86_400 })),
};

type StaticProperties<P extends TProperties> = Static<TObject<P>>;

/** One device of a fleet: `model` is its key in the catalogue, whose `parameters` it may have besides. */
export type DeviceEntry = StaticProperties<typeof Common> &
  Partial<StaticProperties<typeof BinSensor> & StaticProperties<typeof Scale>> & {
    model: FleetKey;
    [parameter: string]: unknown;
  };

/** A fleet: its devices, each with an id and a link of its own. */
export interface Fleet {
  devices: DeviceEntry[];
}

/** Models that a fleet can have. */
export type FleetModel = ScaleModel | BinSensorModel;

/** A running device of a fleet. */
export type FleetDevice = SimulatedDevice<FleetModel>;

/** The outline of a fleet. Each entry is then checked against its own model, which gives faults that name the field. */
const outline = checkerOf(
  Type.Object(
    {
      devices: Type.Array(Type.Object({ model: Type.Enum(FLEET_KEYS) }), { maxItems: DEVICES_MAX }),
    },
    strict,
  ),
);

const entries = new Map<FleetKey, Checker<unknown>>();

/** The checker of a model's entries, compiled when the first one is met. */
function checkerOfModel(model: FleetKey): Checker<unknown> {
  const known = entries.get(model);
  if (known) return known;
  const { kind, parameters }: CatalogueDevice = FLEET_CATALOGUE[model];
  const ofKind = kind === "scale" ? Scale : BinSensor;
  const checker = checkerOf(
    Type.Object({ ...Common, ...ofKind, model: Type.Literal(model), ...parameters }, strict),
  );
  entries.set(model, checker);
  return checker;
}

/** Checks a fleet description; all faults at once, each naming where it is. */
export function parseFleet(value: unknown): Checked<Fleet> {
  const checked = outline.check(value);
  if (!checked.ok) return checked;
  const faults: string[] = [];
  const devices: DeviceEntry[] = [];
  for (const [index, entry] of checked.value.devices.entries()) {
    const device = checkerOfModel(entry.model).check(entry);
    if (device.ok) devices.push(device.value as DeviceEntry);
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

/** The seed of an entry feeds a stream, from which line, model, world and person get one of their own. */
function startEntry(entry: DeviceEntry): FleetDevice {
  const random = new Random(entry.seed);
  const drawSeed = () => random.integer(0, 0xffff_ffff);
  const { link } = entry;
  const seed = drawSeed();
  const device: CatalogueDevice = FLEET_CATALOGUE[entry.model];
  if (device.kind === "bin-sensor") {
    const bin = new Bin({ ...optionsOf(entry), seed: drawSeed() });
    return startDevice({ model: device.create(asOptions(entry, { seed: drawSeed(), bin })), link, seed });
  }
  const model = device.create(asOptions(entry, { seed: drawSeed() }));
  return startDevice({ model, link, seed, actors: peopleAt(entry, model.cell, drawSeed()) });
}

/** What an entry says, by the names that models have for it. */
function optionsOf(entry: DeviceEntry): Record<string, unknown> {
  const named = Object.entries(entry).map(([name, value]) => [camelCaseOf(name), value]);
  return Object.fromEntries(named);
}

/** The schema of the entry's model has checked that these are options of that model. */
function asOptions(entry: DeviceEntry, own: { seed: number; bin?: Bin }): never {
  return { ...optionsOf(entry), ...own } as never;
}

function camelCaseOf(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function peopleAt(entry: DeviceEntry, { pan, maxG }: WeighCell, seed: number): Actor[] {
  if (entry.person !== true) return [];
  // People bring to a small balance what it can carry: three bags are the most that lie on it together.
  const bagMaxG = Math.min(BAG_MAX_G, maxG / 3);
  const bagG = Math.min(BAG_G, bagMaxG / 3);
  return [new Person({ seed, pan, bagG, bagMaxG, pauseS: entry.person_pause_s })];
}
