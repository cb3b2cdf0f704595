/** Reads a service's settings from environment variables by their schema: one property a variable. */
import type { Static, TObject, TSchema } from "typebox";
import { type Checked, checkerOf } from "./validate.ts";

/** Value that leaves an optional variable out although it has a default. */
const OFF = "off";

/** Variables as a process has them. */
export type Environment = Record<string, string | undefined>;

/**
 * Reads every variable of the schema; an empty one counts as left out and gets its default.
 *
 * Answers all faults at once, each beginning with the variable's name; none repeats a value, which may be a secret. With
 * `prefix`, a variable that begins so and is not in the schema is a fault too: it is a setting with a slip in its name.
 */
export function readEnvironment<S extends TObject>(
  schema: S,
  env: Environment,
  prefix?: string,
): Checked<Static<S>> {
  const missing: string[] = [];
  const given: Record<string, unknown> = {};
  for (const [name, property] of Object.entries<TSchema>(schema.properties)) {
    const text = env[name];
    const isOptional = !schema.required.includes(name);
    if (text === OFF && isOptional) continue;
    if (text !== undefined && text !== "") given[name] = isInteger(property) ? numberOf(text) : text;
    else if ("default" in property) given[name] = property.default;
    else if (!isOptional) missing.push(name);
  }
  const faults = missing.map((name) => `${name} is missing`);
  const checked = checkerOf(schema).check(given);
  if (!checked.ok)
    faults.push(...checked.faults.filter((fault) => !fault.startsWith("/ ")).map((fault) => fault.slice(1)));
  if (prefix !== undefined) {
    const unknown = Object.keys(env).filter(
      (name) => name.startsWith(prefix) && !(name in schema.properties),
    );
    faults.push(...unknown.map((name) => `${name} is not a setting; is there a slip in its name?`));
  }
  return checked.ok && faults.length === 0 ? checked : { ok: false, faults };
}

function isInteger(schema: TSchema): boolean {
  return "type" in schema && schema.type === "integer";
}

/** A whole number in digits; the text itself when it is none, which the schema then refuses. */
function numberOf(text: string): number | string {
  return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}
