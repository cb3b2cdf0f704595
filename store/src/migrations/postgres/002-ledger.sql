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
);
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

create function transfers_guard() returns trigger language plpgsql as $$
begin
  if exists (select 1 from journals where id = new.journal_id) then
    raise exception 'LG003 the journal is closed';
  end if;
  if (select ledger from accounts where id = new.debit_account_id)
    is distinct from (select ledger from accounts where id = new.credit_account_id) then
    raise exception 'LG006 the accounts are of different ledgers';
  end if;
  if new.pending_id is not null then
    if not exists (select 1 from transfers where id = new.pending_id and phase = 'pend') then
      raise exception 'LG004 what is settled or voided is not pending';
    end if;
    if not exists (
      select 1 from transfers
      where id = new.pending_id and debit_account_id = new.debit_account_id
        and credit_account_id = new.credit_account_id and amount = new.amount
    ) then
      raise exception 'LG005 accounts or amount differ from the pending transfer';
    end if;
  end if;
  return new;
end $$;
create trigger transfers_guard before insert on transfers for each row execute function transfers_guard();

create function transfers_apply() returns trigger language plpgsql as $$
declare
  posted bigint := case when new.phase in ('post', 'settle') then new.amount else 0 end;
  pending bigint := case when new.phase = 'pend' then new.amount when new.pending_id is null then 0 else -new.amount end;
begin
  update accounts
    set debits_posted = debits_posted + posted, debits_pending = debits_pending + pending, last_transfer_id = new.id
    where id = new.debit_account_id;
  update accounts
    set credits_posted = credits_posted + posted, credits_pending = credits_pending + pending, last_transfer_id = new.id
    where id = new.credit_account_id;
  return null;
end $$;
create trigger transfers_apply after insert on transfers for each row execute function transfers_apply();

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

create function accounts_moved() returns trigger language plpgsql as $$
begin
  if new.last_transfer_id is not distinct from old.last_transfer_id or not exists (
    select 1 from transfers t
    where t.id = new.last_transfer_id and not exists (select 1 from journals where id = t.journal_id)
      and new.debits_posted - old.debits_posted =
        case when t.debit_account_id = new.id and t.phase in ('post', 'settle') then t.amount else 0 end
      and new.credits_posted - old.credits_posted =
        case when t.credit_account_id = new.id and t.phase in ('post', 'settle') then t.amount else 0 end
      and new.debits_pending - old.debits_pending =
        case when t.debit_account_id <> new.id or t.phase = 'post' then 0 when t.phase = 'pend' then t.amount else -t.amount end
      and new.credits_pending - old.credits_pending =
        case when t.credit_account_id <> new.id or t.phase = 'post' then 0 when t.phase = 'pend' then t.amount else -t.amount end
  ) then
    raise exception 'LG001 an account moves by transfers alone';
  end if;
  return new;
end $$;
create trigger accounts_moved
  before update of debits_posted, credits_posted, debits_pending, credits_pending, last_transfer_id on accounts
  for each row execute function accounts_moved();

create function journals_guard() returns trigger language plpgsql as $$
begin
  if (select count(*) from transfers where journal_id = new.id) <> new.transfers
    or (select max(line) from transfers where journal_id = new.id) <> new.transfers - 1 then
    raise exception 'LG002 the journal does not have the transfers that it declares';
  end if;
  if exists (select 1 from journals where id = new.reverses_id and reverses_id is not null) then
    raise exception 'LG004 a reversal cannot be reversed';
  end if;
  if new.reverses_id is not null and (
    exists (select 1 from transfers where journal_id = new.reverses_id and phase not in ('post', 'settle'))
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
  ) then
    raise exception 'LG005 the reversal is not the mirror image';
  end if;
  return new;
end $$;
create trigger journals_guard before insert on journals for each row execute function journals_guard();

create function ledger_frozen() returns trigger language plpgsql as $$
begin raise exception 'LG001 the ledger is append-only'; end $$;
create trigger journals_frozen before update or delete on journals for each row execute function ledger_frozen();
create trigger journals_kept before truncate on journals for each statement execute function ledger_frozen();
create trigger transfers_frozen before update or delete on transfers for each row execute function ledger_frozen();
create trigger transfers_kept before truncate on transfers for each statement execute function ledger_frozen();
create trigger accounts_kept before delete on accounts for each row execute function ledger_frozen();
create trigger accounts_emptied before truncate on accounts for each statement execute function ledger_frozen();
create trigger accounts_frozen before update of id, ledger, kind, waste_bank_id, member_id, normal, floor_zero, created_ms on accounts
  for each row execute function ledger_frozen();
create trigger deposits_frozen before update or delete on deposits for each row execute function ledger_frozen();
create trigger deposits_kept before truncate on deposits for each statement execute function ledger_frozen();
create trigger deposit_lines_frozen before update or delete on deposit_lines for each row execute function ledger_frozen();
create trigger deposit_lines_kept before truncate on deposit_lines for each statement execute function ledger_frozen();
create trigger deposit_voids_frozen before update or delete on deposit_voids for each row execute function ledger_frozen();
create trigger deposit_voids_kept before truncate on deposit_voids for each statement execute function ledger_frozen();
