/** Stock of the HTTP face: off-takers, sales and their payments, counts, and what lies in the store. */
import Type, { type Static } from "typebox";
import { EventId, NameId } from "../ids.ts";
import { LocalDay } from "../local-day.ts";
import { AMOUNT_IDR_MAX, NetWeightG, PriceIdrPerKg, WeightG } from "../units.ts";
import {
  Label,
  LIST_QUERY,
  Moment,
  MomentCursor,
  MomentGiven,
  MomentText,
  NameCursor,
  orNull,
  pageOf,
  Reason,
  strict,
} from "./text.ts";

/** Materials of one sale, each once. */
export const SALE_LINES_MAX = 50;

/** Most grams that somebody may count of one material: a thousand tonnes. */
const COUNTED_G_MAX = 1_000_000_000;

export const OffTaker = Type.Object(
  { id: NameId, name: Type.String(), created_by: Type.String(), created_at: Moment },
  strict,
);
export type OffTaker = Static<typeof OffTaker>;
export const NewOffTaker = Type.Object(
  { id: NameId, name: Type.Union([Label], { description: "of the business, not of a person" }) },
  strict,
);
export const OffTakerPage = pageOf(OffTaker);

const Rejects = Type.Enum(["returned", "discarded"] as const, {
  description: "what became of what the buyer refused: back into the store, or thrown away",
});
const MoneyPlace = Type.Enum(["cash_vault", "bank_account"] as const);
const PaidIdr = Type.Integer({ minimum: 1, maximum: AMOUNT_IDR_MAX });
const From = orNull(MoneyPlace);

const SaleLine = Type.Object(
  {
    material: NameId,
    out_g: Type.Integer(),
    accepted_g: Type.Integer(),
    rejected_g: Type.Integer(),
    rejects: Rejects,
    shrinkage_g: Type.Integer({ description: "out, less accepted, less rejected" }),
    price_idr_per_kg: PriceIdrPerKg,
    amount_idr: Type.Integer(),
    consigned_g: Type.Integer({ description: "of the grams that left for good, those paid for by a share" }),
    members_idr: Type.Integer({ description: "what members got of the amount" }),
    cost_idr: Type.Integer({
      description: "what the waste bank's own grams had cost, by the moving average",
    }),
    loss_idr: Type.Integer({ description: "what own grams had cost that were lost or thrown away" }),
  },
  strict,
);

/** A payment of a sale. */
export const SalePayment = Type.Object(
  {
    id: EventId,
    into: MoneyPlace,
    from: From,
    amount_idr: Type.Integer(),
    occurred_at: Moment,
    paid_by: Type.String(),
  },
  strict,
);

/** A sale that is in the books; a transfer to the parent is one as well. */
export const Sale = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    buyer: Type.Object({ off_taker: orNull(NameId), waste_bank: orNull(NameId) }, strict),
    occurred_at: Moment,
    total_idr: Type.Integer(),
    owed_idr: Type.Integer({
      description: "of the total, what was not paid yet; 0 for a sale that was voided",
    }),
    sold_by: Type.String(),
    created_at: Moment,
    voided: orNull(
      Type.Object({ id: EventId, reason: Type.String(), voided_by: Type.String(), at: Moment }, strict),
    ),
    lines: Type.Array(SaleLine),
    payments: Type.Array(SalePayment),
  },
  strict,
);
export type Sale = Static<typeof Sale>;
export const SalePage = pageOf(Sale);
export const SaleListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    off_taker: Type.Optional(NameId),
    from: Type.Optional(MomentText),
    to: Type.Optional(MomentText),
  },
  strict,
);

const NewSaleLine = Type.Object(
  {
    material: NameId,
    out_g: Type.Union([NetWeightG], { description: "what was weighed out of the store" }),
    accepted_g: Type.Union([WeightG], { description: "what the buyer weighed and takes" }),
    rejected_g: Type.Optional(Type.Union([WeightG], { description: "what the buyer refuses" })),
    rejects: Type.Optional(Rejects),
    price_idr_per_kg: Type.Optional(
      Type.Union([PriceIdrPerKg], { description: "absent: the parent's price in force, when it buys" }),
    ),
  },
  strict,
);

/** A sale to be posted. `id`: a UUIDv7 drawn by the client; sent again, the sale is posted once. */
export const NewSale = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    buyer: Type.Union([
      Type.Object({ off_taker: NameId }, strict),
      Type.Object({ waste_bank: NameId }, { ...strict, description: "the parent of the waste bank" }),
    ]),
    occurred_at: MomentGiven,
    lines: Type.Array(NewSaleLine, { minItems: 1, maxItems: SALE_LINES_MAX }),
    paid: Type.Optional(
      Type.Object({ into: MoneyPlace, from: Type.Optional(MoneyPlace), amount_idr: PaidIdr }, strict),
    ),
  },
  strict,
);
export type NewSale = Static<typeof NewSale>;

