-- Payouts: destinations, limits, attempts, jobs, and what comes back from providers. See docs/BANK.md, Payouts.

-- Accounts and wallets that members are paid to. `sealed` holds number and holder under the member's key; the fingerprint
-- tells that two rows are the same account without showing which. Hint, fingerprint and hash are emptied when the member is erased.
create table destinations (
  id text primary key,
  body_hash text not null,
  member_id text not null references members(id),
  channel text not null,
  sealed bytea not null,
  -- Last four digits of the number, for people.
  hint text not null check (length(hint) <= 4),
  fingerprint text not null,
  name_check text not null check (name_check in ('pending', 'matched', 'masked', 'different', 'invalid', 'unavailable')),
  checked_ms bigint,
  -- Holder as the provider says, under the member's key.
  sealed_found_name bytea,
  -- Who answers for a destination whose holder is not who the member named.
  confirmed_by text,
  confirmed_ms bigint,
  created_ms bigint not null,
  created_by text not null,
  usable_from_ms bigint not null check (usable_from_ms >= created_ms),
  retired_ms bigint,
  check ((confirmed_by is null) = (confirmed_ms is null)),
  constraint confirmed_by_another check (confirmed_by <> created_by)
);
create index destinations_member on destinations(member_id, created_ms);
create index destinations_fingerprint on destinations(fingerprint);
create unique index destinations_in_use on destinations(member_id, fingerprint) where retired_ms is null;

-- What payouts must keep to, from a moment on: asked for by one person, and nothing until another approves it. Without kind of channel it is about all of them together,
-- without waste bank it holds wherever the waste bank has none of its own. Without amount it ends the limit.
create table payout_limits (
  id text primary key,
  scope text not null check (scope in
    ('payout_min', 'payout_max', 'first_to_destination', 'second_approval', 'member_day', 'cashier_day', 'unit_day',
    'cash_deposit_max')),
  channel_kind text check (channel_kind in ('cash', 'bank', 'ewallet')),
  waste_bank_id text references waste_banks(id),
  amount_idr bigint check (amount_idr between 0 and 1000000000000),
  valid_from_ms bigint not null,
  created_ms bigint not null,
  created_by text not null,
  state text not null check (state in ('requested', 'approved', 'rejected')),
  decided_by text,
  decided_ms bigint,
  -- From when it holds: its start, or its approval where that is later.
  begins_ms bigint,
  -- With 0 nothing at all could be paid.
  check (amount_idr > 0 or scope not in ('payout_max', 'member_day', 'cashier_day', 'unit_day')),
  check ((state = 'requested') = (decided_by is null)),
  check ((decided_by is null) = (decided_ms is null)),
  check ((state = 'approved') = (begins_ms is not null)),
  constraint decided_by_another check (decided_by <> created_by)
);
create unique index payout_limits_start
  on payout_limits(scope, coalesce(channel_kind, ''), coalesce(waste_bank_id, ''), valid_from_ms) where state <> 'rejected';

-- What was asked for on a day (WIB) and not given back: counters that the asking transaction holds locked.
create table payout_day_totals (
  scope text not null check (scope in ('member_day', 'cashier_day', 'unit_day')),
  key text not null,
  day text not null check (length(day) = 10),
  channel_kind text not null check (channel_kind in ('all', 'cash', 'bank', 'ewallet')),
  amount_idr bigint not null check (amount_idr between 0 and 9000000000000000),
  payouts bigint not null check (payouts >= 0),
  primary key (scope, key, day, channel_kind)
);

-- What a provider takes for a payout and who bears it, from a moment on; decided by another person, as limits are. Cash costs nothing.
create table payout_fees (
  id text primary key,
  channel_kind text not null check (channel_kind in ('bank', 'ewallet')),
  fee_idr bigint not null check (fee_idr between 0 and 1000000),
  bearer text not null check (bearer in ('member', 'bank')),
  -- 1: a member who bore it gets it back when the payout is reversed.
  is_refunded smallint not null check (is_refunded in (0, 1)),
  valid_from_ms bigint not null,
  created_ms bigint not null,
  created_by text not null,
  state text not null check (state in ('requested', 'approved', 'rejected')),
  decided_by text,
  decided_ms bigint,
  -- From when it holds: its start, or its approval where that is later.
  begins_ms bigint,
  check ((state = 'requested') = (decided_by is null)),
  check ((decided_by is null) = (decided_ms is null)),
  check ((state = 'approved') = (begins_ms is not null)),
  constraint decided_by_another check (decided_by <> created_by)
);
create unique index payout_fees_start on payout_fees(channel_kind, valid_from_ms) where state <> 'rejected';

