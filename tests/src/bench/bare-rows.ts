/** Rows of deposits as the ledger would store them, made without asking it: what the bare engine is given. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Deposit, DepositLine } from "@jumpa-madu/contracts/records";
import { accountId, gramsLedger } from "../../../store/src/ledger/account.ts";
import type { SentDeposit } from "./ledger-world.ts";

/** A value of a row. */
export type Value = string | number | null;

/** Rows of one deposit by table, every row with all columns of its table in the order of BARE_COLUMNS. */
export interface BareDeposit {
  rows: Record<BareTable, Value[][]>;
}

/** Tables into which a deposit is written, with the columns that it fills. */
export const BARE_COLUMNS = {
  transfers: [
    "id",
    "journal_id",
    "line",
    "debit_account_id",
    "credit_account_id",
    "amount",
    "phase",
    "pending_id",
    "created_ms",
  ],
  journals: [
    "id",
    "idempotency_key",
    "request_hash",
    "kind",
    "transfers",
    "reverses_id",
    "actor",
    "occurred_ms",
    "created_ms",
  ],
  deposits: [
    "id",
    "body_hash",
    "source",
    "node_id",
    "taken_by",
    "honoured_by",
    "waste_bank_id",
    "member_id",
    "purpose",
    "settlement",
    "share_bps",
    "product_id",
    "device",
    "receipt_no",
    "visit_id",
    "corrects_id",
    "total_idr",
    "amount_rule",
    "journal_id",
    "occurred_ms",
    "received_ms",
  ],
  deposit_lines: [
    "deposit_id",
    "line",
    "material_id",
    "price_id",
    "price_idr_per_kg",
    "gross_g",
    "tare_g",
    "net_g",
    "stable",
    "scale_id",
    "verified_until_ms",
    "raw",
    "supervisor_id",
    "typed_reason",
    "amount_idr",
  ],
} as const;

export type BareTable = keyof typeof BARE_COLUMNS;

/** Any SHA-256 in hexadecimal. */
const HASH = "0123456789abcdef".repeat(4);

/** Makes the rows of a deposit that is bought and saved. */
export function bareDeposit({ node, deposit }: SentDeposit): BareDeposit {
  const { id, t, waste_bank: wasteBank, member } = deposit;
  const journal = newEventId(t);
  const transfers = deposit.lines.flatMap(({ material, net_g: netG, amount_idr: amountIdr }) => {
    const ledger = gramsLedger(material);
    return [
      {
        debit: accountId({ kind: "stock", ledger, wasteBank }),
        credit: accountId({ kind: "intake", ledger, wasteBank }),
        amount: netG,
      },
      {
        debit: accountId({ kind: "stock_value", ledger: "IDR", wasteBank, part: material }),
        credit: accountId({ kind: "member_savings", ledger: "IDR", wasteBank, member, part: "regular" }),
        amount: amountIdr,
      },
    ];
  });
  const ids = transfers.map(() => newEventId(t)).sort();
  return {
    rows: {
      transfers: transfers.map(({ debit, credit, amount }, line) => [
        ids[line] ?? "",
        journal,
        line,
        debit,
        credit,
        amount,
        "post",
        null,
        t,
      ]),
      journals: [[journal, `deposit:${id}`, HASH, "deposit", transfers.length, null, `node:${node}`, t, t]],
      deposits: [depositRow(node, deposit, journal)],
      deposit_lines: deposit.lines.map((line, index) => lineRow(id, line, index)),
    },
  };
}

// biome-ignore format: in the order of BARE_COLUMNS.
function depositRow(node: string, deposit: Deposit, journal: string): Value[] {
  const { id, t, waste_bank: wasteBank, member, receipt_no: receiptNo, total_idr: totalIdr } = deposit;
  return [
    id, HASH, "terminal", node, null, wasteBank, member, "save", "purchase", null, "regular", node,
    receiptNo, null, null, totalIdr, "half-up-per-line-1", journal, t, t,
  ];
}

// biome-ignore format: in the order of BARE_COLUMNS.
function lineRow(deposit: string, line: DepositLine, index: number): Value[] {
  return [
    deposit, index, line.material, line.price, line.price_idr_per_kg, line.gross_g ?? null,
    line.tare_g ?? null, line.net_g, 1, line.scale, null, line.raw ?? null, null, null, line.amount_idr,
  ];
}
