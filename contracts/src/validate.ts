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

/** Most values that a fault lists as right ones. */
export const VALUES_TOLD_MAX = 12;

/** Longest name of a member that is told whole, in characters. */
const NAME_LENGTH_MAX = 255;

/** One line a fault. TypeBox itself stops after eight, so a large wrong value does not become a large answer. */
function faultsOf(errors: Iterable<SchemaFault>): string[] {
  const all = [...errors];
  const telling = all.filter(({ message }) => message !== REPEATED);
  // With eight members too many TypeBox stops before the fault that names them all.
  return (telling.length > 0 ? telling : all).map(
    (error) => `${error.instancePath === "" ? "/" : printable(error.instancePath)} ${wordsOf(error)}`,
  );
}

interface SchemaFault {
  instancePath: string;
  message: string;
  params: object;
}

/** A name that somebody else has chosen, short and fit for a log and a database. */
function printable(name: string): string {
  return name.slice(0, NAME_LENGTH_MAX).replaceAll(/[^ -~]/g, "?");
}

/** TypeBox names the members that are missing, but neither those that are too many nor the values that would be right. */
function wordsOf({ message, params }: SchemaFault): string {
  if ("additionalProperties" in params && Array.isArray(params.additionalProperties)) {
    const names = params.additionalProperties.map((name) => printable(String(name)));
    return `${message} ${names.join(", ")}`;
  }
  if ("allowedValues" in params && Array.isArray(params.allowedValues)) {
    const values = params.allowedValues;
    return values.length > VALUES_TOLD_MAX ? message : `${message}: ${values.join(", ")}`;
  }
  return message === REPEATED ? "must not be there" : message;
}
