/**
 * SenML packs (RFC 8428): from JSON to what each sensor measured, with names, times and units resolved.
 *
 * A resolved name is `{sensor}:{quantity}` or `{sensor}/{quantity}`; the sensor's part may hold both characters itself. One
 * sensor's quantities of one time make one observation.
 *
 *   quantity      units                       value
 *   distance      m, cm, mm                   from the sensor down to the waste
 *   temperature   Cel, K
 *   battery       %EL, %, /                   charge left
 *   tilt          deg, rad                    from the vertical
 *   tilted        none                        vb: it lies
 *   lat, lon      lat, lon, deg               WGS 84
 */
import { SENML_NAME_PATTERN } from "@jumpa-madu/contracts/http/remote";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { UplinkObservation } from "@jumpa-madu/sensing/uplink-level";
import Type, { type Static } from "typebox";
import { observationOf } from "./models.ts";
import type { UplinkFault } from "./uplink.ts";

/** Records of one pack. Beyond: quarantine. */
export const SENML_RECORDS_MAX = 256;

/** Faults that are told of one pack. Beyond: only their number. */
const FAULTS_TOLD_MAX = 5;

/** Below this a time is counted from now, in seconds (RFC 8428 §4.5.3). */
const RELATIVE_S_MAX = 2 ** 28;

/** Versions whose meaning is known: RFC 8428, and with the secondary units of RFC 8798 (RFC 9100 §4). */
const VERSIONS = [10, 26];

const Text = Type.Optional(Type.String());
const Numeric = Type.Optional(Type.Number());

/** One record. Members that are not named here are ignored unless their name ends in `_` (RFC 8428 §4.4). */
const SenmlRecord = Type.Object({
  bn: Text,
  bt: Numeric,
  bu: Text,
  bv: Numeric,
  bver: Numeric,
  n: Text,
  u: Text,
  v: Numeric,
  vb: Type.Optional(Type.Boolean()),
  t: Numeric,
});
type SenmlRecord = Static<typeof SenmlRecord>;

const Pack = Type.Array(SenmlRecord, { minItems: 1, maxItems: SENML_RECORDS_MAX });

const packChecker = checkerOf(Pack);
const nameExpression = new RegExp(SENML_NAME_PATTERN);

/** What one sensor measured at one time. */
export interface SenmlObservation {
  /** The sensor's part of the names. */
  name: string;
  atMs: number;
  observation: Omit<UplinkObservation, "t">;
}

/** A pack, as far as it is understood, in order of time. `fault` sums up what is not. */
export interface SenmlPack {
  observations: SenmlObservation[];
  fault: UplinkFault | null;
}

/** Values of one observation while it is gathered. */
interface Gathered {
  distanceMm?: number;
  tempC?: number;
  battery?: number;
  tiltDeg?: number;
  tilted?: boolean;
  lat?: number;
  lon?: number;
}

type NumericQuantity = Exclude<keyof Gathered, "tilted">;

/** Of each quantity, where its value goes and what one of each unit is. */
const QUANTITIES: ReadonlyMap<string, { to: NumericQuantity; units: Record<string, (v: number) => number> }> =
  new Map([
    ["distance", { to: "distanceMm", units: { m: (v) => v * 1_000, cm: (v) => v * 10, mm: (v) => v } }],
    ["temperature", { to: "tempC", units: { Cel: (v) => v, K: (v) => v - 273.15 } }],
    ["battery", { to: "battery", units: { "%EL": (v) => v / 100, "%": (v) => v / 100, "/": (v) => v } }],
    ["tilt", { to: "tiltDeg", units: { deg: (v) => v, rad: (v) => (v * 180) / Math.PI } }],
    ["lat", { to: "lat", units: { lat: (v) => v, deg: (v) => v } }],
    ["lon", { to: "lon", units: { lon: (v) => v, deg: (v) => v } }],
  ]);

/** Ranges that a value must keep; of distance and temperature, beyond means that the sensor could not measure. */
const RANGES: Partial<Record<NumericQuantity, readonly [number, number]>> = {
  battery: [0, 1],
  tiltDeg: [0, 180],
  lat: [-90, 90],
  lon: [-180, 180],
};

/** Resolves a pack. `nowMs` is what its relative times are counted from. Never throws. */
export function resolvePack(value: unknown, nowMs: number): SenmlPack {
  const checked = packChecker.check(value);
  if (!checked.ok) return { observations: [], fault: { code: "schema", reason: checked.faults.join("; ") } };
  const must = mustUnderstand(checked.value);
  if (must !== null) return { observations: [], fault: { code: "schema", reason: must } };
  const gathered = new Map<string, { name: string; atMs: number; values: Gathered }>();
  const faults: string[] = [];
  const base: SenmlRecord = {};
  for (const [index, record] of checked.value.entries()) {
    Object.assign(base, baseOf(record));
    // A record of base values alone carries them to the next ones.
    if (record.v === undefined && record.vb === undefined && isBaseAlone(record)) continue;
    const fault = gather(gathered, { record, base, nowMs });
    if (fault !== null) faults.push(`/${index}: ${fault}`);
  }
  const observations = [...gathered.values()]
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ name, atMs, values }) => ({ name, atMs, observation: toObservation(values) }));
  return { observations, fault: faults.length === 0 ? null : sumOf(faults) };
}

