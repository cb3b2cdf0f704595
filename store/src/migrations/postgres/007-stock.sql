-- Stock: sales, off-takers, counts, expenses and cash.

-- How members are paid for their waste. Terms hold from valid_from_ms until later ones of the same waste bank and kind of
-- member begin; rows are never changed. Without waste bank they hold everywhere, without kind for every member.
create table terms (
  id text primary key,
  waste_bank_id text references waste_banks(id),
  member_kind text check (member_kind in ('individual', 'group', 'organisation')),
  settlement text not null check (settlement in ('purchase', 'share_of_sale')),
  share_bps bigint not null check (share_bps between 1 and 10000),
  valid_from_ms bigint not null,
  created_ms bigint not null,
  created_by text not null,
  constraint purchase_pays_all check (settlement <> 'purchase' or share_bps = 10000)
);
create unique index terms_start on terms(coalesce(waste_bank_id, ''), coalesce(member_kind, ''), valid_from_ms);
create trigger terms_frozen before update or delete on terms for each row execute function ledger_frozen();
create trigger terms_kept before truncate on terms for each statement execute function ledger_frozen();

-- Cash

-- A cashier's shift: from the cash that the vault gave into the drawer until the drawer is counted. One open shift a user.
create table shifts (
  id text primary key,
  body_hash text not null,
  user_id text not null references users(id),
  waste_bank_id text not null references waste_banks(id),
  float_idr bigint not null check (float_idr between 0 and 1000000000000),
  journal_id text references journals(id),
  opened_ms bigint not null,
  closed_ms bigint,
  unique (id, user_id),
  check ((float_idr = 0) = (journal_id is null))
);
create unique index shifts_open on shifts(user_id) where closed_ms is null;
create index shifts_waste_bank on shifts(waste_bank_id, opened_ms, id);
create index shifts_user on shifts(user_id, waste_bank_id);
create trigger shifts_frozen before update of id, body_hash, user_id, waste_bank_id, float_idr, journal_id, opened_ms on shifts
  for each row execute function ledger_frozen();
create trigger shifts_kept before delete on shifts for each row execute function ledger_frozen();
create trigger shifts_emptied before truncate on shifts for each statement execute function ledger_frozen();

-- The count of a drawer at the end of its shift. `book_idr` is what the books held in the drawer before, `node_cash_idr` what
-- terminals had paid out of it.
create table shift_closes (
  id text primary key,
  body_hash text not null,
  shift_id text not null unique references shifts(id),
  closed_by text not null references users(id),
  book_idr bigint not null check (book_idr >= 0),
  node_cash_idr bigint not null check (node_cash_idr >= 0),
  counted_idr bigint not null check (counted_idr between 0 and 1000000000000),
  difference_idr bigint not null,
  notes text,
  reason text,
  journal_id text references journals(id),
  closed_ms bigint not null,
  unique (shift_id, closed_by),
  check (difference_idr = counted_idr - (book_idr - node_cash_idr))
);
create trigger shift_closes_frozen before update or delete on shift_closes for each row execute function ledger_frozen();
create trigger shift_closes_emptied before truncate on shift_closes for each statement execute function ledger_frozen();

create function shifts_closed_once() returns trigger language plpgsql as $$
begin
  if old.closed_ms is not null or not exists (select 1 from shift_closes where shift_id = new.id and closed_ms = new.closed_ms) then
    raise exception 'LG001 a shift is closed once, by its count';
  end if;
  return new;
end $$;
create trigger shifts_closed_once before update of closed_ms on shifts for each row execute function shifts_closed_once();

create table shift_close_nodes (
  close_id text not null references shift_closes(id),
  node_id text not null references nodes(id),
  amount_idr bigint not null check (amount_idr >= 0),
  primary key (close_id, node_id)
);
create trigger shift_close_nodes_frozen before update or delete on shift_close_nodes for each row execute function ledger_frozen();
create trigger shift_close_nodes_emptied before truncate on shift_close_nodes for each statement execute function ledger_frozen();

