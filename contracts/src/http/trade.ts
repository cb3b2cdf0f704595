/** Materials and prices of the HTTP face. */
import Type, { type Static } from "typebox";
import { EventId, NameId } from "../ids.ts";
import { PriceIdrPerKg } from "../units.ts";
import {
  Label,
  LIST_QUERY,
  Moment,
  MomentCursor,
  MomentGiven,
  MomentText,
  orNull,
  pageOf,
  strict,
} from "./text.ts";

/** In what state a material is taken, for people: clean, dry, without caps. Empty: in any. */
const Condition = Type.Union([Label, Type.Literal("")], {
  description: "in what state it is taken, such as clean and without caps; empty: any",
});

/** Class of composition in the national waste information system (SIPSN). */
const SipsnClass = orNull(
  Type.Enum(["SM", "KR", "KK", "PL", "LG", "KT", "KL", "KC", "LN"] as const, {
    description:
      "SIPSN class: SM food, KR wood and twigs, KK paper, PL plastic, LG metal, KT textile, KL rubber and leather, KC glass, LN other",
  }),
);

export const Material = Type.Object(
  {
    id: NameId,
    name: Type.String(),
    category: Type.String(),
    condition: Type.String(),
    sipsn_class: SipsnClass,
    retired_at: orNull(Moment),
  },
  strict,
);
export type Material = Static<typeof Material>;
export const NewMaterial = Type.Object(
  {
    id: NameId,
    name: Label,
    category: Label,
    condition: Type.Optional(Condition),
    sipsn_class: Type.Optional(SipsnClass),
  },
  strict,
);
/** All that may change of a material. */
export const MaterialChange = Type.Object(
  { name: Label, category: Label, condition: Condition, sipsn_class: SipsnClass },
  strict,
);
export const MaterialPage = pageOf(Material);

/** Whole rupiah a kilogram; null ends the waste bank's own price, so that the parent's or the general one holds. */
const PriceOrEnd = orNull(PriceIdrPerKg, {
  description: "null ends the waste bank's own price: from then on the parent's holds, or the general one",
});

/** A price. Without waste bank it holds wherever neither the waste bank nor its parent has set one. */
export const Price = Type.Object(
  {
    id: EventId,
    material: NameId,
    waste_bank: orNull(NameId),
    price_idr_per_kg: PriceOrEnd,
    valid_from: Moment,
    created_by: Type.String(),
    created_at: Moment,
  },
  strict,
);
export type Price = Static<typeof Price>;

/** A price to be set. It begins now when `valid_from` is absent; it cannot begin in the past. */
export const NewPrice = Type.Object(
  {
    material: NameId,
    waste_bank: Type.Optional(orNull(NameId)),
    price_idr_per_kg: PriceOrEnd,
    valid_from: Type.Optional(MomentGiven),
  },
  strict,
);
export const PricePage = pageOf(Price);
export const PriceListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    material: Type.Optional(NameId),
    waste_bank: Type.Optional(NameId),
    at: Type.Optional(MomentText),
  },
  strict,
);
