/** Cash of the HTTP face: shifts, movements, expenses, alarms and solvency. */
import Type, { type Static } from "typebox";
import { EventId, MemberId, NAME_PATTERN, NameId } from "../ids.ts";
import { PAYOUT_PROVIDERS } from "../payout/outcome.ts";
import { AMOUNT_IDR_MAX } from "../units.ts";
import {
  Label,
  LastingReason,
  LIST_QUERY,
  Moment,
  MomentCursor,
  MomentGiven,
  MomentText,
  NameCursor,
  NameListQuery,
  orNull,
  pageOf,
  Reason,
  strict,
} from "./text.ts";

/** Whole rupiah, at least one. */
const PaidIdr = Type.Integer({ minimum: 1, maximum: AMOUNT_IDR_MAX });
/** Whole rupiah, none allowed. */
const HeldIdr = Type.Integer({ minimum: 0, maximum: AMOUNT_IDR_MAX });

/** Notes and coins in circulation, by their worth in rupiah. */
export const DENOMINATIONS_IDR = [
  100_000, 75_000, 50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50,
] as const;

/** Pieces of one note or coin in one drawer. */
const PIECES_MAX = 100_000;

/** Terminals that pay out of one drawer. */
export const SHIFT_NODES_MAX = 16;

const pieces = Type.Optional(Type.Integer({ minimum: 0, maximum: PIECES_MAX }));
const Notes = Type.Object(Object.fromEntries(DENOMINATIONS_IDR.map((worth) => [String(worth), pieces])), {
  ...strict,
  description: 'pieces of each note and coin, such as {"100000": 3, "500": 12}',
});

/** A shift to be opened, of the caller. */
export const NewShift = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    float_idr: Type.Integer({
      minimum: 0,
      maximum: AMOUNT_IDR_MAX,
      description: "what the drawer begins with, out of the vault",
    }),
  },
  strict,
);

/** The count of a drawer: each note and coin, or the sum alone, or both when they agree. It is final. */
export const ShiftCount = Type.Object(
  {
    id: EventId,
    counted: Type.Optional(Notes),
    counted_idr: Type.Optional(HeldIdr),
    nodes: Type.Optional(
      Type.Array(NameId, {
        maxItems: SHIFT_NODES_MAX,
        uniqueItems: true,
        description: "terminals that paid cash out of this drawer",
      }),
    ),
    reason: Type.Optional(Reason),
  },
  strict,
);

export const ShiftConfirmation = Type.Object({ id: EventId }, strict);
export const ShiftExplanation = Type.Object({ id: EventId, reason: Reason }, strict);

const ShiftClose = Type.Object(
  {
    id: EventId,
    by: EventId,
    at: Moment,
    book_idr: Type.Integer({ description: "what the books held in the drawer before" }),
    node_cash_idr: Type.Integer({ description: "what terminals had paid out of it" }),
    counted_idr: Type.Integer(),
    difference_idr: Type.Integer({ description: "above 0 too much, below 0 too little" }),
    notes: orNull(Type.Record(Type.String(), Type.Integer())),
    reason: orNull(Type.String()),
    lacks_reason: Type.Boolean({ description: "far from the books, and nobody has said why" }),
    nodes: Type.Array(Type.Object({ node: NameId, amount_idr: Type.Integer() }, strict)),
  },
  strict,
);

export const Shift = Type.Object(
  {
    id: EventId,
    user: EventId,
    waste_bank: NameId,
    float_idr: Type.Integer(),
    opened_at: Moment,
    drawer_idr: orNull(
      Type.Integer({
        description:
          "what the books hold in the drawer; null when closed, and for whoever may have to count it",
      }),
    ),
    close: orNull(ShiftClose),
    confirmed: orNull(Type.Object({ by: EventId, at: Moment }, strict)),
  },
  strict,
);
export type Shift = Static<typeof Shift>;
export const ShiftPage = pageOf(Shift);
export const ShiftListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    user: Type.Optional(EventId),
    state: Type.Optional(Type.Enum(["open", "closed", "confirmed"] as const)),
  },
  strict,
);

export const ShiftLine = Type.Object(
  {
    id: EventId,
    kind: Type.String(),
    subject: Type.String({ description: "what it stands for, such as expense:{id}" }),
    amount_idr: Type.Integer({ description: "above 0 into the drawer, below 0 out of it" }),
    occurred_at: Moment,
  },
  strict,
);
export type ShiftLine = Static<typeof ShiftLine>;
export const ShiftLinePage = pageOf(ShiftLine);
export const ShiftLineQuery = NameListQuery;

