-- The ledger: accounts, journals, transfers. See docs/decisions for why it looks as it does.
--
-- Transfers of a journal are inserted first and the journal last, so that the journal's own trigger sees them all; the
-- deferred foreign key refuses a commit in which the journal is missing.
--
-- The counters of an account move only by the transfers' own trigger: an update names the transfer that explains it.

create table accounts (
  id text primary key,
  ledger text not null check (ledger = 'IDR' or ledger glob 'g:?*'),
  kind text not null,
  waste_bank_id text not null references waste_banks(id),
  member_id text references members(id),
  part text,
  normal text not null check (normal in ('D', 'C')),
  floor_zero integer not null check (floor_zero in (0, 1)),
  debits_posted integer not null default 0 check (debits_posted between 0 and 9000000000000000),
  credits_posted integer not null default 0 check (credits_posted between 0 and 9000000000000000),
  debits_pending integer not null default 0 check (debits_pending between 0 and 9000000000000000),
  credits_pending integer not null default 0 check (credits_pending between 0 and 9000000000000000),
  last_transfer_id text,
  created_ms integer not null,
  constraint no_overdraft check (
    floor_zero = 0
    or (normal = 'C' and debits_posted + debits_pending <= credits_posted)
    or (normal = 'D' and credits_posted + credits_pending <= debits_posted)
  )
) strict;
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
  occurred_ms integer not null,
  created_ms integer not null
) strict;

create table transfers (
  id text primary key,
  journal_id text not null references journals(id) deferrable initially deferred,
  line integer not null check (line >= 0),
  debit_account_id text not null references accounts(id),
  credit_account_id text not null references accounts(id),
  amount integer not null check (amount between 1 and 1000000000000),
  phase text not null check (phase in ('post', 'pend', 'settle', 'void')),
  pending_id text unique references transfers(id),
  created_ms integer not null,
  unique (journal_id, line),
  constraint two_accounts check (debit_account_id <> credit_account_id),
  check ((phase in ('settle', 'void')) = (pending_id is not null))
) strict;
-- A transfer's id begins with the millisecond in which it was made, so these give an account's transfers in order of time.
create index transfers_debit on transfers(debit_account_id, id);
create index transfers_credit on transfers(credit_account_id, id);

create trigger transfers_guard before insert on transfers begin
  select raise(abort, 'LG003 the journal is closed')
    where exists (select 1 from journals where id = new.journal_id);
  select raise(abort, 'LG006 the accounts are of different ledgers')
    where (select ledger from accounts where id = new.debit_account_id)
      is not (select ledger from accounts where id = new.credit_account_id);
  select raise(abort, 'LG004 what is settled or voided is not pending')
    where new.pending_id is not null
      and not exists (select 1 from transfers where id = new.pending_id and phase = 'pend');
  select raise(abort, 'LG005 accounts or amount differ from the pending transfer')
    where new.pending_id is not null
      and not exists (
        select 1 from transfers
        where id = new.pending_id and debit_account_id = new.debit_account_id
          and credit_account_id = new.credit_account_id and amount = new.amount
      );
end;

create trigger transfers_apply after insert on transfers begin
  update accounts set
    debits_posted = debits_posted + iif(new.phase in ('post', 'settle'), new.amount, 0),
    debits_pending = debits_pending + iif(new.phase = 'pend', new.amount, iif(new.pending_id is null, 0, -new.amount)),
    last_transfer_id = new.id
  where id = new.debit_account_id;
  update accounts set
    credits_posted = credits_posted + iif(new.phase in ('post', 'settle'), new.amount, 0),
    credits_pending = credits_pending + iif(new.phase = 'pend', new.amount, iif(new.pending_id is null, 0, -new.amount)),
    last_transfer_id = new.id
  where id = new.credit_account_id;
end;

create trigger accounts_opened before insert on accounts begin
  select raise(abort, 'LG001 an account opens with nothing on it')
    where new.debits_posted <> 0 or new.credits_posted <> 0 or new.debits_pending <> 0 or new.credits_pending <> 0
      or new.last_transfer_id is not null;
end;

create trigger accounts_moved
before update of debits_posted, credits_posted, debits_pending, credits_pending, last_transfer_id on accounts begin
  select raise(abort, 'LG001 an account moves by transfers alone')
    where new.last_transfer_id is old.last_transfer_id or not exists (
      select 1 from transfers t
      where t.id = new.last_transfer_id and not exists (select 1 from journals where id = t.journal_id)
        and new.debits_posted - old.debits_posted =
          iif(t.debit_account_id = new.id and t.phase in ('post', 'settle'), t.amount, 0)
        and new.credits_posted - old.credits_posted =
          iif(t.credit_account_id = new.id and t.phase in ('post', 'settle'), t.amount, 0)
        and new.debits_pending - old.debits_pending =
          iif(t.debit_account_id = new.id, case t.phase when 'post' then 0 when 'pend' then t.amount else -t.amount end, 0)
        and new.credits_pending - old.credits_pending =
          iif(t.credit_account_id = new.id, case t.phase when 'post' then 0 when 'pend' then t.amount else -t.amount end, 0)
    );
end;

create trigger journals_guard before insert on journals begin
  select raise(abort, 'LG002 the journal does not have the transfers that it declares')
    where (select count(*) from transfers where journal_id = new.id) <> new.transfers
      or (select max(line) from transfers where journal_id = new.id) <> new.transfers - 1;
  select raise(abort, 'LG004 a reversal cannot be reversed')
    where exists (select 1 from journals where id = new.reverses_id and reverses_id is not null);
  select raise(abort, 'LG005 the reversal is not the mirror image')
    where new.reverses_id is not null and (
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
    );
end;

create trigger journals_frozen before update on journals begin select raise(abort, 'LG001 the ledger is append-only'); end;
create trigger journals_kept before delete on journals begin select raise(abort, 'LG001 the ledger is append-only'); end;
create trigger transfers_frozen before update on transfers begin select raise(abort, 'LG001 the ledger is append-only'); end;
create trigger transfers_kept before delete on transfers begin select raise(abort, 'LG001 the ledger is append-only'); end;
create trigger accounts_kept before delete on accounts begin select raise(abort, 'LG001 the ledger is append-only'); end;
create trigger accounts_frozen before update of id, ledger, kind, waste_bank_id, member_id, part, normal, floor_zero, created_ms on accounts
begin select raise(abort, 'LG001 what an account is never changes'); end;

create trigger deposits_frozen before update on deposits begin select raise(abort, 'LG001 a deposit is never changed; void it'); end;
create trigger deposits_kept before delete on deposits begin select raise(abort, 'LG001 a deposit is never deleted; void it'); end;
create trigger deposit_lines_frozen before update on deposit_lines begin select raise(abort, 'LG001 a deposit is never changed; void it'); end;
create trigger deposit_lines_kept before delete on deposit_lines begin select raise(abort, 'LG001 a deposit is never deleted; void it'); end;
create trigger deposit_voids_frozen before update on deposit_voids begin select raise(abort, 'LG001 a void is final'); end;
create trigger deposit_voids_kept before delete on deposit_voids begin select raise(abort, 'LG001 a void is final'); end;
