/**
 * Catalogue of a waste bank: what its terminal needs to take a deposit while the network is away.
 *
 * Fetched over HTTP by the node and kept in its own file; answers "unchanged" by ETag.
 */
import Type, { type Static } from "typebox";
import { EventId, MemberId, NameId } from "./ids.ts";
import { EpochMs, PriceIdrPerKg } from "./units.ts";

const strict = { additionalProperties: false } as const;

export const CatalogueMaterial = Type.Object(
  {
    id: NameId,
    name: Type.String(),
    category: Type.String(),
    /** In what state it is taken, for people; may be empty. */
    condition: Type.Optional(Type.String()),
  },
  strict,
);
export type CatalogueMaterial = Static<typeof CatalogueMaterial>;

/** How members are paid, most of them or one: at once by the price list, or by a share of the sale, in hundredths of a percent. */
export const CatalogueSettlement = Type.Object(
  {
    mode: Type.Enum(["purchase", "share_of_sale"] as const),
    share_bps: Type.Integer({ minimum: 1, maximum: 10_000 }),
  },
  strict,
);

/** A price with the time from which it holds; the one with the latest `valid_from` not after now is in force. */
export const CataloguePrice = Type.Object(
  { id: EventId, material: NameId, price_idr_per_kg: PriceIdrPerKg, valid_from: EpochMs },
  strict,
);
export type CataloguePrice = Static<typeof CataloguePrice>;

/** A member; `card` is what a reader reads from the card, when it is not the number. `settlement` where it differs from the waste bank's. */
export const CatalogueMember = Type.Object(
  {
    id: MemberId,
    number: Type.String(),
    name: Type.String(),
    card: Type.Optional(Type.String()),
    settlement: Type.Optional(CatalogueSettlement),
  },
  strict,
);
export type CatalogueMember = Static<typeof CatalogueMember>;

/** A scale that is or was bound to the node: weights of no other one are booked. With when its verification (tera) expires; null when it was never verified. */
export const CatalogueScale = Type.Object(
  { id: NameId, verified_until: Type.Union([EpochMs, Type.Null()]) },
  strict,
);
export type CatalogueScale = Static<typeof CatalogueScale>;

/** Someone who may agree to a typed weight, with the hash of their PIN. */
export const CatalogueSupervisor = Type.Object(
  { id: EventId, name: Type.String(), pin_hash: Type.String({ maxLength: 200 }) },
  strict,
);
export type CatalogueSupervisor = Static<typeof CatalogueSupervisor>;

export const Catalogue = Type.Object(
  {
    waste_bank: NameId,
    waste_bank_name: Type.Optional(Type.String()),
    /** Of every member who has none of their own. */
    settlement: Type.Optional(CatalogueSettlement),
    materials: Type.Array(CatalogueMaterial),
    prices: Type.Array(CataloguePrice),
    members: Type.Array(CatalogueMember),
    scales: Type.Optional(Type.Array(CatalogueScale)),
    supervisors: Type.Optional(Type.Array(CatalogueSupervisor)),
  },
  strict,
);
export type Catalogue = Static<typeof Catalogue>;
