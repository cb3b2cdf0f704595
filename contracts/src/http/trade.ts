/** Materials, prices and deposits of the HTTP face. */
import Type, { type Static } from "typebox";
import { EventId, MemberId, NameId } from "../ids.ts";
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

export const Material = Type.Object({ id: NameId, name: Type.String(), category: Type.String() }, strict);
export const NewMaterial = Type.Object({ id: NameId, name: Label, category: Label }, strict);
export const MaterialPage = pageOf(Material);

/** A price, whole rupiah a kilogram. Without waste bank it holds wherever none of the waste bank's own does. */
export const Price = Type.Object(
  {
    id: EventId,
    material: NameId,
    waste_bank: orNull(NameId),
    price_idr_per_kg: PriceIdrPerKg,
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
    price_idr_per_kg: PriceIdrPerKg,
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
    at: Type.Optional(MomentText),
  },
  strict,
);

const DepositedLine = Type.Object(
  {
    material: NameId,
    price: EventId,
    price_idr_per_kg: PriceIdrPerKg,
    gross_g: orNull(Type.Integer({ description: "null, as tare_g, when the scale's tare was not known" })),
    tare_g: orNull(Type.Integer()),
    net_g: Type.Integer(),
    stable: orNull(Type.Boolean()),
    scale: NameId,
    verified_until: orNull(Moment),
    raw: orNull(
      Type.String({ description: "the scale's frame, hexadecimal; null when the weight was typed" }),
    ),
    typed: Type.Boolean({ description: "a person typed the weight, and the supervisor agreed" }),
    supervisor: orNull(EventId),
    typed_reason: orNull(Type.String()),
    amount_idr: Type.Integer(),
  },
  strict,
);

/** A deposit that is in the books. */
export const PostedDeposit = Type.Object(
  {
    id: EventId,
    occurred_at: Moment,
    received_at: Moment,
    waste_bank: NameId,
    node: NameId,
    member: MemberId,
    receipt_no: Type.String(),
    total_idr: Type.Integer(),
    voided: orNull(Type.Object({ id: EventId, reason: Type.String(), occurred_at: Moment }, strict)),
    lines: Type.Array(DepositedLine),
  },
  strict,
);
export type PostedDeposit = Static<typeof PostedDeposit>;
export const DepositPage = pageOf(PostedDeposit);
export const DepositListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    member: Type.Optional(MemberId),
    node: Type.Optional(NameId),
    from: Type.Optional(MomentText),
    to: Type.Optional(MomentText),
  },
  strict,
);