/** Why the pack as a whole is not understood, in words; null when it may be. */
function mustUnderstand(records: SenmlRecord[]): string | null {
  for (const [index, record] of records.entries()) {
    const unknown = Object.keys(record).find((key) => key.endsWith("_"));
    if (unknown !== undefined) return `/${index}/${unknown} must be understood, as its name says, and is not`;
    if (record.bver !== undefined && !VERSIONS.includes(record.bver))
      return `/${index}/bver ${record.bver} is not known; ${VERSIONS.join(" and ")} are`;
  }
  return null;
}

function baseOf({ bn, bt, bu, bv }: SenmlRecord): SenmlRecord {
  return {
    ...(bn === undefined ? {} : { bn }),
    ...(bt === undefined ? {} : { bt }),
    ...(bu === undefined ? {} : { bu }),
    ...(bv === undefined ? {} : { bv }),
  };
}

function isBaseAlone(record: SenmlRecord): boolean {
  return Object.keys(record).every((key) => key.startsWith("b"));
}

/** Puts a record where it belongs. Answers why it cannot, in words; null when it did. */
function gather(
  gathered: Map<string, { name: string; atMs: number; values: Gathered }>,
  { record, base, nowMs }: { record: SenmlRecord; base: SenmlRecord; nowMs: number },
): string | null {
  const full = (base.bn ?? "") + (record.n ?? "");
  const cut = Math.max(full.lastIndexOf(":"), full.lastIndexOf("/"));
  const [name, quantity] = [full.slice(0, Math.max(0, cut)), full.slice(cut + 1)];
  if (!nameExpression.test(name))
    return `the name "${full}" must be {sensor}:{quantity}, the sensor of A-Z a-z 0-9 - : . / _ and at most 100 characters`;
  const atMs = timeOf(record, base, nowMs);
  if (atMs === null) return "the time is none of this century; check bt and t, which are seconds";
  const key = `${atMs} ${name}`;
  const one = gathered.get(key) ?? { name, atMs, values: {} };
  const fault = setValue(one.values, quantity, { record, base });
  if (fault === null) gathered.set(key, one);
  return fault;
}

function timeOf({ t = 0 }: SenmlRecord, { bt = 0 }: SenmlRecord, nowMs: number): number | null {
  const seconds = bt + t;
  const atMs = Math.round(seconds < RELATIVE_S_MAX ? nowMs + seconds * 1_000 : seconds * 1_000);
  return atMs >= EPOCH_MS_MIN && atMs <= EPOCH_MS_MAX ? atMs : null;
}

function setValue(
  values: Gathered,
  quantity: string,
  { record, base }: { record: SenmlRecord; base: SenmlRecord },
): string | null {
  if (quantity === "tilted") {
    if (record.vb === undefined) return "tilted must have vb, true or false";
    if (values.tilted !== undefined) return "tilted comes twice for one time";
    values.tilted = record.vb;
    return null;
  }
  const known = QUANTITIES.get(quantity);
  if (known === undefined)
    return `the quantity "${quantity}" is not known; ${[...QUANTITIES.keys(), "tilted"].join(", ")} are`;
  if (record.v === undefined) return `${quantity} must have v, a number`;
  const unit = record.u ?? base.bu;
  const units = Object.keys(known.units).join(", ");
  if (unit === undefined) return `${quantity} must have a unit in u or bu, one of ${units}`;
  const convert = Object.hasOwn(known.units, unit) ? known.units[unit] : undefined;
  if (convert === undefined) return `the unit "${unit}" of ${quantity} is not known; ${units} are`;
  const value = convert(record.v + (base.bv ?? 0));
  const [min, max] = RANGES[known.to] ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  if (!Number.isFinite(value) || value < min || value > max) return `${quantity} is out of its range`;
  if (values[known.to] !== undefined) return `${quantity} comes twice for one time`;
  values[known.to] = value;
  return null;
}

function toObservation({ distanceMm, lat, lon, ...rest }: Gathered): Omit<UplinkObservation, "t"> {
  return observationOf({
    ...rest,
    distanceMm: distanceMm === undefined ? null : Math.round(distanceMm),
    position: lat === undefined || lon === undefined ? undefined : { lat, lon },
  });
}

function sumOf(faults: string[]): UplinkFault {
  const told = faults.slice(0, FAULTS_TOLD_MAX);
  const untold = faults.length - told.length;
  return { code: "schema", reason: [...told, ...(untold > 0 ? [`and ${untold} more`] : [])].join("; ") };
}
