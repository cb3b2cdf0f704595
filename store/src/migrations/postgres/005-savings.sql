-- Savings: products with their rules, and the books of members.

create table savings_products (
  id text primary key,
  waste_bank_id text references waste_banks(id),
  name text not null,
  created_ms bigint not null,
  created_by text not null
);
insert into savings_products (id, waste_bank_id, name, created_ms, created_by) values ('regular', null, 'Tabungan biasa', 0, 'migration');

-- What a withdrawal from books of the product must keep to, from a moment on; the latest that has begun holds. Never changed.
-- `windows` is a JSON list of {from, until}, days in WIB.
create table savings_rules (
  id text primary key,
  product_id text not null references savings_products(id),
  valid_from_ms bigint not null,
  min_balance_idr bigint not null check (min_balance_idr between 0 and 1000000000000),
  min_withdrawal_idr bigint not null check (min_withdrawal_idr between 1 and 1000000000000),
  windows text not null,
  lock_days integer not null check (lock_days between 0 and 3660),
  locked_until text check (length(locked_until) = 10),
  created_ms bigint not null,
  created_by text not null,
  unique (product_id, valid_from_ms)
);
insert into savings_rules (id, product_id, valid_from_ms, min_balance_idr, min_withdrawal_idr, windows, lock_days, locked_until, created_ms, created_by)
  values ('00000000-0000-7000-8000-000000000001', 'regular', 0, 0, 1, '[]', 0, null, 0, 'migration');

alter table deposits add foreign key (product_id) references savings_products(id);
alter table consignments add foreign key (product_id) references savings_products(id);

-- One person has many books: one for each waste bank and product. The money itself stands on the ledger account of the
-- same owner and product.
create table books (
  id text primary key,
  member_id text not null references members(id),
  waste_bank_id text not null references waste_banks(id),
  product_id text not null references savings_products(id),
  is_default smallint not null check (is_default in (0, 1)),
  -- Of a book that was closed and opened again: the last time.
  opened_ms bigint not null,
  closed_ms bigint,
  unique (member_id, waste_bank_id, product_id)
);
create unique index books_default on books(member_id, waste_bank_id) where is_default = 1;
create index books_waste_bank on books(waste_bank_id, member_id);

-- Money that was moved from one book of a member to another at the same waste bank.
create table book_moves (
  id text primary key,
  body_hash text not null,
  from_book_id text not null references books(id),
  to_book_id text not null references books(id),
  amount_idr bigint not null check (amount_idr between 1 and 1000000000000),
  journal_id text not null unique references journals(id),
  moved_by text not null,
  moved_ms bigint not null,
  check (from_book_id <> to_book_id)
);
create index book_moves_from on book_moves(from_book_id, id);
create index book_moves_to on book_moves(to_book_id, id);

-- Withdrawals of a time before this system, as an import has brought them along.
create table imported_withdrawals (
  id text primary key,
  -- Names the row of the file: what it says, and how many before it say the same.
  row_key text not null unique,
  waste_bank_id text not null references waste_banks(id),
  member_id text not null references members(id),
  product_id text not null references savings_products(id),
  amount_idr bigint not null check (amount_idr between 1 and 1000000000000),
  journal_id text not null unique references journals(id),
  occurred_ms bigint not null,
  created_ms bigint not null
);

-- Payouts that are asked for at once for all books of a product at a waste bank, before Lebaran above all. It is worked off in
-- batches: `upto_book` is the last book that was dealt with.
create table mass_withdrawals (
  id text primary key,
  body_hash text not null,
  waste_bank_id text not null references waste_banks(id),
  product_id text not null references savings_products(id),
  channel text not null,
  -- Null: as much of each book as its rules let go.
  amount_idr bigint check (amount_idr between 1 and 1000000000000),
  reason text not null,
  upto_book text not null default '',
  requested_by text not null,
  requested_ms bigint not null,
  prepared_ms bigint
);
create index mass_withdrawals_requested on mass_withdrawals(requested_ms, id);
create index mass_withdrawals_waste_bank on mass_withdrawals(waste_bank_id, requested_ms, id);

-- One book of it: the payout that was asked for, or why none was. The payout's id is drawn here, once.
create table mass_withdrawal_items (
  mass_id text not null references mass_withdrawals(id),
  book_id text not null references books(id),
  payout_id text not null unique,
  amount_idr bigint not null check (amount_idr between 0 and 1000000000000),
  code text,
  reason text,
  primary key (mass_id, book_id),
  check ((code is null) = (reason is null))
);

-- Who has approved all of it, as far as `upto_book`, and how that went.
create table mass_approvals (
  mass_id text not null references mass_withdrawals(id),
  approver text not null,
  requested_by text not null,
  upto_book text not null default '',
  approved integer not null default 0 check (approved >= 0),
  refused integer not null default 0 check (refused >= 0),
  last_refusal text,
  begun_ms bigint not null,
  done_ms bigint,
  primary key (mass_id, approver),
  constraint approved_by_another check (approver <> requested_by)
);

create trigger savings_rules_frozen before update or delete on savings_rules for each row execute function ledger_frozen();
create trigger savings_rules_kept before truncate on savings_rules for each statement execute function ledger_frozen();
create trigger books_kept before delete on books for each row execute function ledger_frozen();
create trigger books_emptied before truncate on books for each statement execute function ledger_frozen();
create trigger books_frozen before update of id, member_id, waste_bank_id, product_id on books
  for each row execute function ledger_frozen();
create trigger book_moves_frozen before update or delete on book_moves for each row execute function ledger_frozen();
create trigger book_moves_kept before truncate on book_moves for each statement execute function ledger_frozen();
create trigger imported_withdrawals_frozen before update or delete on imported_withdrawals for each row execute function ledger_frozen();
create trigger imported_withdrawals_kept before truncate on imported_withdrawals for each statement execute function ledger_frozen();
create trigger mass_withdrawals_kept before delete on mass_withdrawals for each row execute function ledger_frozen();
create trigger mass_withdrawals_emptied before truncate on mass_withdrawals for each statement execute function ledger_frozen();
create trigger mass_withdrawals_frozen
  before update of id, body_hash, waste_bank_id, product_id, channel, amount_idr, reason, requested_by, requested_ms on mass_withdrawals
  for each row execute function ledger_frozen();
create trigger mass_withdrawal_items_frozen before update or delete on mass_withdrawal_items for each row execute function ledger_frozen();
create trigger mass_withdrawal_items_emptied before truncate on mass_withdrawal_items for each statement execute function ledger_frozen();
create trigger mass_approvals_kept before delete on mass_approvals for each row execute function ledger_frozen();
create trigger mass_approvals_emptied before truncate on mass_approvals for each statement execute function ledger_frozen();