create table payouts (
  id text primary key,
  body_hash text not null,
  member_id text not null references members(id),
  waste_bank_id text not null references waste_banks(id),
  product_id text not null references savings_products(id),
  amount_idr bigint not null check (amount_idr between 1 and 1000000000000),
  fee_idr bigint not null check (fee_idr between 0 and 1000000),
  fee_bearer text not null check (fee_bearer in ('member', 'bank')),
  is_fee_refunded smallint not null check (is_fee_refunded in (0, 1)),
  channel text not null,
  channel_kind text not null check (channel_kind in ('cash', 'bank', 'ewallet')),
  destination_id text references destinations(id),
  -- 1: the member leaves and takes everything.
  closes smallint not null check (closes in (0, 1)),
  -- The failed payout that it takes up again.
  retry_of text unique references payouts(id),
  -- 1: asked for by somebody of the waste bank for the member; counts for that person's day.
  by_officer smallint not null check (by_officer in (0, 1)),
  requested_by text not null,
  requested_ms bigint not null,
  requested_day text not null check (length(requested_day) = 10),
  -- 1: two people must approve it.
  needs_second smallint not null check (needs_second in (0, 1)),
  approved_by text,
  approved_ms bigint,
  second_approved_by text,
  second_approved_ms bigint,
  state text not null check (state in
    ('requested', 'half_approved', 'paying', 'payable', 'paid', 'failed', 'rejected', 'cancelled', 'reversed')),
  -- Who ended it, when and why: rejected, cancelled, failed, reversed; or when it was paid.
  ended_by text,
  ended_ms bigint,
  reason text,
  failure text,
  -- What a person must look at before anything goes on by itself.
  review text check (review in ('unresolved', 'mismatch', 'late_success', 'contradiction', 'earlier_payout')),
  review_attempt_id text,
  review_ms bigint,
  -- What one person has decided about it, and who agreed.
  resolution text check (resolution in ('paid', 'not_paid', 'written_off')),
  resolution_reason text,
  resolution_by text,
  resolution_ms bigint,
  resolution_agreed_by text,
  check ((channel = 'cash') = (channel_kind = 'cash')),
  check ((channel = 'cash') = (destination_id is null)),
  check ((approved_by is null) = (approved_ms is null)),
  check ((second_approved_by is null) = (second_approved_ms is null)),
  check ((review is null) = (review_ms is null)),
  check (state not in ('half_approved', 'paying', 'payable', 'paid', 'failed', 'reversed') or approved_by is not null),
  check (needs_second = 0 or state not in ('paying', 'payable', 'paid', 'failed', 'reversed') or second_approved_by is not null),
  constraint approved_by_another check (approved_by <> requested_by),
  constraint second_approved_by_another check (second_approved_by <> requested_by and second_approved_by <> approved_by),
  constraint agreed_by_another check (resolution_agreed_by <> resolution_by),
  -- Whoever asked for it has no part in what becomes of it.
  constraint resolved_by_another check (resolution_by <> requested_by and resolution_agreed_by <> requested_by)
);
create index payouts_requested on payouts(requested_ms, id);
create index payouts_member on payouts(member_id, requested_ms, id);
create index payouts_waste_bank on payouts(waste_bank_id, requested_ms, id);
create index payouts_state on payouts(state, requested_ms, id);
create index payouts_destination on payouts(destination_id);
create index payouts_review on payouts(review_ms, id) where review is not null;

-- Money held for a payout: the first hold with the request, a further one with each further attempt. One is open at a time.
create table payout_holds (
  payout_id text not null references payouts(id),
  n bigint not null check (n > 0),
  journal_id text not null unique references journals(id) deferrable initially deferred,
  resolution text check (resolution in ('settled', 'voided')),
  resolved_ms bigint,
  primary key (payout_id, n),
  check ((resolution is null) = (resolved_ms is null))
);
create unique index payout_holds_open on payout_holds(payout_id) where resolution is null;