/** Kinds of movement; docs/BANK.md says what each posts. */
const MovementKind = Type.Enum([
  "capital_in",
  "capital_out",
  "vault_to_bank",
  "bank_to_vault",
  "bank_to_provider",
  "provider_to_bank",
  "vault_to_drawer",
  "drawer_to_vault",
  "vault_over",
  "vault_short",
] as const);
const MovementPlace = Type.Enum(["cash_vault", "bank_account"] as const);
const MovementProvider = Type.Enum(PAYOUT_PROVIDERS);

/** A movement to be made, or asked for where another person must approve. */
export const NewCashMovement = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    kind: MovementKind,
    amount_idr: PaidIdr,
    place: Type.Optional(MovementPlace),
    provider: Type.Optional(MovementProvider),
    shift: Type.Optional(EventId),
    reason: Reason,
    reference: Type.Optional(Label),
  },
  {
    ...strict,
    description:
      "place: with capital_in and capital_out; provider: with bank_to_provider and provider_to_bank; shift: with vault_to_drawer and drawer_to_vault",
  },
);
export const CashVoid = Type.Object({ id: EventId, reason: Reason }, strict);

const Voided = orNull(Type.Object({ id: EventId, by: EventId, reason: Type.String(), at: Moment }, strict));
export const CashMovement = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    kind: Type.String(),
    amount_idr: Type.Integer(),
    place: orNull(MovementPlace),
    provider: orNull(Type.String()),
    shift: orNull(EventId),
    reason: Type.String(),
    reference: orNull(Type.String()),
    state: Type.Enum(["requested", "posted", "rejected"] as const),
    requested_by: EventId,
    requested_at: Moment,
    decided: orNull(Type.Object({ by: EventId, at: Moment }, strict)),
    voided: Voided,
  },
  strict,
);
export type CashMovement = Static<typeof CashMovement>;
export const CashMovementPage = pageOf(CashMovement);
export const CashMovementListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    state: Type.Optional(Type.Enum(["requested", "posted", "rejected"] as const)),
  },
  strict,
);

/** Categories of expenses that every waste bank has; others may be named freely. */
export const EXPENSE_CATEGORIES = [
  "transport",
  "sacks",
  "wages",
  "rent",
  "electricity",
  "equipment",
  "repairs",
  "stationery",
  "phone",
  "meals",
  "fees",
  "tax",
  "donation",
  "other",
] as const;
const ExpenseSource = Type.Enum(["cash_vault", "bank_account", "drawer"] as const);
const ExpenseCategory = Type.String({
  pattern: NAME_PATTERN,
  description: `one of ${EXPENSE_CATEGORIES.join(", ")}, or a name of your own`,
});

export const NewExpense = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    category: ExpenseCategory,
    amount_idr: PaidIdr,
    from: ExpenseSource,
    note: Label,
    occurred_at: Type.Optional(MomentGiven),
  },
  { ...strict, description: "from drawer: that of the caller's open shift; occurred_at: now when absent" },
);
export const Expense = Type.Object(
  {
    id: EventId,
    waste_bank: NameId,
    category: Type.String(),
    amount_idr: Type.Integer(),
    from: ExpenseSource,
    shift: orNull(EventId),
    note: Type.String(),
    spent_by: EventId,
    state: Type.Enum(["requested", "posted", "rejected"] as const, {
      description: "requested: more than one person spends alone on one day; another person must approve",
    }),
    decided: orNull(Type.Object({ by: EventId, at: Moment }, strict)),
    occurred_at: Moment,
    created_at: Moment,
    voided: Voided,
  },
  strict,
);
export type Expense = Static<typeof Expense>;
export const ExpensePage = pageOf(Expense);
export const ExpenseListQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    category: Type.Optional(NameId),
    state: Type.Optional(Type.Enum(["requested", "posted", "rejected"] as const)),
    from: Type.Optional(MomentText),
    to: Type.Optional(MomentText),
  },
  strict,
);

export const CashAlarm = Type.Object(
  {
    kind: Type.Enum(["difference", "unconfirmed_close", "unanswered_node_cash"] as const),
    waste_bank: NameId,
    subject: Type.String({ description: "the shift, or the node" }),
    amount_idr: Type.Integer(),
    since: Moment,
    detail: Type.String({ description: "what it means and what to do" }),
  },
  strict,
);
export type CashAlarm = Static<typeof CashAlarm>;
export const CashAlarmPage = pageOf(CashAlarm);
export const CashAlarmListQuery = Type.Object(
  { ...LIST_QUERY, after: MomentCursor, waste_bank: Type.Optional(NameId) },
  strict,
);

/** Cash for somebody who had left when a payout came back. Who asks hands it out of the own drawer. */
export const NewOwedSettlement = Type.Object({ id: EventId, reason: LastingReason }, strict);

