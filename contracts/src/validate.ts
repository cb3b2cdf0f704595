/** Checks values against schemas and says in words what is wrong. */
import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";

/** Outcome of a check: the value with its type, or the faults in words, each naming where it is. */
export type Checked<T> = { ok: true; value: T } | { ok: false; faults: string[] };

/** What TypeBox says of each additional property, beside the fault that names them all. */
const REPEATED = "schema is false";

/** A compiled schema. */
export interface Checker<T> {
  /** True when the value fits; the fast way, without words. */
  fits(value: unknown): value is T;
  /** Checks the value and names each fault by its JSON pointer. */
  check(value: unknown): Checked<T>;
}

/** Compiles a schema once; keep the result, compiling takes about a millisecond. */
export function checkerOf<S extends TSchema>(schema: S): Checker<Static<S>> {
  const validator: Validator<Record<never, never>, S> = Compile(schema);
  return {
    fits: (value): value is Static<S> => validator.Check(value),
    check(value) {
      if (validator.Check(value)) return { ok: true, value: value as Static<S> };
      return { ok: false, faults: faultsOf(validator.Errors(value)) };
    },
  };
}

/** One line a fault. TypeBox itself stops after eight, so a large wrong value does not become a large answer. */
function faultsOf(errors: Iterable<{ instancePath: string; message: string }>): string[] {
  return [...errors]
    .filter(({ message }) => message !== REPEATED)
    .map(({ instancePath, message }) => `${instancePath === "" ? "/" : instancePath} ${message}`);
}