-- One order to a provider. Its bytes and its key never change; `first_sent_ms` is committed before the first byte leaves.
create table payout_attempts (
  id text primary key,
  payout_id text not null references payouts(id),
  n bigint not null check (n > 0),
  provider text not null check (provider in ('xendit-v2', 'flip-v3')),
  idempotency_key text not null unique check (length(idempotency_key) <= 100),
  sealed_bytes bytea not null,
  -- Of the sealed bytes: one of the bytes themselves would tell an account number to whoever tries all of them.
  sealed_sha256 text not null check (length(sealed_sha256) = 64),
  state text not null check (state in
    ('queued', 'sending', 'accepted', 'unknown', 'succeeded', 'failed', 'refused', 'reversed')),
  -- 1: at some time nobody could say what had become of a sending.
  was_unknown smallint not null check (was_unknown in (0, 1)),
  provider_id text,
  provider_status text,
  failure text,
  provider_fee_idr bigint check (provider_fee_idr between 0 and 1000000000000),
  sends bigint not null check (sends >= 0),
  first_sent_ms bigint,
  last_sent_ms bigint,
  resend_until_ms bigint,
  created_ms bigint not null,
  ended_ms bigint,
  unique (payout_id, n),
  unique (provider, provider_id),
  -- One that was turned away at the door each time was never sent.
  check (sends > 0 or first_sent_ms is null),
  check (state in ('queued', 'failed') or first_sent_ms is not null)
);
-- While one attempt may have been paid, or may yet be, there is no other.
create unique index payout_attempts_live on payout_attempts(payout_id)
  where state in ('queued', 'sending', 'accepted', 'unknown', 'succeeded');
create index payout_attempts_in_time on payout_attempts(created_ms, id);

-- What is to be done, by whichever worker comes first. A row that is done is deleted.
create table payout_jobs (
  id text primary key,
  kind text not null check (kind in ('submit', 'lookup', 'inquire', 'inbox')),
  subject text not null,
  due_ms bigint not null,
  lease_until_ms bigint,
  worker text,
  tries bigint not null check (tries >= 0),
  created_ms bigint not null,
  unique (kind, subject),
  check ((lease_until_ms is null) = (worker is null))
);
create index payout_jobs_due on payout_jobs(due_ms, id);

-- Every answer of a provider about an attempt, as it came, under the member's key. Kept for 400 days.
create table provider_answers (
  id text primary key,
  attempt_id text not null references payout_attempts(id),
  at_ms bigint not null,
  call text not null check (call in ('submit', 'lookup')),
  -- Null when there was none: the connection broke or time ran out.
  http_status bigint,
  sealed_body bytea,
  -- What it was taken for.
  outcome text not null
);
create index provider_answers_attempt on provider_answers(attempt_id, id);
create index provider_answers_at on provider_answers(at_ms);

-- What providers have told us unasked, kept before it is answered. `sealed_body` is under the key of the whole system until it is
-- known whom it is about, then under that member's, or empty when the member was erased; `dedupe` is a keyed hash. What was worked through is kept for 90 days, what was parked for 400.
create table webhook_inbox (
  id text primary key,
  provider text not null check (provider in ('xendit-v2', 'flip-v3')),
  dedupe text not null,
  sealed_body bytea not null,
  received_ms bigint not null,
  -- Whom it is about, and the attempt, once that is known.
  member_id text references members(id),
  attempt_id text references payout_attempts(id),
  state text not null check (state in ('new', 'done', 'parked')),
  reason text,
  settled_ms bigint,
  -- Who has looked into a message that was parked, and what was found.
  handled_by text,
  handled_note text,
  handled_ms bigint,
  check ((handled_by is null) = (handled_ms is null) and (handled_by is null) = (handled_note is null)),
  check (handled_by is null or state = 'parked'),
  unique (provider, dedupe),
  check ((state = 'parked') = (reason is not null))
);
create index webhook_inbox_state on webhook_inbox(state, received_ms, id);

