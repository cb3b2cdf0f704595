/** Tampering: the service's own connection cannot, and whoever has the file is found out by `ledger verify`. */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { RelationalStore, Tx } from "@jumpa-madu/store/relational-store";
import { verifyLedger } from "@jumpa-madu/store/verify-ledger";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DEED_ROWS } from "../../../store/src/proof/deed-rows.ts";
import { NAMED_DEEDS } from "../../../store/src/proof/named-deeds.ts";
import { onEachEngine, onEngine } from "../../../store/src/relational/engine-suite.ts";
import { tampered } from "../../../store/src/stock/sample-stock.ts";
import { ledger } from "../ledger/ledger-command.ts";
import { makeTempDir } from "../servers/temp-dir.ts";
import { fillBooks } from "./full-books.ts";

/** Columns of money, grams and proof, by their names. */
const PRECIOUS = /(?:_idr|_g|_per_kg|_bps|amount|_hash|^hash|posted|pending|transfers|violations|totals)$/;

/** What is written after the row: it is no part of what was promised, and moves one way. */
const WRITTEN_LATER = ["payout_attempts.provider_fee_idr", "books.is_default"];

/** Tables that hold no money and whose rows are the registry's. */
const NO_MONEY = ["devices", "remote_sensors"];

interface Guarded {
  name: string;
  columns: string[];
}

/** Every table that a trigger guards against deletion, with its columns of money. */
async function guardedTables({ db, engine }: RelationalStore): Promise<Guarded[]> {
  const { rows } = await (engine === "sqlite"
    ? sql<{ name: string; column: string }>`
        select distinct t.tbl_name as name, c.name as "column" from sqlite_master t join pragma_table_info(t.tbl_name) c
        where t.type = 'trigger' and t.sql like '%before delete%' order by 1, 2`
    : sql<{ name: string; column: string }>`
        select distinct c.table_name as name, c.column_name as "column" from pg_trigger t
        join information_schema.columns c on c.table_name = t.tgrelid::regclass::text and c.table_schema = 'public'
        where not t.tgisinternal and (t.tgtype & 8) = 8 order by 1, 2`
  ).execute(db);
  return [...Map.groupBy(rows, ({ name }) => name)]
    .filter(([name]) => !NO_MONEY.includes(name))
    .map(([name, columns]) => ({
      name,
      columns: columns.map(({ column }) => column).filter((one) => PRECIOUS.test(one)),
    }));
}

/** Expects that a statement is refused by the database, not by a mistake in it. */
async function expectRefused({ db }: RelationalStore, statement: string): Promise<void> {
  const outcome = await sql
    .raw(statement)
    .execute(db)
    .then(
      () => "done",
      (error: unknown) => String(error instanceof Error ? error.message : error),
    );
  expect(outcome, statement).toMatch(/LG0\d\d|CHECK constraint|check constraint/);
}

