/** Kinds of column, as Kysely sees them. */
import type { ColumnType } from "kysely";

/** A column that has a default, so that an insert may leave it out. */
export type Defaulted<T> = ColumnType<T, T | undefined, T>;

/** A column that is written once and never changed; the database refuses it as well. */
export type Fixed<T> = ColumnType<T, T, never>;

/** A counter that only the transfers' trigger moves; the database refuses all else as well. */
export type Counter = ColumnType<number, never, never>;

/** Every column of the row written once. */
export type FixedRow<T> = { [Column in keyof T]: Fixed<T[Column]> };
