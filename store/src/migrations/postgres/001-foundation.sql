-- Times are milliseconds since 1970 (UTC), weights whole grams, money whole rupiah.

create table zones (
  id text primary key,
  name text not null
);

create table waste_banks (
  id text primary key,
  name text not null,
  -- The waste bank that buys from it and whose prices and terms hold where it has none of its own. One level: a parent has no parent.
  parent_id text references waste_banks(id) check (parent_id <> id),
  zone_id text not null references zones(id),
  lat double precision not null check (lat between -90 and 90),
  lon double precision not null check (lon between -180 and 180),
  created_ms bigint not null
);

create table nodes (
  id text primary key,
  shard text not null,
  name text not null,
  waste_bank_id text references waste_banks(id),
  secret_hash text not null,
  revoked_ms bigint,
  config_version bigint not null default 0,
  profile text,
  status text,
  status_ms bigint,
  created_ms bigint not null,
  updated_ms bigint not null
);
create index nodes_updated on nodes(updated_ms);

create table service_accounts (
  id text primary key,
  role text not null check (role in ('ingest', 'api')),
  secret_hash text not null,
  revoked_ms bigint,
  created_ms bigint not null,
  updated_ms bigint not null
);

create table bins (
  id text primary key,
  name text not null,
  zone_id text not null references zones(id),
  lat double precision not null check (lat between -90 and 90),
  lon double precision not null check (lon between -180 and 180),
  capacity_l bigint not null check (capacity_l > 0),
  created_ms bigint not null
);
create index bins_zone on bins(zone_id);

create table scales (
  id text primary key,
  name text not null,
  waste_bank_id text not null references waste_banks(id),
  capacity_g bigint not null check (capacity_g > 0),
  division_g double precision not null check (division_g > 0),
  verified_until_ms bigint,
  created_ms bigint not null
);

-- What hangs on a node's port, and for which bin or scale it speaks. A retired row still tells whose old readings are.
create table devices (
  id text primary key,
  node_id text not null references nodes(id),
  bin_id text references bins(id),
  scale_id text references scales(id),
  port text not null,
  created_ms bigint not null,
  retired_ms bigint,
  check ((bin_id is null) <> (scale_id is null))
);
create index devices_node on devices(node_id);
create index devices_bin on devices(bin_id);
create index devices_scale on devices(scale_id);
create unique index devices_bin_in_use on devices(bin_id) where retired_ms is null and bin_id is not null;
create unique index devices_scale_in_use on devices(scale_id) where retired_ms is null and scale_id is not null;

-- Sensors that no node of ours reads: LoRaWAN sensors, known by their DevEUI, and sensors that a node sends as SenML, known by
-- node and name. A retired row still tells whose late uplinks are. `node` is what their readings are tagged with.
create table remote_sensors (
  id text primary key,
  source text not null check (source in ('lorawan', 'senml')),
  node text not null,
  key text not null,
  model text not null,
  bin_id text not null references bins(id),
  settings text not null,
  state text,
  created_ms bigint not null,
  retired_ms bigint
);
create index remote_sensors_bin on remote_sensors(bin_id);
create index remote_sensors_key on remote_sensors(source, node, key);
create unique index remote_sensors_in_use on remote_sensors(source, node, key) where retired_ms is null;

-- The sensor in use of a bin, wired or remote: one at most. Triggers keep it, so that the rule spans both tables.
create table bin_sensors (
  bin_id text primary key references bins(id),
  sensor_id text not null unique
);
create function bin_taken() returns trigger language plpgsql as $$
begin insert into bin_sensors (bin_id, sensor_id) values (new.bin_id, new.id); return null; end $$;
create function bin_left() returns trigger language plpgsql as $$
begin delete from bin_sensors where sensor_id = new.id; return null; end $$;
create trigger devices_bin_taken after insert on devices for each row
  when (new.bin_id is not null and new.retired_ms is null) execute function bin_taken();
create trigger devices_bin_left after update of retired_ms on devices for each row
  when (new.retired_ms is not null) execute function bin_left();
create trigger remote_sensors_bin_taken after insert on remote_sensors for each row
  when (new.retired_ms is null) execute function bin_taken();
create trigger remote_sensors_bin_left after update of retired_ms on remote_sensors for each row
  when (new.retired_ms is not null) execute function bin_left();

-- The newest uplinks of each remote sensor, so that one that comes again is known. One row a sensor, whatever bin it hangs in.
create table seen_uplinks (
  source text not null,
  node text not null,
  key text not null,
  seen text not null,
  newest_ms bigint not null,
  revision bigint not null,
  primary key (source, node, key)
);