-- Why a count was off, where whoever counted did not say so at once: the count is final before anybody is told of the difference.
create table shift_explanations (
  id text primary key,
  body_hash text not null,
  shift_id text not null unique references shift_closes(shift_id),
  explained_by text not null references users(id),
  reason text not null,
  explained_ms bigint not null
);
create trigger shift_explanations_frozen before update or delete on shift_explanations for each row execute function ledger_frozen();
create trigger shift_explanations_emptied before truncate on shift_explanations for each statement execute function ledger_frozen();

-- Another person than the cashier and than whoever closed has seen the count.
create table shift_confirmations (
  id text primary key,
  body_hash text not null,
  shift_id text not null unique,
  cashier_id text not null,
  closed_by text not null,
  confirmed_by text not null references users(id),
  confirmed_ms bigint not null,
  foreign key (shift_id, cashier_id) references shifts(id, user_id),
  foreign key (shift_id, closed_by) references shift_closes(shift_id, closed_by),
  constraint four_eyes check (confirmed_by <> cashier_id and confirmed_by <> closed_by)
);
create trigger shift_confirmations_frozen before update or delete on shift_confirmations for each row execute function ledger_frozen();
create trigger shift_confirmations_emptied before truncate on shift_confirmations for each statement execute function ledger_frozen();

-- Cash that moves between the waste bank's own places, its founders and the providers. What leaves for a founder or a provider, or
-- mends the count of the vault, is asked for by one person and approved by another.
create table cash_movements (
  id text primary key,
  body_hash text not null,
  waste_bank_id text not null references waste_banks(id),
  kind text not null check (kind in ('capital_in', 'capital_out', 'vault_to_bank', 'bank_to_vault', 'bank_to_provider',
    'provider_to_bank', 'vault_to_drawer', 'drawer_to_vault', 'vault_over', 'vault_short')),
  amount_idr bigint not null check (amount_idr between 1 and 1000000000000),
  place text check (place in ('cash_vault', 'bank_account')),
  provider text,
  shift_id text references shifts(id),
  reason text not null,
  reference text,
  state text not null check (state in ('requested', 'posted', 'rejected')),
  requested_by text not null references users(id),
  requested_ms bigint not null,
  decided_by text references users(id),
  decided_ms bigint,
  journal_id text references journals(id),
  unique (id, requested_by),
  check ((kind in ('capital_in', 'capital_out')) = (place is not null)),
  check ((kind in ('bank_to_provider', 'provider_to_bank')) = (provider is not null)),
  check ((kind in ('vault_to_drawer', 'drawer_to_vault')) = (shift_id is not null)),
  check ((state = 'posted') = (journal_id is not null)),
  check ((decided_by is null) = (decided_ms is null)),
  constraint four_eyes check (requested_by <> decided_by),
  constraint approved check (state = 'requested' or decided_by is not null
    or kind in ('capital_in', 'vault_to_bank', 'bank_to_vault', 'vault_to_drawer', 'drawer_to_vault'))
);
create index cash_movements_waste_bank on cash_movements(waste_bank_id, requested_ms, id);
create index cash_movements_shift on cash_movements(shift_id) where shift_id is not null;
create trigger cash_movements_frozen
  before update of id, body_hash, waste_bank_id, kind, amount_idr, place, provider, shift_id, reason, reference, requested_by, requested_ms
  on cash_movements for each row execute function ledger_frozen();
create trigger cash_movements_decided_once before update on cash_movements
  for each row when (old.state <> 'requested' or new.state = 'requested') execute function ledger_frozen();
create trigger cash_movements_kept before delete on cash_movements for each row execute function ledger_frozen();
create trigger cash_movements_emptied before truncate on cash_movements for each statement execute function ledger_frozen();

create table cash_movement_voids (
  id text primary key,
  body_hash text not null,
  movement_id text not null unique,
  requested_by text not null,
  voided_by text not null references users(id),
  reason text not null,
  journal_id text not null references journals(id),
  voided_ms bigint not null,
  foreign key (movement_id, requested_by) references cash_movements(id, requested_by),
  constraint four_eyes check (requested_by <> voided_by)
);
create trigger cash_movement_voids_frozen before update or delete on cash_movement_voids for each row execute function ledger_frozen();
create trigger cash_movement_voids_emptied before truncate on cash_movement_voids for each statement execute function ledger_frozen();

