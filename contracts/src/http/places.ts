/** Places of the HTTP face: zones, waste banks, bins with their level, scales with their weight. */
import Type, { type Static } from "typebox";
import { NameId } from "../ids.ts";
import { Quality } from "../readings.ts";
import { WEIGHT_G_MAX } from "../units.ts";
import {
  Label,
  Latitude,
  LIST_QUERY,
  Longitude,
  Moment,
  MomentGiven,
  NameCursor,
  orNull,
  pageOf,
  strict,
} from "./text.ts";

export const Zone = Type.Object({ id: NameId, name: Type.String() }, strict);
export const NewZone = Type.Object({ id: NameId, name: Label }, strict);
export const ZonePage = pageOf(Zone);

export const WasteBank = Type.Object(
  {
    id: NameId,
    name: Type.String(),
    parent: orNull(NameId),
    zone: NameId,
    lat: Latitude,
    lon: Longitude,
    created_at: Moment,
  },
  strict,
);
export type WasteBank = Static<typeof WasteBank>;

/** The parent (bank induk) buys from the waste bank, and its prices and terms hold where it has none of its own. */
const Parent = orNull(NameId, {
  description:
    "the parent, whose prices and terms hold where the waste bank has none; a parent has none itself",
});
export const NewWasteBank = Type.Object(
  { id: NameId, name: Label, parent: Type.Optional(Parent), zone: NameId, lat: Latitude, lon: Longitude },
  strict,
);
/** All that may change of a waste bank. */
export const WasteBankChange = Type.Object(
  { name: Label, parent: Parent, zone: NameId, lat: Latitude, lon: Longitude },
  strict,
);
export const WasteBankPage = pageOf(WasteBank);

/** Latest believed level of a bin. */
export const Level = Type.Object(
  {
    fill: orNull(Type.Number({ description: "0 to 1; null when the sensor has no calibration" })),
    quality: Quality,
    distance_mm: Type.Number(),
    measured_at: Moment,
  },
  strict,
);

export const Bin = Type.Object(
  {
    id: NameId,
    name: Type.String(),
    zone: NameId,
    lat: Latitude,
    lon: Longitude,
    capacity_l: Type.Integer(),
    node: orNull(NameId),
    level: orNull(Level),
    created_at: Moment,
  },
  strict,
);
export type Bin = Static<typeof Bin>;
export const NewBin = Type.Object(
  {
    id: NameId,
    name: Label,
    zone: NameId,
    lat: Latitude,
    lon: Longitude,
    capacity_l: Type.Integer({ minimum: 1, maximum: 100_000 }),
  },
  strict,
);
export const BinPage = pageOf(Bin);
export const BinListQuery = Type.Object(
  { ...LIST_QUERY, after: NameCursor, zone: Type.Optional(NameId) },
  strict,
);

/** Latest weight that a scale showed. */
export const Weight = Type.Object(
  { weight_g: Type.Number(), stable: orNull(Type.Boolean()), measured_at: Moment },
  strict,
);

export const Scale = Type.Object(
  {
    id: NameId,
    name: Type.String(),
    waste_bank: NameId,
    capacity_g: Type.Integer(),
    division_g: Type.Number(),
    verified_until: orNull(Moment),
    node: orNull(NameId),
    weight: orNull(Weight),
    created_at: Moment,
  },
  strict,
);
export type Scale = Static<typeof Scale>;
export const NewScale = Type.Object(
  {
    id: NameId,
    name: Label,
    waste_bank: NameId,
    capacity_g: Type.Integer({ minimum: 1, maximum: WEIGHT_G_MAX }),
    division_g: Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }),
    verified_until: Type.Optional(orNull(MomentGiven)),
  },
  strict,
);
/** When the verification (tera) of a scale expires now; null when it has none. */
export const ScaleVerification = Type.Object({ verified_until: orNull(MomentGiven) }, strict);

export const ScalePage = pageOf(Scale);
export const ScaleListQuery = Type.Object(
  { ...LIST_QUERY, after: NameCursor, waste_bank: Type.Optional(NameId) },
  strict,
);
