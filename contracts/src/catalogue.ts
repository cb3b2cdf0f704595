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
  { id: NameId, name: Type.String(), category: Type.String() },
  strict,
);

/** A price with the time from which it holds; the one with the latest `valid_from` not after now is in force. */
export const CataloguePrice = Type.Object(
  { id: EventId, material: NameId, price_idr_per_kg: PriceIdrPerKg, valid_from: EpochMs },
  strict,
);
export type CataloguePrice = Static<typeof CataloguePrice>;

export const CatalogueMember = Type.Object(
  { id: MemberId, number: Type.String(), name: Type.String() },
  strict,
);

export const Catalogue = Type.Object(
  {
    waste_bank: NameId,
    materials: Type.Array(CatalogueMaterial),
    prices: Type.Array(CataloguePrice),
    members: Type.Array(CatalogueMember),
  },
  strict,
);
export type Catalogue = Static<typeof Catalogue>;