/** A void of a sale, by somebody other than who posted it. */
export const NewSaleVoid = Type.Object({ id: EventId, reason: Reason }, strict);

/** A payment of a sale. `from`: whence a parent pays; absent when an off-taker does. */
export const NewSalePayment = Type.Object(
  {
    id: EventId,
    sale: EventId,
    into: MoneyPlace,
    from: Type.Optional(MoneyPlace),
    amount_idr: PaidIdr,
    occurred_at: Type.Optional(MomentGiven),
  },
  strict,
);

const CountState = Type.Enum(["waiting", "posted", "dismissed"] as const);

/** What somebody found in the store. `waiting`: the difference is so large that another person has to agree. */
export const StockCount = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    material: NameId,
    counted_g: Type.Integer(),
    book_g: Type.Integer({ description: "what the books said when it was counted" }),
    difference_g: Type.Integer({ description: "counted, less what the books said" }),
    value_idr: orNull(Type.Integer({ description: "what the difference was worth; below zero: a loss" })),
    reason: Type.String(),
    counted_by: Type.String(),
    occurred_at: Moment,
    state: CountState,
    decided_by: orNull(Type.String()),
    ended_at: orNull(Moment),
  },
  strict,
);
export type StockCount = Static<typeof StockCount>;
export const NewStockCount = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    material: NameId,
    counted_g: Type.Integer({ minimum: 0, maximum: COUNTED_G_MAX }),
    reason: Reason,
    occurred_at: MomentGiven,
  },
  strict,
);
export const StockCountPage = pageOf(StockCount);
export const StockCountListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    state: Type.Optional(CountState),
  },
  strict,
);

/** What lies in a store now. */
export const StockLevel = Type.Object(
  {
    material: NameId,
    owned_g: Type.Integer(),
    consigned_g: Type.Integer({ description: "members are paid when it is sold" }),
    value_idr: Type.Integer({ description: "what the own grams had cost" }),
    average_idr_per_kg: orNull(Type.Integer()),
  },
  strict,
);
export type StockLevel = Static<typeof StockLevel>;
export const StockLevelPage = pageOf(StockLevel);
const OWN_OR_ASKED = { description: "an operator's own when absent; others must say one" };
export const StockLevelListQuery = Type.Object(
  { ...LIST_QUERY, after: NameCursor, waste_bank: Type.Optional(Type.Union([NameId], OWN_OR_ASKED)) },
  strict,
);

/** Which report is asked for: days in WIB, both included. */
export const StockReportQuery = Type.Object(
  {
    waste_bank: Type.Optional(Type.Union([NameId], OWN_OR_ASKED)),
    from: LocalDay,
    to: LocalDay,
    format: LIST_QUERY.format,
  },
  strict,
);
export type StockReportQuery = Static<typeof StockReportQuery>;

/** Opening + intake + received + surplus = sold + delivered + shrinkage + rejects + closing, in grams. */
export const MaterialBalance = Type.Object(
  {
    material: NameId,
    opening_g: Type.Integer(),
    intake_g: Type.Integer(),
    received_g: Type.Integer(),
    surplus_g: Type.Integer(),
    sold_g: Type.Integer(),
    delivered_g: Type.Integer(),
    shrinkage_g: Type.Integer(),
    rejects_g: Type.Integer(),
    closing_g: Type.Integer(),
    difference_g: Type.Integer({
      description: "what the equality lacks; anything but 0 is a defect of the books",
    }),
  },
  strict,
);
export type MaterialBalance = Static<typeof MaterialBalance>;

const REPORT_OF = { waste_bank: NameId, from: LocalDay, to: LocalDay };

export const MassBalance = Type.Object(
  {
    ...REPORT_OF,
    materials: Type.Array(MaterialBalance),
    alarms: Type.Array(
      Type.Object(
        {
          code: Type.Enum([
            "shrinkage",
            "count_difference",
            "unbalanced",
            "counters_differ",
            "value_without_stock",
            "below_zero",
            "closing_differs",
          ] as const),
          material: NameId,
          detail: Type.String(),
        },
        strict,
      ),
    ),
  },
  strict,
);

export const MaterialMargin = Type.Object(
  {
    material: NameId,
    sold_g: Type.Integer(),
    sales_idr: Type.Integer(),
    cost_idr: Type.Integer({ description: "what own waste had cost" }),
    members_idr: Type.Integer({ description: "what members got of the sale of theirs" }),
    shrinkage_idr: Type.Integer({ description: "worth of what was lost, less what was found" }),
    margin_idr: Type.Integer({ description: "sales, less the three" }),
    average_buy_idr_per_kg: orNull(Type.Integer()),
    average_sell_idr_per_kg: orNull(Type.Integer()),
  },
  strict,
);
export type MaterialMargin = Static<typeof MaterialMargin>;

export const MarginReport = Type.Object({ ...REPORT_OF, materials: Type.Array(MaterialMargin) }, strict);
