/** Deposits of the HTTP face: what is in the books, and what is handed in, taken back and corrected. */
import Type, { type Static } from "typebox";
import { EventId, MemberId, NameId } from "../ids.ts";
import { LocalDay } from "../local-day.ts";
import { DEPOSIT_LINES_MAX, Purpose, Settlement, ShareBps } from "../records.ts";
import { AmountIdr, NetWeightG, PriceIdrPerKg, WeightG } from "../units.ts";
import {
  LIST_QUERY,
  Moment,
  MomentCursor,
  MomentGiven,
  MomentText,
  orNull,
  pageOf,
  Reason,
  strict,
} from "./text.ts";

const DepositedLine = Type.Object(
  {
    material: NameId,
    price: orNull(EventId),
    price_idr_per_kg: orNull(PriceIdrPerKg),
    gross_g: orNull(Type.Integer({ description: "null, as tare_g, when the scale's tare was not known" })),
    tare_g: orNull(Type.Integer()),
    net_g: Type.Integer(),
    stable: orNull(Type.Boolean()),
    scale: orNull(NameId),
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

const VOIDED = Type.Object(
  {
    id: EventId,
    kind: Type.Enum(["void", "correction"] as const),
    by: orNull(Type.String({ description: "null when the terminal that took it did" })),
    reason: Type.String(),
    occurred_at: Moment,
  },
  strict,
);

const POSTED = {
  id: EventId,
  occurred_at: Moment,
  received_at: Moment,
  source: Type.Enum(["terminal", "counter", "door", "import"] as const),
  waste_bank: NameId,
  node: orNull(NameId),
  taken_by: orNull(EventId),
  honoured_by: orNull(
    Type.String({ description: "user who decided that the receipt stands; never who took it" }),
  ),
  member: MemberId,
  purpose: Purpose,
  settlement: Settlement,
  share_bps: orNull(ShareBps),
  product: orNull(Type.String({ description: "savings product of the book; null for a gift" })),
  receipt_no: Type.String(),
  visit: orNull(Type.String()),
  corrects: orNull(EventId),
  corrected_by: orNull(Type.String({ description: "the deposit that stands in place of this one" })),
  total_idr: Type.Integer(),
  amount_rule: Type.String(),
  voided: orNull(VOIDED),
};

/** A deposit that is in the books. */
export const PostedDeposit = Type.Object({ ...POSTED, lines: Type.Array(DepositedLine) }, strict);
export type PostedDeposit = Static<typeof PostedDeposit>;

/** One line of a deposit in the list's CSV, with what holds of the whole deposit. */
export const DepositCsvRow = Type.Object(
  {
    id: EventId,
    line: Type.Integer({ description: "from 1" }),
    day: LocalDay,
    time: Type.String({ description: "WIB, as on the clock" }),
    occurred_at: Moment,
    source: POSTED.source,
    waste_bank: NameId,
    node: POSTED.node,
    taken_by: POSTED.taken_by,
    member_number: Type.String(),
    member: MemberId,
    purpose: Purpose,
    settlement: Settlement,
    share_bps: POSTED.share_bps,
    product: POSTED.product,
    receipt_no: Type.String(),
    visit: POSTED.visit,
    corrects: POSTED.corrects,
    corrected_by: POSTED.corrected_by,
    taken_back: orNull(VOIDED.properties.kind),
    taken_back_reason: orNull(Type.String()),
    material: NameId,
    material_name: Type.String(),
    net_g: Type.Integer(),
    gross_g: orNull(Type.Integer()),
    tare_g: orNull(Type.Integer()),
    price_idr_per_kg: DepositedLine.properties.price_idr_per_kg,
    amount_idr: Type.Integer(),
    deposit_total_idr: Type.Integer(),
    typed: Type.Boolean(),
    typed_reason: orNull(Type.String()),
    supervisor: DepositedLine.properties.supervisor,
    scale: DepositedLine.properties.scale,
    raw: DepositedLine.properties.raw,
    stable: DepositedLine.properties.stable,
    verified_until: DepositedLine.properties.verified_until,
    received_at: Moment,
  },
  strict,
);
export type DepositCsvRow = Static<typeof DepositCsvRow>;
export const DepositPage = pageOf(PostedDeposit);
export const DepositListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    member: Type.Optional(MemberId),
    node: Type.Optional(NameId),
    typed: Type.Optional(
      Type.Enum(["true"] as const, { description: "only those with a weight that was typed" }),
    ),
    from: Type.Optional(MomentText),
    to: Type.Optional(MomentText),
  },
  strict,
);

/** A deposit with what is printed of it. `balance_idr`: what the book holds now; null for a gift. */
export const DepositReceipt = Type.Object(
  {
    ...POSTED,
    lines: Type.Array(Type.Object({ ...DepositedLine.properties, material_name: Type.String() }, strict)),
    receipt: Type.Object(
      { waste_bank_name: Type.String(), member_number: Type.String(), balance_idr: orNull(Type.Integer()) },
      strict,
    ),
  },
  strict,
);
export type DepositReceipt = Static<typeof DepositReceipt>;

const ScaleEvidence = Type.Object(
  {
    scale: NameId,
    raw: Type.String({ pattern: "^([0-9a-f]{2}){1,64}$", description: "the scale's frame, hexadecimal" }),
    stable: Type.Optional(orNull(Type.Boolean())),
    verified_until: Type.Optional(MomentGiven),
  },
  strict,
);

const TypedEvidence = Type.Object(
  { typed: Type.Object({ reason: Reason, scale: Type.Optional(NameId) }, strict) },
  strict,
);