-- Something that a person must hear of. Never deleted; `seen_by` ends it.
create table payout_alarms (
  id text primary key,
  kind text not null check (kind in
    ('key_conflict', 'mismatch', 'late_success', 'contradiction', 'unresolved', 'reversed', 'owed_to_former', 'cannot_send',
    'book_not_closed', 'reconciliation', 'parked_messages')),
  payout_id text references payouts(id),
  attempt_id text references payout_attempts(id),
  detail text not null,
  raised_ms bigint not null,
  seen_by text,
  seen_ms bigint,
  check ((seen_by is null) = (seen_ms is null))
);
create index payout_alarms_raised on payout_alarms(raised_ms, id);
-- The same trouble of one attempt is told once until somebody has seen it.
create unique index payout_alarms_open on payout_alarms(kind, coalesce(attempt_id, '')) where seen_ms is null and attempt_id is not null;
-- However many messages were put aside, one alarm tells of them.
create unique index payout_alarms_parked on payout_alarms(kind) where seen_ms is null and kind = 'parked_messages';

-- Cash that a cashier has handed out.
create table cash_payouts (
  payout_id text primary key references payouts(id),
  shift_id text not null,
  cashier text not null,
  confirmation text not null check (confirmation in ('pin', 'card', 'signature')),
  -- Series of receipts of the waste bank that the number was drawn from.
  device text not null,
  receipt_no text not null,
  waste_bank_id text not null references waste_banks(id),
  journal_id text not null unique references journals(id) deferrable initially deferred,
  paid_ms bigint not null,
  unique (waste_bank_id, receipt_no)
);

create table reconciliations (
  id text primary key,
  day text not null check (length(day) = 10),
  provider text not null check (provider in ('xendit-v2', 'flip-v3')),
  our_float_idr bigint not null,
  -- Null when the provider did not say.
  provider_balance_idr bigint,
  difference_idr bigint,
  findings text not null,
  created_ms bigint not null,
  check ((provider_balance_idr is null) = (difference_idr is null)),
  unique (day, provider)
);

-- Who compares with a provider at the moment: however many treasuries run, one does. Gone when the day is kept.
create table reconciliation_claims (
  provider text primary key check (provider in ('xendit-v2', 'flip-v3')),
  worker text not null,
  lease_until_ms bigint not null
);

-- Rows of money: what was asked for, from whom, and the bytes that went out never change; states move one way.
create function payout_rule_moves() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and new.state <> 'requested' then
    raise exception 'LG010 it begins as requested';
  end if;
  if tg_op = 'UPDATE' and old.state <> 'requested' then
    raise exception 'LG010 it is decided once';
  end if;
  return new;
end $$;
create trigger payout_limits_frozen before update of id, scope, channel_kind, waste_bank_id, amount_idr, valid_from_ms, created_ms, created_by on payout_limits
  for each row execute function ledger_frozen();
create trigger payout_limits_kept before delete on payout_limits for each row execute function ledger_frozen();
create trigger payout_limits_emptied before truncate on payout_limits for each statement execute function ledger_frozen();
create trigger payout_limits_moves before insert or update on payout_limits for each row execute function payout_rule_moves();
create trigger payout_fees_frozen before update of id, channel_kind, fee_idr, bearer, is_refunded, valid_from_ms, created_ms, created_by on payout_fees
  for each row execute function ledger_frozen();
create trigger payout_fees_kept before delete on payout_fees for each row execute function ledger_frozen();
create trigger payout_fees_emptied before truncate on payout_fees for each statement execute function ledger_frozen();
create trigger payout_fees_moves before insert or update on payout_fees for each row execute function payout_rule_moves();
create trigger provider_answers_frozen before update on provider_answers for each row execute function ledger_frozen();
create function provider_answers_kept() returns trigger language plpgsql as $$
begin
  if old.at_ms > (extract(epoch from now()) - 400 * 86400) * 1000 then
    raise exception 'LG001 an answer is kept for 400 days';
  end if;
  return old;
