/** Savings of the HTTP face: products with their rules, books, and the passbook. */
import Type, { type Static } from "typebox";
import { EventId, MemberId, NameId } from "../ids.ts";
import { LocalDay } from "../local-day.ts";
import { CHANNEL_CODES } from "../payout/channels.ts";
import { AMOUNT_IDR_MAX, AmountIdr } from "../units.ts";
import {
  Label,
  LIST_QUERY,
  Moment,
  MomentCursor,
  NameCursor,
  orNull,
  pageOf,
  Reason,
  strict,
} from "./text.ts";

/** Longest lock of a product, in days: ten years. */
export const LOCK_DAYS_MAX = 3_660;

/** Most windows of one set of rules. */
export const WINDOWS_MAX = 60;

/** Whole rupiah that are moved: at least one. */
export const MovedIdr = Type.Integer({ minimum: 1, maximum: AMOUNT_IDR_MAX });

/** Days on which withdrawals are made, the first and the last included. */
export const DayRange = Type.Object({ from: LocalDay, until: LocalDay }, strict);

const ruleFields = {
  min_balance_idr: Type.Integer({
    minimum: 0,
    maximum: AMOUNT_IDR_MAX,
    description: "what must stay on the book",
  }),
  min_withdrawal_idr: Type.Integer({
    minimum: 1,
    maximum: AMOUNT_IDR_MAX,
    description: "the least that is withdrawn at once",
  }),
  windows: Type.Array(DayRange, {
    maxItems: WINDOWS_MAX,
    description: "days (WIB) on which withdrawals are made, in order, none overlapping; empty: any day",
  }),
  lock_days: Type.Integer({
    minimum: 0,
    maximum: LOCK_DAYS_MAX,
    description: "days that must have passed since the book was opened",
  }),
  locked_until: orNull(LocalDay),
};

/** What withdrawals must keep to. */
export const WithdrawalRules = Type.Object(ruleFields, strict);
export type WithdrawalRules = Static<typeof WithdrawalRules>;

/** Rules to be set. They begin at once when `valid_from` is absent, else with that day, which must be one to come. */
export const NewSavingsRules = Type.Object(
  {
    ...ruleFields,
    valid_from: Type.Optional(LocalDay),
    locked_until: Type.Optional(ruleFields.locked_until),
  },
  strict,
);

/** Rules as they were set. They are never changed; later ones take their place, for old books as well. */
export const SavingsRules = Type.Object(
  { id: EventId, valid_from: Moment, ...ruleFields, created_by: Type.String(), created_at: Moment },
  strict,
);
export type SavingsRules = Static<typeof SavingsRules>;

export const SavingsProduct = Type.Object(
  {
    id: NameId,
    waste_bank: orNull(NameId),
    name: Type.String(),
    created_by: Type.String(),
    created_at: Moment,
    rules: Type.Array(SavingsRules, {
      description: "all that ever held or will, the one that begins latest first",
    }),
  },
  strict,
);
export type SavingsProduct = Static<typeof SavingsProduct>;

export const NewSavingsProduct = Type.Object(
  {
    id: NameId,
    waste_bank: Type.Optional(orNull(NameId)),
    name: Label,
    rules: Type.Optional(
      Type.Object({ ...ruleFields, locked_until: Type.Optional(ruleFields.locked_until) }, strict),
    ),
  },
  strict,
);
export const SavingsProductPage = pageOf(SavingsProduct);
export const SavingsProductQuery = Type.Object(
  { ...LIST_QUERY, after: NameCursor, waste_bank: Type.Optional(NameId) },
  strict,
);

const bookFields = {
  id: EventId,
  member: MemberId,
  waste_bank: NameId,
  product: NameId,
  product_name: Type.String(),
  default: Type.Boolean({ description: "takes the member's deposits here that name no product" }),
  opened_at: Moment,
  closed_at: orNull(Moment),
  balance_idr: AmountIdr,
  held_idr: Type.Integer({ minimum: 0, description: "part of the balance that is on its way out" }),
};

/** A book of a member: the money at one waste bank in one product. */
export const Book = Type.Object(bookFields, strict);
export type Book = Static<typeof Book>;

export const ListedBook = Type.Object(
  {
    ...bookFields,
    open_on: Type.Union([LocalDay, Type.Null()], {
      description: "first day on which money may be withdrawn by the rules in force; null when none is set",
    }),
  },
  strict,
);
export type ListedBook = Static<typeof ListedBook>;
export const BookPage = pageOf(ListedBook);
export const BookListQuery = Type.Object({ ...LIST_QUERY, after: NameCursor }, strict);

export const NewBook = Type.Object(
  {
    member: MemberId,
    waste_bank: NameId,
    product: NameId,
    default: Type.Optional(Type.Boolean()),
  },
  strict,
);

