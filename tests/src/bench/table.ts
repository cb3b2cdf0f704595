/** Tables of figures as text. */

/** What may stand in a cell; null is shown as a hyphen. */
export type Cell = string | number | null;

/** A row by its columns; every row has the columns of the first. */
export type Row = Record<string, Cell>;

/** Lays rows out in columns, numbers to the right with their thousands parted. Empty text for no rows. */
export function formatTable(rows: Row[]): string {
  const [first] = rows;
  if (first === undefined) return "";
  const columns = Object.keys(first).map((name) => {
    const cells = rows.map((row) => cellText(row[name] ?? null));
    const width = Math.max(name.length, ...cells.map((cell) => cell.length));
    const isNumeric = rows.every((row) => typeof row[name] !== "string");
    return [name, ...cells].map((cell) => (isNumeric ? cell.padStart(width) : cell.padEnd(width)));
  });
  const lines = Array.from({ length: rows.length + 1 }, (_, line) =>
    columns
      .map((column) => column[line] ?? "")
      .join("  ")
      .trimEnd(),
  );
  const rule = columns.map(([name = ""]) => "-".repeat(name.length)).join("  ");
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

/** Numbers of 100 and more without decimals, smaller ones with up to two. */
function cellText(cell: Cell): string {
  if (cell === null) return "-";
  if (typeof cell === "string") return cell;
  return cell.toLocaleString("en-US", { maximumFractionDigits: Math.abs(cell) >= 100 ? 0 : 2 });
}

/** The middle of the values, or the mean of the two in the middle; null when there is none. */
export function medianOf(values: number[]): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  return upper === undefined || lower === undefined ? null : (upper + lower) / 2;
}