end $$;
create trigger provider_answers_kept before delete on provider_answers for each row execute function provider_answers_kept();
create trigger provider_answers_emptied before truncate on provider_answers for each statement execute function ledger_frozen();
create trigger cash_payouts_frozen before update or delete on cash_payouts for each row execute function ledger_frozen();
create trigger cash_payouts_kept before truncate on cash_payouts for each statement execute function ledger_frozen();
create trigger destinations_kept before delete on destinations for each row execute function ledger_frozen();
create trigger destinations_emptied before truncate on destinations for each statement execute function ledger_frozen();
create trigger destinations_frozen before update of id, member_id, channel, sealed, created_ms, created_by, usable_from_ms on destinations
  for each row execute function ledger_frozen();
create function destinations_forgotten() returns trigger language plpgsql as $$
begin
  if new.body_hash <> '' or new.hint <> '' or new.fingerprint <> '' or new.retired_ms is null
    or not exists (select 1 from members where id = old.member_id and erased_ms is not null)
  then
    raise exception 'LG001 what a destination is is emptied when the member is erased, and never changes else';
  end if;
  return new;
end $$;
create trigger destinations_forgotten before update of body_hash, hint, fingerprint on destinations
  for each row execute function destinations_forgotten();
create trigger payouts_kept before delete on payouts for each row execute function ledger_frozen();
create trigger payouts_emptied before truncate on payouts for each statement execute function ledger_frozen();
create trigger payouts_frozen before update of id, body_hash, member_id, waste_bank_id, product_id, amount_idr, fee_idr, fee_bearer, is_fee_refunded, channel, channel_kind, destination_id, closes, retry_of, by_officer, requested_by, requested_ms, requested_day, needs_second on payouts
  for each row execute function ledger_frozen();
create trigger payout_holds_kept before delete on payout_holds for each row execute function ledger_frozen();
create trigger payout_holds_emptied before truncate on payout_holds for each statement execute function ledger_frozen();
create trigger payout_holds_frozen before update of payout_id, n, journal_id on payout_holds
  for each row execute function ledger_frozen();
create trigger payout_attempts_kept before delete on payout_attempts for each row execute function ledger_frozen();
create trigger payout_attempts_emptied before truncate on payout_attempts for each statement execute function ledger_frozen();
create trigger payout_attempts_frozen before update of id, payout_id, n, provider, idempotency_key, sealed_bytes, sealed_sha256, created_ms on payout_attempts
  for each row execute function ledger_frozen();
create function webhook_inbox_kept() returns trigger language plpgsql as $$
begin
  if old.state = 'new'
    or old.settled_ms > (extract(epoch from now()) - case old.state when 'done' then 90 else 400 end * 86400) * 1000
  then
    raise exception 'LG001 a message is kept for 90 days after it was worked through, for 400 when it was parked';
  end if;
  return old;
end $$;
create trigger webhook_inbox_kept before delete on webhook_inbox for each row execute function webhook_inbox_kept();
create trigger webhook_inbox_emptied before truncate on webhook_inbox for each statement execute function ledger_frozen();
create trigger webhook_inbox_frozen before update of id, provider, dedupe, received_ms on webhook_inbox
  for each row execute function ledger_frozen();
create trigger webhook_inbox_sealed_once before update of sealed_body, member_id, attempt_id on webhook_inbox
  for each row when (old.member_id is not null or new.member_id is null) execute function ledger_frozen();
create trigger webhook_inbox_handled_once before update of handled_by, handled_note, handled_ms on webhook_inbox
  for each row when (old.handled_by is not null) execute function ledger_frozen();
create trigger payout_alarms_kept before delete on payout_alarms for each row execute function ledger_frozen();
create trigger payout_alarms_emptied before truncate on payout_alarms for each statement execute function ledger_frozen();
create trigger payout_alarms_frozen before update of id, kind, payout_id, attempt_id, detail, raised_ms on payout_alarms
  for each row execute function ledger_frozen();

create function payouts_begin() returns trigger language plpgsql as $$
begin
  if new.state <> 'requested' or new.approved_by is not null or new.second_approved_by is not null or new.review is not null then
    raise exception 'LG010 a payout begins as requested';
  end if;
  return new;
