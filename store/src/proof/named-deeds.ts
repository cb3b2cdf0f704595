/**
 * Columns that name a person, and the deed by which the audit log says so.
 *
 * The log is sealed. Rows that go on after they were made cannot be, so whoever puts another name into one is found by it.
 */
import { type RawBuilder, sql } from "kysely";
import type { Tables } from "../relational/tables.ts";

/** A column of rows `r` that names somebody, and the deed of which the log must say so. Null names nobody. */
export interface NamedDeed {
  table: keyof Tables;
  column: string;
  /** The column holds the id of a user, as opposed to an actor. */
  isUser: boolean;
  actions: RawBuilder<unknown>;
  subject: RawBuilder<unknown>;
  /** Column by which the row is told, and the table whose ids it holds; the row's own id unless said. */
  id?: string;
  walked?: keyof Tables;
  /** Columns of when it was done and of the words that were given for it, as the deed has them. */
  at?: string;
  reason?: string;
  /** True of rows that must name somebody; unless said, those of which the log tells such a deed. */
  must?: RawBuilder<boolean>;
  /** True of rows whose name the log tells; all of them unless said. */
  told?: RawBuilder<boolean>;
}

const never = sql<boolean>`1 = 0`;

/** Both approvals of a payout are deeds of one name. */
const secondApproval = sql<boolean>`
  (select count(*) from audit_events a where a.subject = 'payout:' || r.id and a.action = 'payout.approved') > 1`;

