/**
 * Rows of the relational store, as Kysely sees them. The same on both engines.
 *
 * Times are milliseconds since 1970, weights whole grams, money whole rupiah: JavaScript numbers that the database
 * keeps below 2^53 by CHECK.
 */
import type { ColumnType } from "kysely";
import type { Counter, Defaulted, Fixed, FixedRow } from "./column-types.ts";
import type { CashTables } from "./tables/cash-tables.ts";
import type { PayoutTables } from "./tables/payout-tables.ts";
import type { MemberKind, PeopleTables } from "./tables/people-tables.ts";
import type { ProofTables } from "./tables/proof-tables.ts";
import type { SavingsTables } from "./tables/savings-tables.ts";
import type { StockTables } from "./tables/stock-tables.ts";
import type { TradeTables } from "./tables/trade-tables.ts";

export interface Tables
  extends PeopleTables,
    TradeTables,
    SavingsTables,
    PayoutTables,
    StockTables,
    CashTables,
    ProofTables {
  zones: { id: string; name: string };
  waste_banks: {
    id: string;
    name: string;
    parent_id: Defaulted<string | null>;
    zone_id: string;
    lat: number;
    lon: number;
    created_ms: number;
  };
  nodes: NodeTable;
  service_accounts: {
    id: string;
    role: "ingest" | "api";
    secret_hash: string;
    revoked_ms: number | null;
    created_ms: number;
    updated_ms: number;
  };
  bins: {
    id: string;
    name: string;
    zone_id: string;
    lat: number;
    lon: number;
    capacity_l: number;
    created_ms: number;
  };
  scales: {
    id: string;
    name: string;
    waste_bank_id: string;
    capacity_g: number;
    division_g: number;
    verified_until_ms: number | null;
    created_ms: number;
  };
  devices: {
    id: string;
    node_id: string;
    bin_id: string | null;
    scale_id: string | null;
    /** A `Port` of the node's configuration, as JSON. */
    port: string;
    created_ms: number;
    retired_ms: number | null;
  };
  remote_sensors: RemoteSensorTable;
  seen_uplinks: {
    source: string;
    node: string;
    key: string;
    /** `SeenUplinks` as JSON. */
    seen: string;
    newest_ms: number;
    /** Rises with each change, so that two writers notice one another. */
    revision: number;
  };
  webhooks: {
    id: string;
    server: "ttn" | "chirpstack";
    secret_hash: string;
    revoked_ms: number | null;
    created_ms: number;
  };
  materials: {
    id: string;
    name: string;
    category: string;
    condition: Defaulted<string>;
    sipsn_class: Defaulted<string | null>;
    retired_ms: Defaulted<number | null>;
    created_ms: number;
  };
  prices: {
    id: string;
    material_id: string;
    waste_bank_id: string | null;
    /** Null ends the own price of the waste bank. */
    price_idr_per_kg: number | null;
    valid_from_ms: number;
    created_ms: number;
    created_by: string;
  };
  members: {
    id: string;
    number: string;
    kind: Defaulted<MemberKind>;
    card: Defaulted<string | null>;
    waste_bank_id: string;
    closed_ms: Defaulted<number | null>;
    erased_ms: Defaulted<number | null>;
    created_ms: number;
  };
  users: UserTable;
  sessions: { token_hash: string; user_id: string; created_ms: number; expires_ms: number };
  idempotent_answers: {
    user_id: string;
    key: string;
    request_hash: string;
    status: number;
    body: string;
    created_ms: number;
  };
  stream_positions: {
    node_id: string;
    stream: "readings" | "records";
    epoch: string;
    upto: number;
    thinned: Defaulted<number>;
    updated_ms: number;
  };
  stream_gaps: {
    id: string;
    node_id: string;
    stream: string;
    epoch: string;
    from_seq: number;
    upto_seq: number;
    noticed_ms: number;
  };
  quarantine: QuarantineTable;
  deposits: FixedRow<DepositTable>;
  deposit_lines: FixedRow<{
    deposit_id: string;
    line: number;
    material_id: string;
    /** Null on a line of an import, whose amount stands as it was written. */
    price_id: string | null;
    price_idr_per_kg: number | null;
    gross_g: number | null;
    tare_g: number | null;
    net_g: number;
    stable: 0 | 1 | null;
    /** Null when the weight was typed and no scale was named. */
    scale_id: string | null;
    verified_until_ms: number | null;
    /** The scale's frame, hexadecimal; null when a weight was typed. */
    raw: string | null;
    supervisor_id: string | null;
    typed_reason: string | null;
    amount_idr: number;
  }>;
  deposit_voids: FixedRow<{
    id: string;
    body_hash: string;
    deposit_id: string;
    kind: "void" | "correction";
    /** Null when the terminal that took the deposit has voided it. */
    voided_by: string | null;
    reason: string;
    journal_id: string;
    occurred_ms: number;
    received_ms: number;
  }>;
  scale_checks: {
    id: string;
    body_hash: string;
    scale_id: string;
    node_id: string;
    reference_g: number;
    shown_g: number;
    occurred_ms: number;
    received_ms: number;
  };
  accounts: AccountTable;
  journals: FixedRow<{
    id: string;
    idempotency_key: string;
    request_hash: string;
    kind: string;
    transfers: number;
    reverses_id: string | null;
    actor: string;
    occurred_ms: number;
    created_ms: number;
  }>;
  transfers: FixedRow<{
    id: string;
    journal_id: string;
    line: number;
    debit_account_id: string;
    credit_account_id: string;
    amount: number;
    phase: "post" | "pend" | "settle" | "void";
    pending_id: string | null;
    created_ms: number;
  }>;
  schema_migrations: { version: number; name: string; sha256: string; applied_ms: number };
}

