-- The ledger: accounts, journals, transfers. See docs/decisions for why it looks as it does.
--
-- Transfers of a journal are inserted first and the journal last, so that the journal's own trigger sees them all; the
-- deferred foreign key refuses a commit in which the journal is missing.
--
-- The counters of an account move only by the transfers' own trigger: an update names the transfer that explains it.

create table accounts (
  id text primary key,
  ledger text not null check (ledger = 'IDR' or ledger like 'g:_%'),
  kind text not null,
  waste_bank_id text not null references waste_banks(id),
  member_id text references members(id),
  part text,
  normal text not null check (normal in ('D', 'C')),
  floor_zero smallint not null check (floor_zero in (0, 1)),
  debits_posted bigint not null default 0 check (debits_posted between 0 and 9000000000000000),
  credits_posted bigint not null default 0 check (credits_posted between 0 and 9000000000000000),
  debits_pending bigint not null default 0 check (debits_pending between 0 and 9000000000000000),
  credits_pending bigint not null default 0 check (credits_pending between 0 and 9000000000000000),
  last_transfer_id text,
  created_ms bigint not null,
  constraint no_overdraft check (
    floor_zero = 0
    or (normal = 'C' and debits_posted + debits_pending <= credits_posted)
    or (normal = 'D' and credits_posted + credits_pending <= debits_posted)
  )
  -- Counters move all the time: with room on its page a new version of a row stays there, and no index has to learn of it.
) with (fillfactor = 50);
create index accounts_member on accounts(member_id);
create index accounts_waste_bank on accounts(waste_bank_id, ledger, kind);

create table journals (
  id text primary key,
  idempotency_key text not null unique,
  request_hash text not null,
  kind text not null,
  transfers integer not null check (transfers > 0),
  reverses_id text unique references journals(id),
  actor text not null,
  occurred_ms bigint not null,
  created_ms bigint not null
);

create table transfers (
  id text primary key,
  journal_id text not null references journals(id) deferrable initially deferred,
  line integer not null check (line >= 0),
  debit_account_id text not null references accounts(id),
  credit_account_id text not null references accounts(id),
  amount bigint not null check (amount between 1 and 1000000000000),
  phase text not null check (phase in ('post', 'pend', 'settle', 'void')),
  pending_id text unique references transfers(id),
  created_ms bigint not null,
  unique (journal_id, line),
  constraint two_accounts check (debit_account_id <> credit_account_id),
  check ((phase in ('settle', 'void')) = (pending_id is not null))
);
-- A transfer's id begins with the millisecond in which it was made, so these give an account's transfers in order of time.
create index transfers_debit on transfers(debit_account_id, id);
create index transfers_credit on transfers(credit_account_id, id);

alter table deposits add foreign key (journal_id) references journals(id) deferrable initially deferred;
alter table deposit_voids add foreign key (journal_id) references journals(id) deferrable initially deferred;

-- All transfers of a statement are looked at and applied together: beginning a statement costs more than changing a row.
-- Index scans by settings, because the counters' old versions make a small table long before anybody has analysed it.
create function transfers_apply() returns trigger language plpgsql
  set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
declare
  found record;
  transfer record;
begin
  select
    bool_or(journals.id is not null) as is_closed,
    bool_or(debit.ledger is distinct from credit.ledger) as is_crossed,
    bool_or(added.phase <> 'post') as has_pending
  into found
  from added
    left join journals on journals.id = added.journal_id
    left join accounts debit on debit.id = added.debit_account_id
    left join accounts credit on credit.id = added.credit_account_id;
  if found.is_closed then
    raise exception 'LG003 the journal is closed';
  end if;
  if found.is_crossed then
    raise exception 'LG006 the accounts are of different ledgers';
  end if;
  if not found.has_pending and not exists (
    select 1 from (
      select debit_account_id as id, 1 as side from added
      union all
      select credit_account_id, 2 from added
    ) sides group by id having min(side) <> max(side)
  ) then
    -- Each counter only rises, so no account is below zero on the way that is not so at the end.
    update accounts set
      debits_posted = debits_posted + moved.debits,
      credits_posted = credits_posted + moved.credits,
      last_transfer_id = moved.transfer_id
    from (
      select id, sum(debit)::bigint as debits, sum(credit)::bigint as credits, max(transfer_id) as transfer_id from (
        select debit_account_id as id, amount as debit, 0 as credit, id as transfer_id from added
        union all
        select credit_account_id, 0, amount, id from added
      ) sides group by id
    ) moved
    where accounts.id = moved.id;
    return null;
  end if;
  if exists (
    select 1 from added left join transfers pending on pending.id = added.pending_id and pending.phase = 'pend'
    where added.pending_id is not null and pending.id is null
  ) then
    raise exception 'LG004 what is settled or voided is not pending';
  end if;
  if exists (
    select 1 from added join transfers pending on pending.id = added.pending_id
    where (pending.debit_account_id, pending.credit_account_id, pending.amount)
      <> (added.debit_account_id, added.credit_account_id, added.amount)
  ) then
    raise exception 'LG005 accounts or amount differ from the pending transfer';
  end if;
  -- One by one in the order in which they were given, so that what leaves an account was there before.
  for transfer in
    select *,
      case when phase in ('post', 'settle') then amount else 0 end as posted,
      case phase when 'post' then 0 when 'pend' then amount else -amount end as held
    from added
  loop
    update accounts set debits_posted = debits_posted + transfer.posted, debits_pending = debits_pending + transfer.held,
      last_transfer_id = transfer.id where id = transfer.debit_account_id;
    update accounts set credits_posted = credits_posted + transfer.posted, credits_pending = credits_pending + transfer.held,
      last_transfer_id = transfer.id where id = transfer.credit_account_id;
  end loop;
  return null;