/** Why, in words, that the audit log keeps. */
export const Reasoned = Type.Object({ reason: Reason }, strict);

/** Money from one book of a member to another at the same waste bank, under an id that the client draws. */
export const NewBookMove = Type.Object(
  { id: EventId, from: EventId, to: EventId, amount_idr: MovedIdr },
  strict,
);

export const BookMove = Type.Object(
  { ...NewBookMove.properties, journal: EventId, moved_by: Type.String(), moved_at: Moment },
  strict,
);

/** A movement as the passbook shows it. Either `in_idr` or `out_idr` is above zero. */
export const PassbookLine = Type.Object(
  {
    posted_at: Moment,
    occurred_at: Moment,
    kind: Type.String({ description: "of the journal, such as deposit, payout, book_move" }),
    reverses: Type.Boolean({ description: "takes an earlier line back" }),
    material: orNull(NameId),
    net_g: orNull(Type.Integer()),
    price_idr_per_kg: orNull(Type.Integer()),
    other_book: orNull(NameId),
    in_idr: AmountIdr,
    out_idr: AmountIdr,
    balance_idr: AmountIdr,
    officer: orNull(Type.String({ description: "user or terminal; null for the system itself" })),
    receipt_no: orNull(Type.String()),
    id: EventId,
    journal: EventId,
  },
  strict,
);
export type PassbookLine = Static<typeof PassbookLine>;

const Hold = Type.Object({ kind: Type.String(), since: Moment, amount_idr: AmountIdr }, strict);

/** A page of a passbook, oldest first, in the order of posting. */
export const Passbook = Type.Object(
  {
    book: Book,
    currency: Type.Literal("IDR"),
    opening_balance_idr: Type.Integer({ description: "before the first line of this page" }),
    lines: Type.Array(PassbookLine),
    closing_balance_idr: Type.Integer({ description: "after the last line of this page" }),
    holds: Type.Array(Hold, {
      description: "on their way out, still in the balance; at most 100, the oldest first",
    }),
    next: orNull(Type.String()),
  },
  strict,
);
export type Passbook = Static<typeof Passbook>;

export const PassbookQuery = Type.Object(
  {
    limit: LIST_QUERY.limit,
    after: Type.Optional(EventId),
    format: Type.Optional(Type.Enum(["json", "csv", "html"] as const)),
    from: Type.Optional(LocalDay),
    to: Type.Optional(LocalDay),
  },
  strict,
);

/** Payouts to all books of a product at a waste bank, under an id that the client draws. */
export const NewMassWithdrawal = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    product: NameId,
    channel: Type.Enum(["cash", ...CHANNEL_CODES]),
    amount: Type.Union([Type.Literal("all"), Type.Object({ idr: MovedIdr }, strict)], {
      description: "of each book: as much as its rules let go, or so many rupiah",
    }),
    reason: Reason,
  },
  strict,
);

export const MassWithdrawal = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    product: NameId,
    channel: Type.String(),
    amount_idr: Type.Union([MovedIdr, Type.Null()], { description: "of each book; null: all that may go" }),
    reason: Type.String(),
    requested_by: Type.String(),
    requested_at: Moment,
    prepared: Type.Boolean({
      description: "every book was dealt with; until then send the same request again to go on",
    }),
    books: Type.Integer({ description: "dealt with" }),
    payouts: Type.Integer({ description: "asked for" }),
    total_idr: Type.Integer(),
    approvals: Type.Array(
      Type.Object(
        {
          approver: Type.String(),
          approved: Type.Integer(),
          refused: Type.Integer(),
          last_refusal: orNull(Type.String()),
          done: Type.Boolean({ description: "until it is, approve again to go on" }),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type MassWithdrawal = Static<typeof MassWithdrawal>;
export const MassWithdrawalPage = pageOf(MassWithdrawal);
export const MassWithdrawalQuery = Type.Object(
  { ...LIST_QUERY, after: MomentCursor, waste_bank: Type.Optional(NameId) },
  strict,
);

/** One book of a mass withdrawal: a line of the pay list. */
export const MassItem = Type.Object(
  {
    member_number: Type.String(),
    member_name: Type.Union([Type.String(), Type.Null()], {
      description: "null when the member was erased",
    }),
    amount_idr: AmountIdr,
    state: Type.Union([Type.String(), Type.Null()], { description: "of the payout" }),
    refusal: Type.Union([Type.String(), Type.Null()], { description: "code of why none was asked for" }),
    reason: orNull(Type.String()),
    payout: orNull(EventId),
    member: MemberId,
    book: EventId,
  },
  strict,
);
export type MassItem = Static<typeof MassItem>;
export const MassItemPage = pageOf(MassItem);
export const MassItemQuery = Type.Object({ ...LIST_QUERY, after: NameCursor }, strict);
