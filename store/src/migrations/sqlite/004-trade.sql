-- Terms of trade, receipts, and amounts that differ.

-- Deposits: receipt numbers, consignments, and amounts that differ.

-- Numbers of receipts without gaps, one series for each waste bank and device. A number is drawn in the transaction that
-- posts its deposit, so one that is not posted leaves its number for the next.
create table receipt_series (
  id text primary key,
  waste_bank_id text not null references waste_banks(id),
  device text not null,
  next_no integer not null check (next_no > 0),
  unique (waste_bank_id, device)
) strict;

-- Lines of deposits that are paid for only when their waste is sold.
create table consignments (
  deposit_id text not null references deposits(id),
  line integer not null,
  member_id text not null references members(id),
  waste_bank_id text not null references waste_banks(id),
  material_id text not null references materials(id),
  share_bps integer not null check (share_bps between 1 and 10000),
  net_g integer not null check (net_g > 0),
  product_id text not null references savings_products(id),
  occurred_ms integer not null,
  primary key (deposit_id, line)
) strict;
create index consignments_stock on consignments(waste_bank_id, material_id, occurred_ms);
create trigger consignments_frozen before update on consignments begin select raise(abort, 'LG001 a consignment is never changed; void its deposit'); end;
create trigger consignments_kept before delete on consignments begin select raise(abort, 'LG001 a consignment is never changed; void its deposit'); end;

-- What a receipt says and our own computation does not. The receipt is honoured; a person looks at the difference.
create table deposit_differences (
  id text primary key,
  deposit_id text not null references deposits(id),
  -- -1: the deposit as a whole.
  line integer not null check (line >= -1),
  printed_idr integer not null,
  computed_idr integer not null,
  reason text not null,
  noticed_ms integer not null,
  settled_by text references users(id),
  settled_ms integer,
  note text,
  unique (deposit_id, line),
  check ((settled_by is null) = (settled_ms is null)),
  check ((settled_by is null) = (note is null))
) strict;
create index deposit_differences_noticed on deposit_differences(noticed_ms, id);
create index deposit_differences_open on deposit_differences(noticed_ms, id) where settled_ms is null;
create trigger deposit_differences_kept before delete on deposit_differences
begin select raise(abort, 'LG001 a difference is never deleted; settle it'); end;
create trigger deposit_differences_frozen
before update of id, deposit_id, line, printed_idr, computed_idr, reason, noticed_ms on deposit_differences
begin select raise(abort, 'LG001 what a difference says never changes; settle it'); end;
create trigger deposit_differences_settled before update on deposit_differences when old.settled_ms is not null
begin select raise(abort, 'LG001 a difference is settled once'); end;
create trigger deposit_differences_four_eyes before update of settled_by on deposit_differences when new.settled_by is not null begin
  select raise(abort, 'LG008 whoever took or honoured a deposit does not settle its differences')
    where exists (select 1 from deposits where id = new.deposit_id and new.settled_by in (taken_by, honoured_by));
end;

create trigger deposit_voids_four_eyes before insert on deposit_voids when new.kind = 'correction' begin
  select raise(abort, 'LG008 whoever took a deposit does not correct it')
    where exists (select 1 from deposits where id = new.deposit_id and taken_by = new.voided_by);
end;