end $$;
create trigger transfers_apply after insert on transfers referencing new table as added
  for each statement execute function transfers_apply();

-- The guard above cannot see a journal that another transaction has not committed. A journal numbers its lines without
-- a hole from 0, so a late line either repeats a number or lies beyond the last one, which this sees at commit.
create function transfers_in_time() returns trigger language plpgsql as $$
begin
  if not exists (select 1 from journals where id = new.journal_id and transfers > new.line) then
    raise exception 'LG003 the journal is closed or missing';
  end if;
  return null;
end $$;
create constraint trigger transfers_in_time after insert on transfers deferrable initially deferred
  for each row execute function transfers_in_time();

create function accounts_opened() returns trigger language plpgsql as $$
begin
  if new.debits_posted <> 0 or new.credits_posted <> 0 or new.debits_pending <> 0 or new.credits_pending <> 0
    or new.last_transfer_id is not null then
    raise exception 'LG001 an account opens with nothing on it';
  end if;
  return new;
end $$;
create trigger accounts_opened before insert on accounts for each row execute function accounts_opened();

-- Counters move within transfers_apply alone, that is within a trigger: a statement of its own is refused.
create function accounts_moved() returns trigger language plpgsql as $$
begin raise exception 'LG001 an account moves by transfers alone'; end $$;
create trigger accounts_moved
  before update of debits_posted, credits_posted, debits_pending, credits_pending, last_transfer_id on accounts
  for each row when (pg_trigger_depth() = 0 or new.last_transfer_id is not distinct from old.last_transfer_id)
  execute function accounts_moved();

create function journals_guard() returns trigger language plpgsql set enable_seqscan = off as $$
begin
  if exists (
    select 1 from closed cross join lateral (
      select count(*) as lines, max(line) as last from transfers where journal_id = closed.id
    ) theirs
    where theirs.lines <> closed.transfers or theirs.last <> closed.transfers - 1
  ) then
    raise exception 'LG002 the journal does not have the transfers that it declares';
  end if;
  return null;
end $$;
create trigger journals_guard after insert on journals referencing new table as closed
  for each statement execute function journals_guard();

create function reversals_guard() returns trigger language plpgsql as $$
begin
  if exists (select 1 from journals where id = new.reverses_id and reverses_id is not null) then
    raise exception 'LG004 a reversal cannot be reversed';
  end if;
  if exists (select 1 from transfers where journal_id = new.reverses_id and phase not in ('post', 'settle'))
    or exists (select 1 from transfers where journal_id = new.id and phase <> 'post')
    or (select count(*) from transfers where journal_id = new.reverses_id) <> new.transfers
    or exists (
      select 1 from transfers mine
      where mine.journal_id = new.id and not exists (
        select 1 from transfers theirs
        where theirs.journal_id = new.reverses_id and theirs.line = mine.line and theirs.amount = mine.amount
          and theirs.debit_account_id = mine.credit_account_id and theirs.credit_account_id = mine.debit_account_id
      )
    )
  then
    raise exception 'LG005 the reversal is not the mirror image';
  end if;
  return new;
end $$;
create trigger reversals_guard before insert on journals for each row when (new.reverses_id is not null)
  execute function reversals_guard();

create function ledger_frozen() returns trigger language plpgsql as $$
begin raise exception 'LG001 the ledger is append-only'; end $$;
create trigger journals_frozen before update or delete on journals for each row execute function ledger_frozen();
create trigger journals_kept before truncate on journals for each statement execute function ledger_frozen();
create trigger transfers_frozen before update or delete on transfers for each row execute function ledger_frozen();
create trigger transfers_kept before truncate on transfers for each statement execute function ledger_frozen();
create trigger accounts_kept before delete on accounts for each row execute function ledger_frozen();
create trigger accounts_emptied before truncate on accounts for each statement execute function ledger_frozen();
create trigger accounts_frozen before update of id, ledger, kind, waste_bank_id, member_id, part, normal, floor_zero, created_ms on accounts
  for each row execute function ledger_frozen();
create trigger deposits_frozen before update or delete on deposits for each row execute function ledger_frozen();
create trigger deposits_kept before truncate on deposits for each statement execute function ledger_frozen();
create trigger deposit_lines_frozen before update or delete on deposit_lines for each row execute function ledger_frozen();
create trigger deposit_lines_kept before truncate on deposit_lines for each statement execute function ledger_frozen();
create trigger deposit_voids_frozen before update or delete on deposit_voids for each row execute function ledger_frozen();
create trigger deposit_voids_kept before truncate on deposit_voids for each statement execute function ledger_frozen();
