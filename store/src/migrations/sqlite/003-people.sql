-- Personal data and consent.

-- What is known of a member as a person, sealed by the vault under the member's own key.
create table member_personal_data (
  member_id text primary key references members(id),
  sealed blob not null,
  updated_ms integer not null
) strict;

-- Keyed hashes of what a member is found by: the phone number, and the beginnings of each word of the name.
create table member_search (
  token text not null,
  member_id text not null references members(id),
  primary key (token, member_id)
) strict;
create index member_search_member on member_search(member_id);

-- Keyed hash of the national identity number (NIK), so that one person is not registered twice.
create table member_niks (
  member_id text primary key references members(id),
  nik_hash text not null unique
) strict;

-- What a member has agreed to and taken back, in the order of `seq`. The last row of a member holds.
create table consents (
  member_id text not null references members(id),
  seq integer not null check (seq > 0),
  act text not null check (act in ('given', 'withdrawn')),
  version text not null,
  taken_by text not null,
  at_ms integer not null,
  primary key (member_id, seq)
) strict;
create index consents_act on consents(act, member_id, seq);
create trigger consents_frozen before update on consents begin select raise(abort, 'LG001 consents are append-only'); end;
create trigger consents_kept before delete on consents begin select raise(abort, 'LG001 consents are append-only'); end;

-- Members that an import of older books has made, by their code there. Nobody else is taken for one of them, whatever the number.
create table imported_members (
  waste_bank_id text not null references waste_banks(id),
  code text not null,
  member_id text not null unique references members(id),
  primary key (waste_bank_id, code)
) strict;
create trigger imported_members_frozen before update on imported_members begin select raise(abort, 'LG001 who was imported is never changed'); end;
create trigger imported_members_kept before delete on imported_members begin select raise(abort, 'LG001 who was imported is never deleted'); end;

-- PIN with which a member agrees to a withdrawal. `tries`: wrong ones since the last right one. `set_by`: who typed it in first.
create table member_pins (
  member_id text primary key references members(id),
  pin_hash text not null,
  set_by text not null,
  set_ms integer not null,
  tries integer not null check (tries >= 0),
  locked_until_ms integer not null
) strict;

-- Members who were erased here; the key in the vault is destroyed after this is committed.
create table erasures (
  member_id text primary key references members(id),
  erased_ms integer not null,
  key_destroyed_ms integer
) strict;
create index erasures_unfinished on erasures(member_id) where key_destroyed_ms is null;