-- Addresses that LoRaWAN network servers post uplinks to, each with the secret that they show.
create table webhooks (
  id text primary key,
  server text not null check (server in ('ttn', 'chirpstack')),
  secret_hash text not null,
  revoked_ms bigint,
  created_ms bigint not null
);

create table materials (
  id text primary key,
  name text not null,
  category text not null,
  -- In what state it is taken, for people; may be empty.
  condition text not null default '',
  -- Class of composition in the national waste information system (SIPSN).
  sipsn_class text check (sipsn_class in ('SM', 'KR', 'KK', 'PL', 'LG', 'KT', 'KL', 'KC', 'LN')),
  retired_ms bigint,
  created_ms bigint not null
);

-- A price holds from valid_from_ms until a later one begins; rows are never changed. Without waste bank it holds everywhere.
-- Without amount it ends the waste bank's own price: from then on the parent's holds, or the general one.
create table prices (
  id text primary key,
  material_id text not null references materials(id),
  waste_bank_id text references waste_banks(id),
  price_idr_per_kg bigint check (price_idr_per_kg between 0 and 10000000),
  valid_from_ms bigint not null,
  created_ms bigint not null,
  created_by text not null,
  constraint price_or_end check (price_idr_per_kg is not null or waste_bank_id is not null)
);
create unique index prices_start on prices(material_id, coalesce(waste_bank_id, ''), valid_from_ms);
create function prices_frozen() returns trigger language plpgsql as $$
begin raise exception 'LG001 prices are never changed or deleted; add a new one'; end $$;
create trigger prices_frozen before update or delete on prices for each row execute function prices_frozen();
create trigger prices_kept before truncate on prices for each statement execute function prices_frozen();

-- A member without name, phone or any other personal data: that is sealed in a table of its own.
create table members (
  id text primary key,
  number text not null unique,
  kind text not null default 'individual' check (kind in ('individual', 'group', 'organisation')),
  card text unique,
  waste_bank_id text not null references waste_banks(id),
  closed_ms bigint,
  erased_ms bigint,
  created_ms bigint not null,
  -- Who is erased was closed before, and has no card that would still find them.
  check (erased_ms is null or (closed_ms is not null and card is null))
);
create index members_waste_bank on members(waste_bank_id, number);

create table users (
  id text primary key,
  username text not null unique,
  password_hash text not null,
  role text not null check (role in ('admin', 'staff', 'operator', 'collector', 'member')),
  waste_bank_id text references waste_banks(id),
  member_id text references members(id),
  -- Hash of the PIN with which the user agrees to a typed weight.
  pin_hash text,
  disabled_ms bigint,
  created_ms bigint not null,
  -- Of office users: the member that they are, who decides nothing about the own money.
  check (role <> 'member' or member_id is not null)
);

create table sessions (
  token_hash text primary key,
  user_id text not null references users(id),
  created_ms bigint not null,
  expires_ms bigint not null
);
create index sessions_expiry on sessions(expires_ms);

-- Answers of writes that carried an Idempotency-Key, so that a repeat gets the first answer.
create table idempotent_answers (
  user_id text not null,
  key text not null,
  request_hash text not null,
  status integer not null,
  body text not null,
  created_ms bigint not null,
  primary key (user_id, key)
);
create index idempotent_answers_age on idempotent_answers(created_ms);

create table stream_positions (
  node_id text not null,
  stream text not null check (stream in ('readings', 'records')),
  epoch text not null,
  upto bigint not null check (upto >= 0),
  thinned bigint not null default 0,
  updated_ms bigint not null,
  primary key (node_id, stream, epoch)
);

create table stream_gaps (
  id text primary key,
  node_id text not null,
  stream text not null,
  epoch text not null,
  from_seq bigint not null,
  upto_seq bigint not null check (upto_seq >= from_seq),
  noticed_ms bigint not null
);
create index stream_gaps_node on stream_gaps(node_id, noticed_ms);

create table quarantine (
  id text primary key,
  node_id text,
  topic text not null,
  stream text,
  epoch text,
  seq bigint,
  code text not null,
  reason text not null,
  body text not null,
  received_ms bigint not null,
  set_aside_by text,
  set_aside_ms bigint,
  set_aside_reason text,
  check ((set_aside_by is null) = (set_aside_ms is null) and (set_aside_by is null) = (set_aside_reason is null))
);
-- Nulls are distinct to a unique index, so each is given a value.
create unique index quarantine_item
  on quarantine(coalesce(node_id, ''), coalesce(stream, ''), coalesce(epoch, ''), seq, code) where seq is not null;
