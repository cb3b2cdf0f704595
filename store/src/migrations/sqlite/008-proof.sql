-- Proof: who did what, the chains that seal it, and the close of each day.

create table audit_events (
  id text primary key,
  actor text not null,
  action text not null,
  subject text not null,
  reason text,
  -- Fingerprint of the row that the deed has made or changed: see store/src/proof/deed-rows.ts.
  row_hash text,
  at_ms integer not null
) strict;
create index audit_events_subject on audit_events(subject, id);
create index audit_events_actor on audit_events(actor, id);
create index audit_events_time on audit_events(at_ms, id);
create trigger audit_events_frozen before update on audit_events begin select raise(abort, 'LG001 the audit log is append-only'); end;
create trigger audit_events_kept before delete on audit_events begin select raise(abort, 'LG001 the audit log is append-only'); end;

-- Seals: each row of a chain names the hash of the one before, so that a row that is changed, taken out or slipped in later
-- no longer fits. Rows are sealed shortly after they are committed, so that posting need not wait for a common chain.
create table seals (
  chain text not null check (chain in ('journals', 'audit_events', 'prices', 'terms', 'savings_rules', 'payout_limits', 'payout_fees')),
  seq integer not null check (seq > 0),
  row_id text not null,
  hash text not null check (length(hash) = 64),
  sealed_ms integer not null,
  primary key (chain, seq),
  unique (chain, row_id)
) strict;

-- The close of a waste bank's day. `upto_seq` and `head_hash`: the seal of journals up to which it goes.
create table closes (
  id text primary key,
  waste_bank_id text not null references waste_banks(id),
  day text not null check (length(day) = 10),
  upto_seq integer not null check (upto_seq >= 0),
  head_hash text not null,
  audit_seq integer not null check (audit_seq >= 0),
  audit_head_hash text not null,
  totals text not null,
  violations integer not null check (violations >= 0),
  closed_by text not null,
  closed_ms integer not null,
  unique (waste_bank_id, day)
) strict;
create index closes_time on closes(closed_ms, id);
create trigger seals_frozen before update on seals begin select raise(abort, 'LG001 a seal is never changed'); end;
create trigger seals_kept before delete on seals begin select raise(abort, 'LG001 a seal is never changed'); end;
create trigger closes_frozen before update on closes begin select raise(abort, 'LG001 a close is final'); end;
create trigger closes_kept before delete on closes begin select raise(abort, 'LG001 a close is final'); end;
create trigger seals_in_order before insert on seals begin
  select raise(abort, 'LG007 the seal does not follow the last one')
    where new.seq <> 1 + coalesce((select max(seq) from seals where chain = new.chain), 0);
end;