interface NodeTable {
  id: string;
  shard: string;
  name: string;
  waste_bank_id: string | null;
  secret_hash: string;
  revoked_ms: number | null;
  config_version: Defaulted<number>;
  /** A `NodeProfile`, as JSON; null when it was never set. */
  profile: Defaulted<string | null>;
  /** The latest `Status` that the node published, as JSON. */
  status: Defaulted<string | null>;
  status_ms: Defaulted<number | null>;
  created_ms: number;
  updated_ms: number;
}

/** What a person may do. */
export const ROLES = ["admin", "staff", "operator", "collector", "member"] as const;
export type Role = (typeof ROLES)[number];

interface UserTable {
  id: string;
  username: string;
  password_hash: string;
  role: Role;
  waste_bank_id: string | null;
  member_id: string | null;
  pin_hash: Defaulted<string | null>;
  disabled_ms: Defaulted<number | null>;
  created_ms: number;
}

interface RemoteSensorTable {
  id: string;
  source: "lorawan" | "senml";
  /** DevEUI, or the node that sends the SenML: the tag of its readings. */
  node: string;
  /** DevEUI, or the sensor's SenML name. */
  key: string;
  model: string;
  bin_id: string;
  /** A `RemoteSettings` as JSON. */
  settings: string;
  /** What the judgement of uplinks remembers, as JSON; null before the first. */
  state: string | null;
  created_ms: number;
  retired_ms: number | null;
}

interface QuarantineTable {
  id: string;
  node_id: string | null;
  topic: string;
  stream: string | null;
  epoch: string | null;
  seq: number | null;
  code: string;
  reason: string;
  body: string;
  received_ms: number;
  /** Who has put it aside, when and why; null while it waits. */
  set_aside_by: Defaulted<string | null>;
  set_aside_ms: Defaulted<number | null>;
  set_aside_reason: Defaulted<string | null>;
}

interface DepositTable {
  id: string;
  body_hash: string;
  source: "terminal" | "counter" | "door" | "import";
  /** Terminal that took it; null from everywhere else. */
  node_id: string | null;
  /** User who took it at the counter or the door. */
  taken_by: string | null;
  /** User who has decided that its receipt stands. */
  honoured_by: string | null;
  waste_bank_id: string;
  member_id: string;
  purpose: "save" | "cash" | "donate";
  settlement: "purchase" | "share_of_sale";
  share_bps: number | null;
  /** Product of the book that is credited; null when the waste is a gift. */
  product_id: string | null;
  /** What numbers the receipts: the node, or a series of `receipt_series`. */
  device: string;
  receipt_no: string;
  visit_id: string | null;
  corrects_id: string | null;
  total_idr: number;
  amount_rule: string;
  journal_id: string;
  occurred_ms: number;
  received_ms: number;
}

interface AccountTable {
  id: Fixed<string>;
  ledger: Fixed<string>;
  kind: Fixed<string>;
  waste_bank_id: Fixed<string>;
  member_id: Fixed<string | null>;
  part: Fixed<string | null>;
  normal: Fixed<"D" | "C">;
  floor_zero: Fixed<0 | 1>;
  debits_posted: Counter;
  credits_posted: Counter;
  debits_pending: Counter;
  credits_pending: Counter;
  last_transfer_id: ColumnType<string | null, never, never>;
  created_ms: number;
}
