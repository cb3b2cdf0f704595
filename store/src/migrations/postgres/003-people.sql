-- Personal data and consent.

-- What is known of a member as a person, sealed by the vault under the member's own key.
create table member_personal_data (
  member_id text primary key references members(id),
  sealed bytea not null,
  updated_ms bigint not null
);

-- Keyed hashes of what a member is found by: the phone number, and the beginnings of each word of the name.
create table member_search (
  token text not null,
  member_id text not null references members(id),
  primary key (token, member_id)
);
create index member_search_member on member_search(member_id);

-- Keyed hash of the national identity number (NIK), so that one person is not registered twice.
create table member_niks (
  member_id text primary key references members(id),
  nik_hash text not null unique
);

-- What a member has agreed to and taken back, in the order of `seq`. The last row of a member holds.
create table consents (
  member_id text not null references members(id),
  seq bigint not null check (seq > 0),
  act text not null check (act in ('given', 'withdrawn')),
  version text not null,
  taken_by text not null,
  at_ms bigint not null,
  primary key (member_id, seq)
);
create index consents_act on consents(act, member_id, seq);
create trigger consents_frozen before update or delete on consents for each row execute function ledger_frozen();
create trigger consents_kept before truncate on consents for each statement execute function ledger_frozen();

-- Members that an import of older books has made, by their code there. Nobody else is taken for one of them, whatever the number.
create table imported_members (
  waste_bank_id text not null references waste_banks(id),
  code text not null,
  member_id text not null unique references members(id),
  primary key (waste_bank_id, code)
);
create trigger imported_members_frozen before update or delete on imported_members for each row execute function ledger_frozen();
create trigger imported_members_kept before truncate on imported_members for each statement execute function ledger_frozen();

-- PIN with which a member agrees to a withdrawal. `tries`: wrong ones since the last right one. `set_by`: who typed it in first.
create table member_pins (
  member_id text primary key references members(id),
  pin_hash text not null,
  set_by text not null,
  set_ms bigint not null,
  tries bigint not null check (tries >= 0),
  locked_until_ms bigint not null
);

-- Members who were erased here; the key in the vault is destroyed after this is committed.
create table erasures (
  member_id text primary key references members(id),
  erased_ms bigint not null,
  key_destroyed_ms bigint
);
create index erasures_unfinished on erasures(member_id) where key_destroyed_ms is null;