export const OwedSettlement = Type.Object(
  {
    id: EventId,
    payout: EventId,
    member: MemberId,
    waste_bank: NameId,
    amount_idr: Type.Integer(),
    shift: EventId,
    reason: Type.String(),
    state: Type.Enum(["requested", "paid", "rejected"] as const),
    requested_by: EventId,
    requested_at: Moment,
    decided_by: orNull(EventId),
    decided_at: orNull(Moment),
    receipt_no: orNull(Type.String()),
  },
  strict,
);
export type OwedSettlement = Static<typeof OwedSettlement>;
export const OwedSettlementPage = pageOf(OwedSettlement);
export const OwedSettlementQuery = Type.Object(
  {
    ...LIST_QUERY,
    after: MomentCursor,
    waste_bank: Type.Optional(NameId),
    state: Type.Optional(OwedSettlement.properties.state),
  },
  strict,
);

const SOLVENCY_SUMS = {
  savings_idr: Type.Integer({
    description: "what the books of members hold, what is held for payouts included",
  }),
  held_idr: Type.Integer({ description: "of it on its way out" }),
  clearing_idr: Type.Integer({ description: "has left the books of members and has not arrived" }),
  owed_to_former_idr: Type.Integer({
    description: "came back for members who had left, and was not paid out to them",
  }),
  payable_idr: Type.Integer({ description: "owed to other waste banks" }),
  owed_idr: Type.Integer({ description: "savings, clearing, owed to former members, and payable" }),
  vault_idr: Type.Integer(),
  without_drawers: Type.Boolean({
    description:
      "drawers_idr and node_cash_idr are hidden from you, who may have to count one: all sums, ratios and the flag are without them",
  }),
  drawers_idr: orNull(
    Type.Integer({
      description: "null, as node_cash_idr, for whoever may have to count one; then in none of the sums",
    }),
  ),
  node_cash_idr: orNull(
    Type.Integer({ description: "paid by terminals out of drawers, not yet taken over" }),
  ),
  bank_idr: Type.Integer(),
  provider_idr: Type.Integer(),
  liquid_idr: Type.Integer({ description: "vault, drawers less what terminals paid, bank and providers" }),
  receivable_idr: Type.Integer(),
  stock_idr: Type.Integer({ description: "own stock at buyers' prices, or at cost: see materials" }),
  stock_cost_idr: Type.Integer(),
  total_idr: Type.Integer({ description: "liquid, receivable and stock" }),
  consigned_idr: Type.Integer({ description: "stock of members, in none of the sums" }),
  consigned_members_idr: Type.Integer({ description: "what members will get of it: an estimate" }),
  liquid_per_owed: orNull(Type.Number({ description: "null when nothing is owed" })),
  total_per_owed: orNull(Type.Number()),
  flag: Type.Enum(["covered", "covered_with_stock", "short"] as const),
  missing_idr: Type.Integer({ description: "what is missing when the flag is short" }),
};

export const Solvency = Type.Object(
  {
    waste_bank: NameId,
    ...SOLVENCY_SUMS,
    materials: Type.Array(
      Type.Object(
        {
          material: NameId,
          owned_g: Type.Integer(),
          consigned_g: Type.Integer(),
          price_from: Type.Enum(["sales", "cost"] as const, {
            description:
              "sales: average by weight of the sales of the last 90 days; cost: what was paid for the own stock, because these sales weigh less than a tenth of what lies there",
          }),
          price_idr_per_kg: orNull(Type.Integer()),
          sales_of: orNull(
            Type.Enum(["waste_bank", "parent", "programme"] as const, {
              description:
                "whose sales: the first of these whose sales weigh enough; null, as the two below, at cost",
            }),
          ),
          sales_kg: orNull(Type.Number({ description: "what buyers have accepted by them" })),
          sales_age_days: orNull(Type.Integer({ description: "on the average, by weight" })),
          owned_idr: Type.Integer(),
          consigned_idr: Type.Integer({
            description: "an estimate; where there are no sales at the price on the list",
          }),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type Solvency = Static<typeof Solvency>;
export const SolvencyPage = pageOf(Solvency);
export const SolvencyListQuery = Type.Object(
  { ...LIST_QUERY, after: NameCursor, waste_bank: Type.Optional(NameId) },
  strict,
);

export const ProgrammeSolvency = Type.Object(
  {
    waste_banks: Type.Integer(),
    short_banks: Type.Integer({ description: "one waste bank's money does not pay another's members" }),
    ...SOLVENCY_SUMS,
    reconciled: Type.Array(
      Type.Object(
        { provider: Type.String(), day: Type.String(), difference_idr: orNull(Type.Integer()) },
        strict,
      ),
      { description: "when each provider's balance was last compared with ours" },
    ),
  },
  strict,
);
export type ProgrammeSolvency = Static<typeof ProgrammeSolvency>;