onEachEngine("tampering through the service's own connection", (suite) => {
  beforeAll(async () => {
    await fillBooks(suite.store);
  }, 60_000);

  it("changes no amount, deletes no row and empties no table", async () => {
    const tables = await guardedTables(suite.store);
    expect(tables.length).toBeGreaterThan(35);
    for (const { name, columns } of tables) {
      const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(name)}`.execute(
        suite.store.db,
      );
      if (Number(rows[0]?.n) > 0) {
        await expectRefused(suite.store, `delete from ${name}`);
        for (const column of columns.filter((one) => !WRITTEN_LATER.includes(`${name}.${one}`)))
          await expectRefused(suite.store, `update ${name} set ${column} = ${column}`);
      }
      if (suite.engine === "postgres") await expectRefused(suite.store, `truncate ${name} cascade`);
    }
    expect(await verifyLedger(suite.store.db, 0)).toEqual([]);
  });
});

/** The first or last row of a table. */
const row = (table: string, end = "min", where = "true") =>
  `id = (select ${end}(id) from ${table} where ${where})`;

/** What somebody does to a table, and the promise by which it is found: its table, and words of it. */
const CRIMES: [crime: string, statement: string, table: string, promise: string][] = [
  [
    "more in a transfer",
    `update transfers set amount = amount + 1 where ${row("transfers")}`,
    "journals",
    "as it was when it was sealed",
  ],
  [
    "a transfer gone",
    `delete from transfers where ${row("transfers", "max")}`,
    "journals",
    "has the transfers that it declares",
  ],
  [
    "more on an account",
    `update accounts set credits_posted = credits_posted + 1 where ${row("accounts", "min", "kind = 'member_savings'")}`,
    "accounts",
    "credits_posted equals the transfers",
  ],
  [
    "an account gone",
    `delete from accounts where ${row("accounts", "min", "kind = 'member_savings'")}`,
    "transfers",
    "credits the ledger that it debits",
  ],
  [
    "a deposit's total",
    `update deposits set total_idr = total_idr + 1 where ${row("deposits")}`,
    "deposits",
    "total equals the sum of the lines",
  ],
  [
    "a deposit gone",
    `delete from deposits where ${row("deposits", "min", "source = 'counter'")}`,
    "receipt_series",
    "no gap",
  ],
  [
    "a line's amount",
    "update deposit_lines set amount_idr = amount_idr + 1 where line = 0",
    "deposit_lines",
    "amount is weight by price",
  ],
  [
    "a line's weight",
    "update deposit_lines set net_g = net_g + 1000 where line = 0",
    "deposits",
    "moves the grams of",
  ],
  ["lines gone", "delete from deposit_lines where line = 0", "deposits", "moves nothing else"],
  ["a void gone", `delete from deposit_voids where ${row("deposit_voids")}`, "accounts", "less the voids"],
  [
    "a journal's count",
    `update journals set transfers = transfers + 1 where ${row("journals")}`,
    "journals",
    "has the transfers that it declares",
  ],
  ["a journal gone", `delete from journals where ${row("journals")}`, "transfers", "belongs to a journal"],
  [
    "a payout's amount",
    `update payouts set amount_idr = amount_idr + 1 where ${row("payouts")}`,
    "payout_holds",
    "is of amount and fee",
  ],
  ["a payout gone", `delete from payouts where ${row("payouts")}`, "journals", "belongs to a row of payouts"],
  [
    "an attempt's fee",
    "update payout_attempts set provider_fee_idr = provider_fee_idr + 1",
    "accounts",
    "what succeeded, less what came back",
  ],
  [
    "an attempt gone",
    `delete from payout_attempts where ${row("payout_attempts")}`,
    "payouts",
    "is paid once",
  ],
  ["a hold gone", "delete from payout_holds where n = 1", "payouts", "money is held while it is open"],
  ["cash handed out, gone", "delete from cash_payouts", "payouts", "is paid once"],
  [
    "a sale's total",
    `update sales set total_idr = total_idr + 1 where ${row("sales")}`,
    "sales",
    "total equals the sum of the lines",
  ],
  ["a sale gone", `delete from sales where ${row("sales")}`, "journals", "belongs to a row of sales"],
  [
    "a sale line's cost",
    "update sale_lines set cost_idr = cost_idr + 1",
    "sale_lines",
    "what own waste had cost",
  ],
  ["sale lines gone", "delete from sale_lines where line = 0", "sales", "total equals the sum of the lines"],
  [
    "a member's share",
    "update consignment_sales set member_idr = member_idr + 1",
    "consignment_sales",
    "credit member",
  ],
  ["a void of a sale gone", "delete from sale_voids", "journals", "belongs to a row of sale_voids"],
  [
    "a payment of a sale",
    "update sale_payments set amount_idr = amount_idr + 1",
    "sale_payments",
    "off what the buyer owes",
  ],
  ["a payment gone", "delete from sale_payments", "journals", "belongs to a row of sale_payments"],
  [
    "a count",
    `update stock_counts set counted_g = counted_g + 1 where ${row("stock_counts")}`,
    "stock_counts",
    "moves the difference",
  ],
  [
    "a count's worth",
    "update stock_count_ends set value_idr = value_idr + 1",
    "stock_count_ends",
    "worth of the difference",
  ],
  ["a count gone", "delete from stock_count_ends", "journals", "belongs to a row of stock_count_ends"],
  [
    "a movement",
    "update cash_movements set amount_idr = amount_idr + 1 where state = 'posted'",
    "cash_movements",
    "moves its amount as its kind says",
  ],
  [
    "a movement gone",
    `delete from cash_movements where ${row("cash_movements", "min", "state = 'posted'")}`,
    "journals",
    "belongs to a row of cash_movements",
  ],
  [
    "an expense",
    "update expenses set amount_idr = amount_idr + 1",
    "expenses",
    "moves its amount from where it was paid",
  ],
  [
    "an expense gone",
    `delete from expenses where ${row("expenses")}`,
    "journals",
    "belongs to a row of expenses",
  ],
  [
    "a float",
    `update shifts set float_idr = float_idr + 1 where ${row("shifts")}`,
    "shifts",
    "moves the float out of the vault",
  ],
  [
    "a shift gone",
    `delete from shifts where ${row("shifts", "max", "float_idr > 0")}`,
    "journals",
    "belongs to a row of shifts",
  ],
  [
    "a count of a drawer",
    "update shift_closes set counted_idr = counted_idr + 1",
    "shift_closes",
    "what was counted into the vault",
  ],
  [
    "what terminals paid",
    "update shift_closes set node_cash_idr = node_cash_idr + 1",
    "shift_closes",
    "sum of what terminals had paid",
  ],
  [
    "a terminal's cash gone",
    "delete from shift_close_nodes",
    "shift_closes",
    "what terminals had paid out of the drawer",
  ],
  [
    "a move",
    "update book_moves set amount_idr = amount_idr + 1",
    "book_moves",
    "moves its amount from book to book",
  ],
  ["a move gone", "delete from book_moves", "journals", "belongs to a row of book_moves"],
  [
    "a mass withdrawal",
    "update mass_withdrawal_items set amount_idr = amount_idr + 1",
    "mass_withdrawal_items",
    "its payout is of its amount",
  ],
  [
    "a close's sums",
    `update closes set totals = '{"accounts":[],"journals":[]}' where ${row("closes")}`,
    "closes",
    "stands as the journals say",
  ],
  [
    "a close that nobody can read",
    `update closes set totals = substr(totals, 2) where ${row("closes")}`,
    "closes",
    "can be read",
  ],
  [
    "a close's head",
    `update closes set head_hash = audit_head_hash where ${row("closes")}`,
    "closes",
    "stands on the seal",
  ],
  [
    "a seal",
    "update seals set hash = replace(hash, substr(hash, 1, 4), '0000') where seq = 3",
    "journals",
    "as it was when it was sealed",
  ],
  ["a seal gone", "delete from seals where seq = 3", "seals", "no seal is missing before it"],
  [
    "a deed",
    `update audit_events set row_hash = null, actor = 'user:x' where ${row("audit_events")}`,
    "audit_events",
    "as it was when it was sealed",
  ],
  [
    "a deed gone",
    `delete from audit_events where ${row("audit_events", "max")}`,
    "audit_events",
    "the row of its seal is there",
  ],
];

/** Further crimes: small ones, and those that only a deed or a seal tells of. Tried within the process alone. */
const FURTHER_CRIMES: typeof CRIMES = [
  // What a share of a sale brought.
  [
    "what a member's waste brought",
    "update consignment_sales set proceeds_idr = proceeds_idr + 1",
    "consignment_sales",
    "brings its part of what all grams of the line brought",
  ],
  [
    "grams of a member's waste",
    "update consignment_sales set grams = grams + 1",
    "sale_lines",
    "grams of its consignments add up",
  ],
  [
    "what members got of a line",
    "update sale_lines set members_idr = members_idr - 1 where members_idr > 0",
    "sale_lines",
    "member_idr of its consignments add up",
  ],
  [
    "a share of other waste",
    "update consignment_sales set line = line + 100",
    "consignment_sales",
    "sells waste that waits to be sold",
  ],
  // Closes and chains.
  ["a close gone", `delete from closes where ${row("closes")}`, "closes", "the row of its deed is there"],
  [
    "how many breaches a close has found",
    "update closes set violations = violations + 1",
    "closes",
    "as its deed says",
  ],
  ["what a close says of a day", "update closes set day = '2020-01-01'", "closes", "as its deed says"],
  [
    "the newest seals of deeds gone",
    "delete from seals where chain = 'audit_events' and seq > 3",
    "seals",
    "is there as a close has named it",
  ],
  [
    "a whole chain gone",
    "delete from seals where chain = 'prices'",
    "seals",
    "is there as a close has named it",
  ],
  [
    "sums of a close that are none",
    `update closes set totals = '{"accounts":[null]}'`,
    "closes",
    "its totals can be read",
  ],
  // Rows that no person has made are sealed with their journals.
  [
    "the frame of a scale",
    "update deposit_lines set raw = 'ff' where raw is not null",
    "journals",
    "as it was when it was sealed",
  ],
  [
    "the day of a deposit from a terminal",
    "update deposits set received_ms = received_ms + 1 where source = 'terminal'",
    "journals",
    "as it was when it was sealed",
  ],
  [
    "the day of an imported deposit",
    "update deposits set received_ms = received_ms + 1 where source = 'import'",
    "journals",
    "as it was when it was sealed",
  ],
  [
    "an imported deposit's amount",
    "update deposits set total_idr = total_idr + 1 where source = 'import'",
    "deposits",
    "total equals the sum of the lines",
  ],
  [
    "an imported withdrawal's amount",
    "update imported_withdrawals set amount_idr = amount_idr + 1",
    "imported_withdrawals",
    "takes its amount out of the book",
  ],
  [
    "an imported withdrawal's row",
    "update imported_withdrawals set row_key = 'x'",
    "journals",
    "as it was when it was sealed",
  ],
  [
    "an imported withdrawal gone",
    "delete from imported_withdrawals",
    "journals",
    "belongs to a row of imported_withdrawals",
  ],
  [
    "why a deposit was taken back",
    "update deposit_voids set reason = 'x'",
    "journals",
    "as it was when it was sealed",
  ],
  // Cash for somebody who had left.
  [
    "what is owed to somebody who has left",
    "update owed_settlements set amount_idr = amount_idr + 1",
    "owed_settlements",
    "pays what is owed to the person",
  ],
  ["a settlement gone", "delete from owed_settlements", "journals", "belongs to a row of owed_settlements"],
  [
    "a settlement that was not decided",
    "update owed_settlements set state = 'requested', decided_by = null, decided_ms = null, journal_id = null",
    "journals",
    "belongs to a row of owed_settlements",
  ],
  // A payout that was called off.
  [
    "a payout that was called off, paid",
    "update payouts set state = 'paid' where resolution = 'not_paid'",
    "payouts",
    "is paid once",
  ],
  [
    "another decision about a payout",
    "update payouts set resolution = 'paid' where resolution = 'not_paid'",
    "payouts",
    "as its deed says",
  ],
  [
    "a decision that nobody took",
    "update payouts set resolution_by = null, resolution_agreed_by = null, state = 'cancelled' where resolution = 'not_paid'",
    "payouts",
    "ended_by is who did it by the audit log",
  ],
  // Members.
  [
    "a member closed",
    "update members set closed_ms = 1 where closed_ms is null",
    "members",
    "is closed when the audit log says so",
  ],
  [
    "an erased member opened",
    "update members set closed_ms = null, erased_ms = null",
    "members",
    "is erased when the audit log says so",
  ],
  [
    "the kind of a member",
    `update members set kind = 'group' where id in (select member_id from consents)`,
    "members",
    "as its deed says",
  ],
  ["what is known of a member", "delete from member_personal_data", "members", "as its deed says"],
  ["the parent of a unit", "update waste_banks set parent_id = null", "waste_banks", "as its deed says"],
  ["a material's name", "update materials set name = 'x'", "materials", "as its deed says"],
  // Names that are gone, and such as only keep two people apart.
  ...(
    [
      ["deposits", "taken_by"],
      ["deposit_voids", "voided_by"],
      ["deposit_differences", "settled_by"],
      ["payouts", "approved_by"],
      ["payouts", "ended_by"],
      ["cash_movements", "decided_by"],
      ["owed_settlements", "decided_by"],
      ["stock_count_ends", "decided_by"],
      ["webhook_inbox", "handled_by"],
      ["payout_alarms", "seen_by"],
    ] as const
  ).map(([table, column]): (typeof CRIMES)[number] => [
    `${column} of ${table} is empty`,
    `update ${table} set ${column} = null`,
    table,
    `${column} names who did it`,
  ]),
  ...(
    [
      ["sale_voids", "sold_by"],
      ["stock_count_ends", "counted_by"],
      ["mass_approvals", "requested_by"],
      ["cash_movement_voids", "requested_by"],
      ["expense_voids", "spent_by"],
      ["shift_confirmations", "cashier_id"],
    ] as const
  ).map(([table, column]): (typeof CRIMES)[number] => [
    `${column} of ${table} is another`,
    `update ${table} set ${column} = 'ghost'`,
    table,
    `${column} is the `,
  ]),
];

/** What only the row itself would tell of, were it not held against a deed, a seal, or what its kind is by the programme. */
const SILENT_CRIMES: typeof CRIMES = [
  [
    "a decision about a payout, forgotten",
    "update payouts set resolution = null, resolution_by = null, resolution_agreed_by = null, resolution_ms = null, resolution_reason = null where resolution is not null",
    "payouts",
    "is as its deed says",
  ],
  [
    "who agreed to a decision, forgotten",
    "update payouts set resolution_agreed_by = null where resolution is not null",
    "payouts",
    "is as its deed says",
  ],
  [
    "an account that may fall below zero",
    "update accounts set floor_zero = 0 where kind = 'member_savings'",
    "accounts",
    "has the floor of its kind",
  ],
  [
    "an account turned around",
    "update accounts set normal = 'D' where kind = 'member_savings'",
    "accounts",
    "has the normal side of its kind",
  ],
  [
    "an account of another part",
    "update accounts set part = 'x' where kind = 'expense'",
    "accounts",
    "has the id of what it is",
  ],
  [
    "a movement that was posted, rejected",
    "update cash_movements set state = 'rejected' where state = 'posted' and decided_by is null",
    "cash_movements",
    "has a journal when it is posted, and only then",
  ],
  [
    "a movement that was posted, asked for",
    "update cash_movements set state = 'requested' where state = 'posted' and decided_by is null",
    "cash_movements",
    "has a journal when it is posted, and only then",
  ],
  [
    "an expense that was posted, rejected",
    "update expenses set state = 'rejected' where state = 'posted'",
    "expenses",
    "has a journal when it is posted, and only then",
  ],
  [
    "a settlement that was paid, rejected",
    "update owed_settlements set state = 'rejected' where state = 'paid'",
    "owed_settlements",
    "has a journal when it is paid, and only then",
  ],
  ...["confirmation = 'x'", "receipt_no = 'x'", "paid_ms = paid_ms + 1", "shift_id = 'x'"].map(
    (change): (typeof CRIMES)[number] => [
      `cash handed out with another ${change.slice(0, change.indexOf(" "))}`,
      `update cash_payouts set ${change}`,
      "journals",
      "as it was when it was sealed",
    ],
  ),
  [
    "the receipt of a settlement",
    "update owed_settlements set receipt_no = null",
    "journals",
    "as it was when it was sealed",
  ],
  ...["deposits", "cash_payouts", "owed_settlements"].map((table): (typeof CRIMES)[number] => [
    `a series of receipts gone, by ${table}`,
    "delete from receipt_series",
    table,
    "the series of its receipt is there",
  ]),
  [
    "what differs in a receipt, gone",
    "delete from deposit_differences where line = -1",
    "journals",
    "as it was when it was sealed",
  ],
  [
    "why a receipt differs",
    "update deposit_differences set reason = 'x'",
    "journals",
    "as it was when it was sealed",
  ],
  [
    "when a difference was noticed",
    "update deposit_differences set noticed_ms = noticed_ms + 1",
    "journals",
    "as it was when it was sealed",
  ],
  [
    "when a row was sealed",
    "update seals set sealed_ms = sealed_ms - 1 where seq = 3",
    "journals",
    "as it was when it was sealed",
  ],
  [
    "attempts that failed, gone",
    "delete from payout_attempts where state in ('failed', 'refused')",
    "payouts",
    "is as its deed says",
  ],
  [
    "an attempt before another, gone",
    "update payout_attempts set n = n + 1",
    "payouts",
    "its attempts are numbered without a gap",
  ],
  ...["hint = '0000'", "fingerprint = 'x'", "name_check = 'matched'"].map(
    (change): (typeof CRIMES)[number] => [
      `another ${change.slice(0, change.indexOf(" "))} of an account`,
      `update destinations set ${change}`,
      "destinations",
      "is as its deed says",
    ],
  ),
  ["consents gone", "delete from consents", "consents", "as often as the audit log says"],
];

/** Whoever is named for a deed, when it was done and what was said, changed in every table that the checks know. */
const NAME_CRIMES: typeof CRIMES = NAMED_DEEDS.flatMap(({ table, column, at, reason }) => [
  [
    `${column} of ${table} is somebody else`,
    `update ${table} set ${column} = 'user:ghost' where ${column} is not null`,
    table,
    `${column} is who did it by the audit log`,
  ],
  ...(at === undefined
    ? []
    : [
        [
          `${at} of ${table} is another time`,
          `update ${table} set ${at} = ${at} + 1`,
          table,
          `${at} is when it was done`,
        ] as (typeof CRIMES)[number],
      ]),
  ...(reason === undefined
    ? []
    : [
        [
          `${reason} of ${table} is another`,
          `update ${table} set ${reason} = 'x' where ${reason} is not null`,
          table,
          `${reason} is what the audit log says`,
        ] as (typeof CRIMES)[number],
      ]),
]);

/** A column of each table whose rows a deed keeps; other columns are kept with it. */
const KEPT_COLUMNS: Partial<Record<string, string>> = {
  cash_movements: "reason = 'x'",
  cash_movement_voids: "reason = 'x'",
  expenses: "note = 'x'",
  expense_voids: "reason = 'x'",
  owed_settlements: "reason = 'x'",
  shifts: "opened_ms = opened_ms + 1",
  shift_closes: "reason = 'x'",
  shift_explanations: "reason = 'x'",
  shift_confirmations: "confirmed_ms = confirmed_ms + 1",
  book_moves: "moved_ms = moved_ms + 1",
  mass_withdrawals: "reason = 'x'",
  payouts: "requested_day = '2020-01-01'",
  destinations: "usable_from_ms = created_ms",
  sales: "occurred_ms = occurred_ms + 1",
  sale_payments: "occurred_ms = occurred_ms + 1",
  sale_voids: "reason = 'x'",
  stock_counts: "reason = 'x'",
  off_takers: "name = 'x'",
  materials: "category = 'y'",
  waste_banks: "name = 'x'",
  members: "number = number || 'x'",
  savings_products: "name = 'x'",
  closes: "closed_ms = closed_ms + 1",
};

const DEED_CRIMES: typeof CRIMES = DEED_ROWS.flatMap(({ table }) => [
  [
    `what is said of ${table}`,
    `update ${table} set ${KEPT_COLUMNS[table] ?? "no_such_column = 1"}`,
    table,
    "is as its deed says",
  ],
  [`every row of ${table} gone`, `delete from ${table}`, table, "the row of its deed is there"],
]);

interface Finding {
  table: string;
  id: string;
  what: string;
}

const CHECKS_OFF = "pragma ignore_check_constraints = on";

describe("tampering with the file itself", () => {
  const folder = makeTempDir("tampering");
  afterAll(() => folder.remove());
  let clean: string;

  onEngine("sqlite", "a copy of it", (suite) => {
    beforeAll(async () => {
      await fillBooks(suite.store);
      await sql`pragma wal_checkpoint(truncate)`.execute(suite.store.db);
      clean = suite.url.slice("sqlite:".length);
    }, 60_000);

    it("verifies before, also against heads that were kept elsewhere", async () => {
      const { code, stdout } = await ledger(suite.url, "verify");
      expect(code).toBe(0);
      const { heads } = JSON.parse(stdout);
      expect(await ledger(suite.url, "verify", "--heads", heads)).toMatchObject({ code: 0 });
      const others = heads.replace(/audit_events (\d+) .{8}/, "audit_events $1 00000000");
      const told = await ledger(suite.url, "verify", "--heads", others);
      expect(told.code).toBe(1);
      expectFound(JSON.parse(told.stdout).violations, "seals", "is there as it was written down");
      expect(await ledger(suite.url, "verify", "--heads", "somewhere")).toMatchObject({
        code: 2,
        stdout: "",
      });
    }, 60_000);

    // One crime for each table as a process of its own; all of them are tried on PostgreSQL below.
    const perTable = [...new Map(CRIMES.map((crime) => [tableOf(crime[1]), crime])).values()];
    it.each(perTable)(
      "%s is told by `ledger verify`, which ends with 1",
      async (_crime, statement, table, promise) => {
        const path = join(folder.path, `${crypto.randomUUID()}.sqlite`);
        copyFileSync(clean, path);
        const file = new DatabaseSync(path, { enableForeignKeyConstraints: false });
        file.exec(CHECKS_OFF);
        for (const { name } of file.prepare("select name from sqlite_master where type = 'trigger'").all())
          file.exec(`drop trigger ${String(name)}`);
        file.exec(statement);
        file.close();
        const { code, stdout } = await ledger(`sqlite:${path}`, "verify");
        expect(code).toBe(1);
        expectFound(JSON.parse(stdout).violations, table, promise);
      },
    );
  });
});

onEachEngine("tampering behind the triggers' back", (suite) => {
  beforeAll(async () => {
    await fillBooks(suite.store);
  }, 60_000);

  it.each([...CRIMES, ...FURTHER_CRIMES, ...SILENT_CRIMES, ...NAME_CRIMES, ...DEED_CRIMES])(
    "%s is found",
    async (_crime, statement, table, promise) => {
      const found = await tampered(suite.store, [...(await unchecked()), statement], (tx) =>
        verifyLedger(tx as Tx, 0),
      );
      await sql
        .raw(suite.engine === "sqlite" ? "pragma ignore_check_constraints = off" : "select 1")
        .execute(suite.store.db);
      expectFound(found, table, promise);
    },
  );

  /** CHECKs hold for whoever has the file as little as triggers do. */
  async function unchecked(): Promise<string[]> {
    if (suite.engine === "sqlite") return [CHECKS_OFF];
    const { rows } = await sql<{ statement: string }>`
      select format('alter table %I drop constraint %I', conrelid::regclass, conname) as statement
      from pg_constraint where contype = 'c' and connamespace = 'public'::regnamespace`.execute(
      suite.store.db,
    );
    return rows.map(({ statement }) => statement);
  }
});

function tableOf(statement: string): string {
  return /^(?:update|delete from) (\w+)/.exec(statement)?.[1] ?? "";
}

function expectFound(found: Finding[], table: string, promise: string): void {
  const told = found.map((one) => [one.table, one.what]);
  expect(told).toContainEqual([table, expect.stringContaining(promise)]);
  for (const { id } of found) expect(id).not.toBe("");
}
