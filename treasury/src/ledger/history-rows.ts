/**
 * Rows of a waste bank's history, as it is kept in spreadsheets: `materials.csv` (name, price_idr_per_kg, category, condition,
 * sipsn_class), `deposits.csv` (date, member, material, weight_kg, amount_idr) and `withdrawals.csv` (date, member, amount_idr).
 *
 * Pure: text in, rows and refused rows out. A row that cannot be read is refused with its line and a reason; all others go
 * on. Comma or semicolon, a decimal comma where semicolons part the columns, line ends of any kind, with or without a byte
 * order mark.
 */
import { startOfDayMs } from "@jumpa-madu/contracts/local-day";
import { AMOUNT_IDR_MAX, WEIGHT_G_MAX } from "@jumpa-madu/contracts/units";
import { CsvError, parse } from "csv-parse/sync";
import { CommandError } from "./command-error.ts";

/** Files of a history. */
export const HISTORY_FILES = ["materials.csv", "deposits.csv", "withdrawals.csv"] as const;
export type HistoryFile = (typeof HISTORY_FILES)[number];

/** A row that is left out, by the number of its line in the file, the header being line 1. */
export interface RefusedRow {
  file: HistoryFile;
  line: number;
  reason: string;
}

/** A kind of waste with the price that is in force now. */
export interface MaterialRow {
  line: number;
  name: string;
  priceIdrPerKg: number;
  category: string;
  condition: string;
  sipsnClass: string | null;
}

export interface DepositRow {
  line: number;
  /** WIB, `2025-06-20`. */
  day: string;
  /** Code of the member in this history, such as `M0001`. */
  member: string;
  /** As it is spelt in this row. */
  material: string;
  weightG: number;
  amountIdr: number;
}

export interface WithdrawalRow {
  line: number;
  day: string;
  member: string;
  amountIdr: number;
}

/** What a file holds. */
export interface Rows<Row> {
  rows: Row[];
  refused: RefusedRow[];
}

const SIPSN_CLASSES = ["SM", "KR", "KK", "PL", "LG", "KT", "KL", "KC", "LN"];
const MEMBER_CODE = /^[A-Z0-9-]{1,15}$/;
const PRICE_IDR_PER_KG_MAX = 10_000_000;

/** Reads `materials.csv`. Throws CommandError when it is no CSV or lacks a column. */
export function readMaterials(text: string): Rows<MaterialRow> {
  return readRows("materials.csv", text, {
    columns: ["name", "price_idr_per_kg", "category", "condition", "sipsn_class"],
    toRow: (cells, line) => {
      const sipsnClass = cells.sipsn_class === "" ? null : cells.sipsn_class;
      if (sipsnClass !== null && !SIPSN_CLASSES.includes(sipsnClass))
        throw new RowFault(`sipsn_class "${sipsnClass}" is none of ${SIPSN_CLASSES.join(", ")}`);
      return {
        line,
        name: nameOf(cells.name, "name"),
        priceIdrPerKg: wholeOf(cells.price_idr_per_kg, {
          name: "price_idr_per_kg",
          min: 0,
          max: PRICE_IDR_PER_KG_MAX,
        }),
        category: nameOf(cells.category, "category"),
        condition: cells.condition === "" ? "" : nameOf(cells.condition, "condition"),
        sipsnClass,
      };
    },
  });
}

/** Reads `deposits.csv`; no row may be of a day after `today`. Throws CommandError when it is no CSV or lacks a column. */
export function readDeposits(text: string, today: string): Rows<DepositRow> {
  return readRows("deposits.csv", text, {
    columns: ["date", "member", "material", "weight_kg", "amount_idr"],
    toRow: (cells, line, decimal) => ({
      line,
      day: dayIn(cells.date, today),
      member: memberIn(cells.member),
      material: nameOf(cells.material, "material"),
      weightG: gramsOf(cells.weight_kg, decimal),
      amountIdr: wholeOf(cells.amount_idr, { name: "amount_idr", min: 0, max: AMOUNT_IDR_MAX }),
    }),
  });
}

/** Reads `withdrawals.csv`; no row may be of a day after `today`. Throws CommandError when it is no CSV or lacks a column. */
export function readWithdrawals(text: string, today: string): Rows<WithdrawalRow> {
  return readRows("withdrawals.csv", text, {
    columns: ["date", "member", "amount_idr"],
    toRow: (cells, line) => ({
      line,
      day: dayIn(cells.date, today),
      member: memberIn(cells.member),
      amountIdr: wholeOf(cells.amount_idr, { name: "amount_idr", min: 1, max: AMOUNT_IDR_MAX }),
    }),
  });
}