-- Above what one person spends alone, it is asked for by one and approved by another.
create table expenses (
  id text primary key,
  body_hash text not null,
  waste_bank_id text not null references waste_banks(id),
  category text not null,
  amount_idr bigint not null check (amount_idr between 1 and 1000000000000),
  paid_from text not null check (paid_from in ('cash_vault', 'bank_account', 'drawer')),
  shift_id text references shifts(id),
  note text not null,
  spent_by text not null references users(id),
  state text not null check (state in ('requested', 'posted', 'rejected')),
  decided_by text references users(id),
  decided_ms bigint,
  journal_id text references journals(id),
  occurred_ms bigint not null,
  created_ms bigint not null,
  unique (id, spent_by),
  check ((paid_from = 'drawer') = (shift_id is not null)),
  check ((state = 'posted') = (journal_id is not null)),
  check (state <> 'requested' or decided_by is null),
  check (state <> 'rejected' or decided_by is not null),
  check ((decided_by is null) = (decided_ms is null)),
  constraint four_eyes check (spent_by <> decided_by)
);
create index expenses_waste_bank on expenses(waste_bank_id, occurred_ms, id);
create index expenses_shift on expenses(shift_id) where shift_id is not null;
create index expenses_spent on expenses(spent_by, created_ms);
create trigger expenses_frozen
  before update of id, body_hash, waste_bank_id, category, amount_idr, paid_from, shift_id, note, spent_by, occurred_ms, created_ms
  on expenses for each row execute function ledger_frozen();
create trigger expenses_decided_once before update on expenses
  for each row when (old.state <> 'requested' or new.state = 'requested' or new.decided_by is null) execute function ledger_frozen();
create trigger expenses_kept before delete on expenses for each row execute function ledger_frozen();
create trigger expenses_emptied before truncate on expenses for each statement execute function ledger_frozen();

create table expense_voids (
  id text primary key,
  body_hash text not null,
  expense_id text not null unique,
  spent_by text not null,
  voided_by text not null references users(id),
  reason text not null,
  journal_id text not null references journals(id),
  voided_ms bigint not null,
  foreign key (expense_id, spent_by) references expenses(id, spent_by),
  constraint four_eyes check (spent_by <> voided_by)
);
create trigger expense_voids_frozen before update or delete on expense_voids for each row execute function ledger_frozen();
create trigger expense_voids_emptied before truncate on expense_voids for each statement execute function ledger_frozen();

-- Businesses that buy sorted waste.
create table off_takers (
  id text primary key,
  name text not null,
  created_ms bigint not null,
  created_by text not null
);

-- A sale to an off-taker, or a transfer to the waste bank's parent, which is a sale as well.
create table sales (
  id text primary key,
  body_hash text not null,
  waste_bank_id text not null references waste_banks(id),
  off_taker_id text references off_takers(id),
  buyer_bank_id text references waste_banks(id),
  total_idr bigint not null check (total_idr between 0 and 1000000000000),
  occurred_ms bigint not null,
  sold_by text not null,
  created_ms bigint not null,
  constraint one_buyer check ((off_taker_id is null) <> (buyer_bank_id is null)),
  constraint not_to_itself check (buyer_bank_id <> waste_bank_id)
);
create index sales_waste_bank on sales(waste_bank_id, occurred_ms);
create index sales_occurred on sales(occurred_ms);
create index sales_buyer_bank on sales(buyer_bank_id);

-- What left the store and what became of it. `consigned_g`: grams of members that wait to be paid, of those that left for good.
create table sale_lines (
  sale_id text not null references sales(id),
  line bigint not null,
  material_id text not null references materials(id),
  out_g bigint not null check (out_g > 0),
  accepted_g bigint not null check (accepted_g >= 0),
  rejected_g bigint not null check (rejected_g >= 0),
  rejects text not null check (rejects in ('returned', 'discarded')),
  price_idr_per_kg bigint not null check (price_idr_per_kg between 0 and 10000000),
  amount_idr bigint not null check (amount_idr between 0 and 1000000000000),
  consigned_g bigint not null check (consigned_g >= 0),
  members_idr bigint not null check (members_idr >= 0),
  cost_idr bigint not null check (cost_idr >= 0),
  loss_idr bigint not null check (loss_idr >= 0),
  primary key (sale_id, line),
  unique (sale_id, material_id),
  constraint not_more_than_out check (accepted_g + rejected_g <= out_g),
  constraint members_share check (members_idr <= amount_idr)
);
create index sale_lines_material on sale_lines(material_id);

