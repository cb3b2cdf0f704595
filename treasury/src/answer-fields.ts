/** Reads members out of answers that may be anything: a member of another type is one that is not there. */

/** Bytes as UTF-8 and JSON; undefined when they are not. */
export function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

/** A JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object that is neither null nor an array; null when it is no such. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** A text of 1 to 1,000 characters; undefined when there is none. */
export function textAt(fields: Fields | null, name: string): string | undefined {
  const value = own(fields, name);
  return typeof value === "string" && value !== "" && value.length <= 1_000 ? value : undefined;
}

/** Whole rupiah, 0 to the largest safe integer; undefined for a fraction, a text, or nothing. */
export function rupiahAt(fields: Fields | null, name: string): number | undefined {
  const value = own(fields, name);
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

/** A number of an account: a text, or digits that came as a number. */
export function digitsAt(fields: Fields | null, name: string): string | undefined {
  const value = own(fields, name);
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return String(value);
  return textAt(fields, name);
}

/** A member of the object itself, so that `constructor` is none. */
function own(fields: Fields | null, name: string): unknown {
  return fields !== null && Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** The members of an object that are not undefined. */
export function definedOf<T extends object>(members: { [K in keyof T]: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Value of a table under a key that somebody else has chosen; undefined for what every object has. */
export function entryOf<V>(table: Readonly<Record<string, V>>, key: string | undefined): V | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