create index quarantine_node on quarantine(node_id, received_ms);
create index quarantine_received on quarantine(received_ms);

create table deposits (
  id text primary key,
  body_hash text not null,
  source text not null check (source in ('terminal', 'counter', 'door', 'import')),
  node_id text references nodes(id),
  taken_by text references users(id),
  -- Who has decided that the receipt stands, however much more it says than we compute; never who took it.
  honoured_by text references users(id),
  waste_bank_id text not null references waste_banks(id),
  member_id text not null references members(id),
  purpose text not null check (purpose in ('save', 'cash', 'donate')),
  settlement text not null check (settlement in ('purchase', 'share_of_sale')),
  -- The member's part of what the waste will be sold for, in hundredths of a percent.
  share_bps bigint check (share_bps between 1 and 10000),
  -- Savings product of the book that is credited, now or when the waste is sold.
  product_id text,
  -- What numbers the receipts: the node, or a series of the waste bank's counter or door.
  device text not null,
  receipt_no text not null,
  -- Visit of a collector, as whoever plans visits calls it.
  visit_id text,
  -- The deposit in whose place this one stands.
  corrects_id text unique references deposits(id),
  total_idr bigint not null check (total_idr >= 0),
  amount_rule text not null,
  journal_id text not null unique,
  occurred_ms bigint not null,
  received_ms bigint not null,
  unique (waste_bank_id, device, receipt_no),
  check ((source = 'terminal') = (node_id is not null)),
  check ((source in ('counter', 'door')) = (taken_by is not null)),
  check (honoured_by is null or source in ('terminal', 'door')),
  check (honoured_by is null or taken_by is null or honoured_by <> taken_by),
  check ((source = 'import') = (amount_rule = 'as-written')),
  check ((settlement = 'purchase') = (share_bps is null)),
  check ((purpose = 'donate') = (product_id is null)),
  -- Nothing is owed before the waste is sold, so nothing can be paid out.
  check (settlement = 'purchase' or (total_idr = 0 and purpose <> 'cash')),
  check (purpose <> 'cash' or source <> 'import'),
  check (visit_id is null or source = 'door')
);
create index deposits_member on deposits(member_id, occurred_ms);
create index deposits_waste_bank on deposits(waste_bank_id, occurred_ms);
create index deposits_occurred on deposits(occurred_ms);
create index deposits_cash on deposits(waste_bank_id, received_ms) where purpose = 'cash';
create index deposits_cash_taken on deposits(taken_by, received_ms) where purpose = 'cash';

create table deposit_lines (
  deposit_id text not null references deposits(id),
  line integer not null,
  material_id text not null references materials(id),
  -- Both null on a line of an import, whose amount stands as it was written.
  price_id text references prices(id),
  price_idr_per_kg bigint,
  gross_g bigint,
  tare_g bigint,
  net_g bigint not null check (net_g > 0),
  stable smallint check (stable in (0, 1)),
  -- Null when the weight was typed and no scale was named.
  scale_id text references scales(id),
  verified_until_ms bigint,
  raw text,
  supervisor_id text references users(id),
  typed_reason text,
  amount_idr bigint not null check (amount_idr >= 0),
  primary key (deposit_id, line),
  check (price_id is null or price_idr_per_kg is not null),
  -- Neither is there when the scale shows only the net.
  check ((gross_g is null) = (tare_g is null)),
  check (gross_g - tare_g = net_g),
  -- Either the scale's frame, or who answers for a typed weight and why; an import has neither.
  check ((raw is null) = (supervisor_id is not null) or (price_id is null and raw is null)),
  check (raw is null or scale_id is not null),
  check ((supervisor_id is null) = (typed_reason is null)),
  check (supervisor_id is null or stable is null)
);

create table deposit_voids (
  id text primary key,
  body_hash text not null,
  deposit_id text not null unique references deposits(id),
  -- A void takes a deposit back within minutes; a correction does so later, by somebody else than whoever took it.
  kind text not null check (kind in ('void', 'correction')),
  -- Null when the terminal that took the deposit has voided it.
  voided_by text references users(id),
  reason text not null,
  journal_id text not null unique,
  occurred_ms bigint not null,
  received_ms bigint not null,
  check (kind = 'void' or voided_by is not null)
);

create table scale_checks (
  id text primary key,
  body_hash text not null,
  scale_id text not null references scales(id),
  node_id text not null references nodes(id),
  reference_g bigint not null,
  shown_g double precision not null,
  occurred_ms bigint not null,
  received_ms bigint not null
);
create index scale_checks_scale on scale_checks(scale_id, occurred_ms);
