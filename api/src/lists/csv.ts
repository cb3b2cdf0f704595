/**
 * CSV by RFC 4180: comma, CRLF, quotes doubled. Columns come from the item's schema, so that a list without rows still
 * has its header.
 */
import type { TSchema } from "typebox";

/** One column: its header, and the way to its value in an item. */
export interface CsvColumn {
  header: string;
  path: string[];
}

/** Columns of an item: objects within it are opened (`level_fill`), arrays stay one cell of JSON. */
export function csvColumnsOf(schema: TSchema, path: string[] = []): CsvColumn[] {
  const object = asObject(schema);
  if (object === null) return [{ header: path.join("_"), path }];
  return Object.entries(object).flatMap(([name, field]) => csvColumnsOf(field, [...path, name]));
}

/** First line of the file. */
export function csvHeader(columns: CsvColumn[]): string {
  return `${columns.map(({ header }) => cellOf(header)).join(",")}\r\n`;
}

/** One line of the file. */
export function csvLine(columns: CsvColumn[], item: unknown): string {
  return `${columns.map(({ path }) => cellOf(valueAt(item, path))).join(",")}\r\n`;
}

/**
 * One cell. A text that a spreadsheet would run as a formula (CWE-1236) is led by an apostrophe; numbers stay numbers.
 */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const inert = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}

function asObject(schema: TSchema): Record<string, TSchema> | null {
  if ("properties" in schema) return schema.properties as Record<string, TSchema>;
  if (!("anyOf" in schema)) return null;
  const object = (schema.anyOf as TSchema[]).filter((one) => "properties" in one);
  return object.length === 1 && object[0] !== undefined ? asObject(object[0]) : null;
}

function valueAt(item: unknown, path: string[]): unknown {
  let value = item;
  for (const name of path) {
    if (typeof value !== "object" || value === null) return null;
    value = Reflect.get(value, name);
  }
  return value;
}