/** Why one row cannot be read. */
class RowFault extends Error {}

type DecimalMark = "." | ",";

interface Shape<Column extends string, Row> {
  columns: Column[];
  /** Throws RowFault. */
  toRow: (cells: Record<Column, string>, line: number, decimal: DecimalMark) => Row;
}

function readRows<Column extends string, Row>(
  file: HistoryFile,
  text: string,
  { columns, toRow }: Shape<Column, Row>,
): Rows<Row> {
  const { header, records, decimal } = parseCsv(file, text);
  const missing = columns.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw new CommandError(
      `${file} has no column ${missing.join(", ")}; its first line must name ${columns.join(", ")}`,
    );
  }
  const rows: Row[] = [];
  const refused: RefusedRow[] = [];
  for (const { cells, line } of records) {
    try {
      if (cells.length !== header.length)
        throw new RowFault(`the row has ${cells.length} cells, the header ${header.length}`);
      const named = Object.fromEntries(
        columns.map((column) => [column, cells[header.indexOf(column)] ?? ""]),
      );
      rows.push(toRow(named as Record<Column, string>, line, decimal));
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      refused.push({ file, line, reason: error.message });
    }
  }
  return { rows, refused };
}

interface CsvRecord {
  cells: string[];
  line: number;
}

function parseCsv(
  file: HistoryFile,
  text: string,
): { header: string[]; records: CsvRecord[]; decimal: DecimalMark } {
  const firstLine = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = firstLine.includes(";") ? ";" : ",";
  try {
    const parsed = parse(text, {
      bom: true,
      delimiter,
      // Rows that were appended elsewhere may end otherwise than those above.
      record_delimiter: ["\r\n", "\n", "\r"],
      info: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
      // With `info` each row comes with where it stands, which the library's types do not say.
    }) as unknown as { record: string[]; info: { lines: number } }[];
    const [header, ...records] = parsed.map(({ record, info }) => ({ cells: record, line: info.lines }));
    if (header === undefined)
      throw new CommandError(`${file} is empty; its first line must name the columns`);
    return { header: header.cells, records, decimal: delimiter === ";" ? "," : "." };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new CommandError(`${file} is no CSV: ${error.message}`, error);
  }
}

function dayIn(cell: string, today: string): string {
  try {
    startOfDayMs(cell);
  } catch {
    throw new RowFault(`date "${cell}" is no day; write it as 2025-06-20`);
  }
  if (!/^20[0-9]{2}-/.test(cell)) throw new RowFault(`date "${cell}" is before the year 2000`);
  if (cell > today) throw new RowFault(`date ${cell} lies in the future`);
  return cell;
}

function memberIn(cell: string): string {
  const code = cell.toUpperCase();
  if (MEMBER_CODE.test(code)) return code;
  throw new RowFault(`member "${cell}" is no code; use up to 15 letters, digits and hyphens, and no name`);
}

function nameOf(cell: string, column: string): string {
  const name = cell.replaceAll(/\s+/g, " ");
  if (name === "") throw new RowFault(`${column} is missing`);
  if (name.length > 200 || /\p{Cc}/u.test(name))
    throw new RowFault(`${column} must be at most 200 printable characters`);
  return name;
}

function wholeOf(cell: string, { name, min, max }: { name: string; min: number; max: number }): number {
  const value = /^[0-9]{1,15}$/.test(cell) ? Number(cell) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new RowFault(
    `${name} "${cell}" is no whole number from ${min} to ${max}; write it without points and signs`,
  );
}

/** Kilograms with up to three decimals, as whole grams. */
function gramsOf(cell: string, decimal: DecimalMark): number {
  const match = /^([0-9]{1,6})(?:([.,])([0-9]{1,3}))?$/.exec(cell);
  const isRead = match !== null && (match[2] === undefined || match[2] === decimal);
  const grams = isRead ? Number(match[1]) * 1_000 + Number((match[3] ?? "").padEnd(3, "0")) : 0;
  if (grams >= 1 && grams <= WEIGHT_G_MAX) return grams;
  throw new RowFault(`weight_kg "${cell}" is no weight above 0 in kilograms with at most three decimals`);
}