const WEIGHED = {
  material: NameId,
  net_g: Type.Optional(NetWeightG),
  gross_g: Type.Optional(WeightG),
  tare_g: Type.Optional(WeightG),
};

const NewLine = Type.Object(
  {
    ...WEIGHED,
    evidence: Type.Union([ScaleEvidence, TypedEvidence]),
    printed: Type.Optional(
      Type.Object(
        { price_idr_per_kg: PriceIdrPerKg, amount_idr: AmountIdr },
        { ...strict, description: "what the receipt says that a door without a network has given out" },
      ),
    ),
  },
  strict,
);

const ConfirmUnusual = Type.Optional(
  Type.Boolean({
    description:
      "far more than a household brings (200 kg typed, or worth Rp 2,000,000), and right all the same; staff are shown it",
  }),
);

/** A deposit that is handed in. The weight of a line is `net_g`, or `gross_g` and `tare_g`. */
export const NewDeposit = Type.Object(
  {
    id: EventId,
    source: Type.Optional(Type.Enum(["counter", "door"] as const, { description: "counter when absent" })),
    device: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 99, description: "number of the counter or phone, default 1" }),
    ),
    waste_bank: NameId,
    member: MemberId,
    purpose: Type.Optional(Purpose),
    product: Type.Optional(NameId),
    visit: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9:._-]{1,100}$" })),
    occurred_at: Type.Optional(MomentGiven),
    lines: Type.Array(NewLine, { minItems: 1, maxItems: DEPOSIT_LINES_MAX }),
    expected_total_idr: Type.Optional(AmountIdr),
    confirm_duplicate: Type.Optional(Type.Boolean()),
    confirm_unusual: ConfirmUnusual,
    honour: Type.Optional(
      Type.Boolean({
        description:
          "staff alone, with taken_by: what another person has printed at a door stands, however much more it is",
      }),
    ),
    taken_by: Type.Optional({
      ...EventId,
      description:
        "with honour alone: the collector who took the waste and gave the receipt out; never the caller",
    }),
  },
  strict,
);
export type NewDeposit = Static<typeof NewDeposit>;

/** Takes a deposit back within 15 minutes. */
export const NewDepositVoid = Type.Object({ id: EventId, reason: Reason }, strict);

const CorrectedLine = Type.Object(
  {
    ...WEIGHED,
    evidence: Type.Union([
      ScaleEvidence,
      TypedEvidence,
      Type.Object(
        { of_line: Type.Integer({ minimum: 0, maximum: DEPOSIT_LINES_MAX - 1 }) },
        {
          ...strict,
          description: "as it was weighed on this line, from 0, of the deposit that is corrected",
        },
      ),
    ]),
  },
  strict,
);
export type CorrectedLine = Static<typeof CorrectedLine>;

/** Takes a deposit back later, and posts another in its place when lines are given. */
export const NewDepositCorrection = Type.Object(
  {
    id: EventId,
    reason: Reason,
    lines: Type.Optional(orNull(Type.Array(CorrectedLine, { minItems: 1, maxItems: DEPOSIT_LINES_MAX }))),
    confirm_unusual: ConfirmUnusual,
  },
  strict,
);
export type NewDepositCorrection = Static<typeof NewDepositCorrection>;

const CashBackIdr = Type.Integer({
  minimum: 0,
  description: "what the member was handed in cash and must give back; 0 when no cash was handed out",
});

/** A deposit that was taken back. */
export const DepositTakenBack = Type.Object(
  { ...DepositReceipt.properties, cash_back_idr: CashBackIdr },
  strict,
);
export type DepositTakenBack = Static<typeof DepositTakenBack>;

/** What came of a correction, each deposit with what is printed of it. Of the two sums of cash one is 0 at least. */
export const DepositCorrection = Type.Object(
  {
    deposit: DepositReceipt,
    replacement: orNull(DepositReceipt),
    cash_back_idr: CashBackIdr,
    cash_more_idr: Type.Integer({
      minimum: 0,
      description: "what the member must still be handed in cash",
    }),
  },
  strict,
);
export type DepositCorrection = Static<typeof DepositCorrection>;

/** A difference between a receipt and our own computation. `line`: from 0, -1 for the deposit as a whole. */
export const DepositDifference = Type.Object(
  {
    id: EventId,
    deposit: EventId,
    waste_bank: NameId,
    member: MemberId,
    receipt_no: Type.String(),
    line: Type.Integer(),
    printed_idr: Type.Integer(),
    computed_idr: Type.Integer(),
    reason: Type.String(),
    noticed_at: Moment,
    settled_by: orNull(EventId),
    settled_at: orNull(Moment),
    note: orNull(Type.String()),
  },
  strict,
);
export type DepositDifference = Static<typeof DepositDifference>;
export const DifferencePage = pageOf(DepositDifference);
export const DifferenceListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    state: Type.Optional(Type.Enum(["open", "settled"] as const)),
  },
  strict,
);
export const SettleDifference = Type.Object({ note: Reason }, strict);

/** Asks to post a record of the quarantine again. */
export const NewRepost = Type.Object(
  {
    honour: Type.Optional(
      Type.Boolean({ description: "what was printed stands, however much more it says than we compute" }),
    ),
  },
  strict,
);

/** What came of it. `refused`: it stays in quarantine, with the new code and reason. */
export const RepostOutcome = Type.Object(
  {
    outcome: Type.Enum(["posted", "duplicate", "refused"] as const),
    kind: orNull(Type.String({ description: "kind of the record; null when it was refused" })),
    record: orNull(EventId),
    code: orNull(Type.String()),
    reason: orNull(Type.String()),
  },
  strict,
);
export type RepostOutcome = Static<typeof RepostOutcome>;