-- A sale of very many consignments does not fit one journal.
create table sale_journals (
  sale_id text not null references sales(id),
  part bigint not null check (part >= 0),
  journal_id text not null unique references journals(id) deferrable initially deferred,
  primary key (sale_id, part)
);

-- Which consigned waste was sold, for how much, and what its member got of it.
create table consignment_sales (
  sale_id text not null references sales(id),
  deposit_id text not null,
  line bigint not null,
  grams bigint not null check (grams > 0),
  proceeds_idr bigint not null check (proceeds_idr >= 0),
  member_idr bigint not null check (member_idr >= 0),
  primary key (sale_id, deposit_id, line),
  foreign key (deposit_id, line) references consignments(deposit_id, line),
  constraint member_gets_a_part check (member_idr <= proceeds_idr)
);
create index consignment_sales_deposit on consignment_sales(deposit_id, line);

create table sale_voids (
  id text primary key,
  body_hash text not null,
  sale_id text not null unique references sales(id),
  sold_by text not null,
  voided_by text not null,
  reason text not null,
  voided_ms bigint not null,
  constraint another_voids check (sold_by <> voided_by)
);

create table sale_payments (
  id text primary key,
  body_hash text not null,
  sale_id text not null references sales(id),
  into_kind text not null check (into_kind in ('cash_vault', 'bank_account')),
  -- Where the money comes from when the buyer's books are ours too.
  from_kind text check (from_kind in ('cash_vault', 'bank_account')),
  amount_idr bigint not null check (amount_idr between 1 and 1000000000000),
  journal_id text not null unique references journals(id) deferrable initially deferred,
  occurred_ms bigint not null,
  paid_by text not null,
  created_ms bigint not null
);
create index sale_payments_sale on sale_payments(sale_id);

-- What somebody found in the store, beside what the books said then.
create table stock_counts (
  id text primary key,
  body_hash text not null,
  waste_bank_id text not null references waste_banks(id),
  material_id text not null references materials(id),
  counted_g bigint not null check (counted_g >= 0),
  book_g bigint not null check (book_g >= 0),
  reason text not null,
  counted_by text not null,
  occurred_ms bigint not null,
  created_ms bigint not null
);
create index stock_counts_waste_bank on stock_counts(waste_bank_id, occurred_ms);
create index stock_counts_occurred on stock_counts(occurred_ms);

-- How a count ended. A count within the tolerance is posted at once; beyond it another person decides.
create table stock_count_ends (
  count_id text primary key references stock_counts(id),
  outcome text not null check (outcome in ('posted', 'dismissed')),
  journal_id text unique references journals(id) deferrable initially deferred,
  counted_by text not null,
  -- Null when the difference lay within the tolerance.
  decided_by text,
  value_idr bigint not null,
  ended_ms bigint not null,
  constraint another_decides check (decided_by is null or decided_by <> counted_by),
  constraint dismissed_by_somebody check (outcome = 'posted' or decided_by is not null)
);

-- Consigned waste that a count found missing.
create table consignment_losses (
  count_id text not null references stock_counts(id),
  deposit_id text not null,
  line bigint not null,
  grams bigint not null check (grams > 0),
  primary key (count_id, deposit_id, line),
  foreign key (deposit_id, line) references consignments(deposit_id, line)
);
create index consignment_losses_deposit on consignment_losses(deposit_id, line);