export const NAMED_DEEDS: readonly NamedDeed[] = [
  ...(
    [
      ["requested_by", "payout.requested", { at: "requested_ms" }],
      ["approved_by", "payout.approved", { at: "approved_ms" }],
      ["second_approved_by", "payout.approved", { at: "second_approved_ms", must: secondApproval }],
      [
        "resolution_by",
        "payout.resolution_proposed",
        { at: "resolution_ms", reason: "resolution_reason", must: never },
      ],
      ["resolution_agreed_by", "payout.resolved", { must: never }],
    ] as const
  ).map(([column, action, more]) => ({
    table: "payouts" as const,
    column,
    isUser: false,
    actions: sql.lit(action),
    subject: sql`'payout:' || r.id`,
    ...more,
  })),
  {
    table: "payouts",
    column: "ended_by",
    isUser: false,
    actions: sql`'payout.' || r.state`,
    subject: sql`'payout:' || r.id`,
    at: "ended_ms",
    must: sql`r.state in ('paid', 'failed', 'rejected', 'cancelled', 'reversed')`,
  },
  {
    table: "destinations",
    column: "created_by",
    isUser: false,
    actions: sql`'destination.added'`,
    subject: sql`'destination:' || r.id`,
  },
  {
    table: "destinations",
    column: "confirmed_by",
    isUser: false,
    actions: sql`'destination.confirmed'`,
    subject: sql`'destination:' || r.id`,
    at: "confirmed_ms",
    // What the provider says later of the holder takes it back.
    must: never,
  },
  {
    table: "payout_alarms",
    column: "seen_by",
    isUser: false,
    actions: sql`'payout_alarm.seen'`,
    subject: sql`'payout_alarm:' || r.id`,
    at: "seen_ms",
  },
  {
    table: "webhook_inbox",
    column: "handled_by",
    isUser: false,
    actions: sql`'payout_message.settled'`,
    subject: sql`'payout_message:' || r.id`,
    at: "handled_ms",
    reason: "handled_note",
  },
  {
    table: "quarantine",
    column: "set_aside_by",
    isUser: false,
    actions: sql`'quarantine.set_aside'`,
    subject: sql`'quarantine:' || r.id`,
    at: "set_aside_ms",
    reason: "set_aside_reason",
  },
  {
    table: "mass_withdrawals",
    column: "requested_by",
    isUser: false,
    actions: sql`'mass_withdrawal.requested'`,
    subject: sql`'mass_withdrawal:' || r.id`,
  },
  {
    table: "mass_approvals",
    column: "approver",
    isUser: false,
    actions: sql`'mass_withdrawal.approved'`,
    subject: sql`'mass_withdrawal:' || r.mass_id`,
    id: "mass_id",
    walked: "mass_withdrawals",
    at: "begun_ms",
  },
  {
    table: "member_pins",
    column: "set_by",
    isUser: false,
    actions: sql`'member.pin_given'`,
    subject: sql`'member:' || r.member_id`,
    id: "member_id",
    walked: "members",
    at: "set_ms",
  },
  {
    table: "consents",
    column: "taken_by",
    isUser: false,
    actions: sql`'consent.' || r.act`,
    subject: sql`'member:' || r.member_id`,
    id: "member_id",
    walked: "members",
    at: "at_ms",
  },
  {
    // A terminal and an import take without a person.
    table: "deposits",
    column: "taken_by",
    isUser: true,
    actions: sql`case when r.corrects_id is null then 'deposit.taken' else 'deposit.corrected' end,
      case when r.corrects_id is null then 'deposit.taken_as_another' else 'deposit.corrected' end`,
    subject: sql`'deposit:' || coalesce(r.corrects_id, r.id)`,
    // An honoured receipt was handed in by whoever honours it.
    told: sql`r.honoured_by is null`,
  },
  {
    table: "deposits",
    column: "honoured_by",
    isUser: true,
    actions: sql`'deposit.honoured'`,
    subject: sql`'deposit:' || r.id`,
  },
  {
    // A terminal voids without a person.
    table: "deposit_voids",
    column: "voided_by",
    isUser: true,
    actions: sql`case r.kind when 'void' then 'deposit.voided' else 'deposit.corrected' end`,
    subject: sql`'deposit:' || r.deposit_id`,
  },
  {
    table: "deposit_differences",
    column: "settled_by",
    isUser: true,
    actions: sql`'deposit_difference.settled'`,
    subject: sql`'deposit_difference:' || r.id`,
    at: "settled_ms",
    reason: "note",
  },
  {
    table: "shift_explanations",
    column: "explained_by",
    isUser: true,
    actions: sql`'shift.explained'`,
    subject: sql`'shift:' || r.shift_id`,
  },
  {
    table: "off_takers",
    column: "created_by",
    isUser: false,
    actions: sql`'off_taker.added'`,
    subject: sql`'off_taker:' || r.id`,
  },
  {
    table: "cash_payouts",
    column: "cashier",
    isUser: true,
    actions: sql`'payout.paid'`,
    subject: sql`'payout:' || r.payout_id`,
    id: "payout_id",
    walked: "payouts",
  },
  ...(["limit", "fee"] as const).map((rule) => ({
    table: `payout_${rule}s` as const,
    column: "decided_by",
    isUser: false,
    actions: sql`${sql.lit(`payout_${rule}.`)} || r.state`,
    subject: sql`${sql.lit(`payout_${rule}:`)} || r.id`,
    must: sql<boolean>`r.state <> 'requested'`,
  })),
  {
    table: "cash_movements",
    column: "requested_by",
    isUser: true,
    actions: sql`'cash_movement.requested', 'cash_movement.posted'`,
    subject: sql`'cash_movement:' || r.id`,
  },
  {
    table: "cash_movements",
    column: "decided_by",
    isUser: true,
    at: "decided_ms",
    actions: sql`case r.state when 'posted' then 'cash_movement.approved' else 'cash_movement.rejected' end`,
    subject: sql`'cash_movement:' || r.id`,
  },
  {
    table: "cash_movement_voids",
    column: "voided_by",
    isUser: true,
    actions: sql`'cash_movement.voided'`,
    subject: sql`'cash_movement:' || r.movement_id`,
  },
  {
    table: "expenses",
    column: "spent_by",
    isUser: true,
    actions: sql`case when r.state = 'posted' and r.decided_by is null then 'expense.posted' else 'expense.requested' end`,
    subject: sql`'expense:' || r.id`,
  },
  {
    table: "expenses",
    column: "decided_by",
    isUser: true,
    at: "decided_ms",
    actions: sql`case r.state when 'posted' then 'expense.approved' else 'expense.rejected' end`,
    subject: sql`'expense:' || r.id`,
  },
  {
    table: "expense_voids",
    column: "voided_by",
    isUser: true,
    actions: sql`'expense.voided'`,
    subject: sql`'expense:' || r.expense_id`,
  },
  {
    table: "owed_settlements",
    column: "requested_by",
    isUser: true,
    actions: sql`'owed_settlement.requested'`,
    subject: sql`'owed_settlement:' || r.id`,
  },
  {
    table: "owed_settlements",
    column: "decided_by",
    isUser: true,
    at: "decided_ms",
    actions: sql`case r.state when 'paid' then 'owed_settlement.approved' else 'owed_settlement.rejected' end`,
    subject: sql`'owed_settlement:' || r.id`,
  },
  {
    table: "shifts",
    column: "user_id",
    isUser: true,
    actions: sql`'shift.opened'`,
    subject: sql`'shift:' || r.id`,
  },
  {
    table: "shift_closes",
    column: "closed_by",
    isUser: true,
    actions: sql`'shift.closed'`,
    subject: sql`'shift:' || r.shift_id`,
  },
  {
    table: "shift_confirmations",
    column: "confirmed_by",
    isUser: true,
    actions: sql`'shift.confirmed'`,
    subject: sql`'shift:' || r.shift_id`,
  },
  {
    table: "book_moves",
    column: "moved_by",
    isUser: false,
    actions: sql`'book_move.made'`,
    subject: sql`'book_move:' || r.id`,
  },
  {
    table: "sales",
    column: "sold_by",
    isUser: false,
    actions: sql`'sale.made'`,
    subject: sql`'sale:' || r.id`,
  },
  {
    table: "sale_payments",
    column: "paid_by",
    isUser: false,
    actions: sql`'sale.paid'`,
    subject: sql`'sale:' || r.sale_id`,
  },
  {
    table: "sale_voids",
    column: "voided_by",
    isUser: false,
    actions: sql`'sale.voided'`,
    subject: sql`'sale:' || r.sale_id`,
  },
  {
    table: "stock_counts",
    column: "counted_by",
    isUser: false,
    actions: sql`'stock.counted'`,
    subject: sql`'stock_count:' || r.id`,
  },
  {
    table: "stock_count_ends",
    column: "decided_by",
    isUser: false,
    actions: sql`case r.outcome when 'posted' then 'stock_count.approved' else 'stock_count.dismissed' end`,
    subject: sql`'stock_count:' || r.count_id`,
    id: "count_id",
    walked: "stock_counts",
  },
];