end $$;
create trigger payouts_begin before insert on payouts for each row execute function payouts_begin();
create function payouts_move() returns trigger language plpgsql as $$
begin
  if old.state <> new.state and not (
      (old.state = 'requested' and new.state in ('half_approved', 'paying', 'payable', 'rejected', 'cancelled'))
      or (old.state = 'half_approved' and new.state in ('paying', 'payable', 'rejected', 'cancelled'))
      or (old.state = 'paying' and new.state in ('paid', 'failed'))
      or (old.state = 'payable' and new.state in ('paid', 'cancelled'))
      or (old.state = 'failed' and new.state in ('paid'))
      or (old.state = 'paid' and new.state in ('reversed'))
  ) then
    raise exception 'LG010 a payout that is % does not become %', old.state, new.state;
  end if;
  if old.approved_by is not null and (new.approved_by is distinct from old.approved_by or new.approved_ms is distinct from old.approved_ms)
    or old.second_approved_by is not null and
      (new.second_approved_by is distinct from old.second_approved_by or new.second_approved_ms is distinct from old.second_approved_ms)
  then
    raise exception 'LG010 an approval is final';
  end if;
  return new;
end $$;
create trigger payouts_move before update on payouts for each row execute function payouts_move();
create function payouts_not_for_oneself() returns trigger language plpgsql as $$
begin
  if exists (select 1 from users where member_id = new.member_id
    and 'user:' || id in (new.approved_by, new.second_approved_by, new.resolution_by, new.resolution_agreed_by))
  then
    raise exception 'LG010 nobody decides about a payout to oneself';
  end if;
  return new;
end $$;
create trigger payouts_not_for_oneself before update of approved_by, second_approved_by, resolution_by, resolution_agreed_by on payouts
  for each row execute function payouts_not_for_oneself();
create function payout_attempts_begin() returns trigger language plpgsql as $$
begin
  if new.state <> 'queued' or new.sends <> 0 or new.was_unknown <> 0 then
    raise exception 'LG010 an attempt begins as queued';
  end if;
  return new;
end $$;
create trigger payout_attempts_begin before insert on payout_attempts for each row execute function payout_attempts_begin();
create function payout_attempts_move() returns trigger language plpgsql as $$
begin
  if old.state <> new.state and not (
      (old.state = 'queued' and new.state in ('sending', 'accepted', 'unknown', 'succeeded', 'failed'))
      or (old.state = 'sending' and new.state in ('queued', 'accepted', 'unknown', 'refused', 'succeeded', 'failed'))
      or (old.state = 'accepted' and new.state in ('succeeded', 'failed'))
      or (old.state = 'unknown' and new.state in ('sending', 'accepted', 'succeeded', 'failed'))
      or (old.state = 'succeeded' and new.state in ('reversed'))
      or (old.state = 'failed' and new.state in ('succeeded'))
      or (old.state = 'refused' and new.state in ('succeeded'))
  ) then
    raise exception 'LG010 an attempt that is % does not become %', old.state, new.state;
  end if;
  if new.sends < old.sends or new.was_unknown < old.was_unknown
    or old.first_sent_ms is not null and not (old.state = 'sending' and new.state = 'queued' and new.was_unknown = 0) and
      (new.first_sent_ms is distinct from old.first_sent_ms or new.resend_until_ms is distinct from old.resend_until_ms)
    or old.provider_id is not null and new.provider_id is distinct from old.provider_id
  then
    raise exception 'LG010 what an attempt has been through is not taken back';
  end if;
  return new;
end $$;
create trigger payout_attempts_move before update on payout_attempts for each row execute function payout_attempts_move();
create function payout_holds_resolved() returns trigger language plpgsql as $$
begin
  if old.resolution is not null then raise exception 'LG010 a hold is resolved once'; end if;
  return new;
end $$;
create trigger payout_holds_resolved before update of resolution, resolved_ms on payout_holds
  for each row execute function payout_holds_resolved();
create function payout_alarms_seen() returns trigger language plpgsql as $$
begin
  if old.seen_ms is not null then raise exception 'LG010 an alarm is seen once'; end if;
  return new;
end $$;
create trigger payout_alarms_seen before update of seen_by, seen_ms on payout_alarms for each row execute function payout_alarms_seen();