create trigger off_takers_frozen before update or delete on off_takers for each row execute function ledger_frozen();
create trigger off_takers_kept before truncate on off_takers for each statement execute function ledger_frozen();
create trigger sales_frozen before update or delete on sales for each row execute function ledger_frozen();
create trigger sales_kept before truncate on sales for each statement execute function ledger_frozen();
create trigger sale_lines_frozen before update or delete on sale_lines for each row execute function ledger_frozen();
create trigger sale_lines_kept before truncate on sale_lines for each statement execute function ledger_frozen();
create trigger sale_journals_frozen before update or delete on sale_journals for each row execute function ledger_frozen();
create trigger sale_journals_kept before truncate on sale_journals for each statement execute function ledger_frozen();
create trigger consignment_sales_frozen before update or delete on consignment_sales for each row execute function ledger_frozen();
create trigger consignment_sales_kept before truncate on consignment_sales for each statement execute function ledger_frozen();
create trigger sale_voids_frozen before update or delete on sale_voids for each row execute function ledger_frozen();
create trigger sale_voids_kept before truncate on sale_voids for each statement execute function ledger_frozen();
create trigger sale_payments_frozen before update or delete on sale_payments for each row execute function ledger_frozen();
create trigger sale_payments_kept before truncate on sale_payments for each statement execute function ledger_frozen();
create trigger stock_counts_frozen before update or delete on stock_counts for each row execute function ledger_frozen();
create trigger stock_counts_kept before truncate on stock_counts for each statement execute function ledger_frozen();
create trigger stock_count_ends_frozen before update or delete on stock_count_ends for each row execute function ledger_frozen();
create trigger stock_count_ends_kept before truncate on stock_count_ends for each statement execute function ledger_frozen();
create trigger consignment_losses_frozen before update or delete on consignment_losses for each row execute function ledger_frozen();
create trigger consignment_losses_kept before truncate on consignment_losses for each statement execute function ledger_frozen();

-- Waste that was sold or found missing is no longer there to be given back.
create function deposit_voids_unsold() returns trigger language plpgsql as $$
begin
  if exists (
      select 1 from consignment_sales sold left join sale_voids voids on voids.sale_id = sold.sale_id
      where sold.deposit_id = new.deposit_id and voids.id is null
    ) or exists (select 1 from consignment_losses where deposit_id = new.deposit_id) then
    raise exception 'LG009 the waste of the deposit was sold';
  end if;
  return new;
end $$;
create trigger deposit_voids_unsold before insert on deposit_voids for each row execute function deposit_voids_unsold();

-- Cash for somebody who had left when a payout came back: asked for by the cashier at whose drawer it is paid, approved by another.
create table owed_settlements (
  id text primary key,
  body_hash text not null,
  payout_id text not null references payouts(id),
  waste_bank_id text not null references waste_banks(id),
  amount_idr bigint not null check (amount_idr between 1 and 1000000000000),
  shift_id text not null references shifts(id),
  reason text not null,
  requested_by text not null references users(id),
  requested_ms bigint not null,
  state text not null check (state in ('requested', 'paid', 'rejected')),
  decided_by text references users(id),
  decided_ms bigint,
  -- Series of receipts of the waste bank that the number was drawn from.
  device text,
  receipt_no text,
  journal_id text references journals(id),
  unique (waste_bank_id, receipt_no),
  check ((state = 'requested') = (decided_by is null)),
  check ((decided_by is null) = (decided_ms is null)),
  check ((state = 'paid') = (journal_id is not null)),
  check ((state = 'paid') = (receipt_no is not null)),
  check ((receipt_no is null) = (device is null)),
  constraint four_eyes check (requested_by <> decided_by)
);
create index owed_settlements_requested on owed_settlements(requested_ms, id);
-- What one payout has left owing is paid once.
create unique index owed_settlements_once on owed_settlements(payout_id) where state <> 'rejected';
create trigger owed_settlements_begin before insert on owed_settlements
  for each row when (new.state <> 'requested') execute function ledger_frozen();
create trigger owed_settlements_frozen
  before update of id, body_hash, payout_id, waste_bank_id, amount_idr, shift_id, reason, requested_by, requested_ms
  on owed_settlements for each row execute function ledger_frozen();
create trigger owed_settlements_decided_once before update on owed_settlements
  for each row when (old.state <> 'requested' or new.state = 'requested') execute function ledger_frozen();
create trigger owed_settlements_kept before delete on owed_settlements for each row execute function ledger_frozen();
create trigger owed_settlements_emptied before truncate on owed_settlements for each statement execute function ledger_frozen();
