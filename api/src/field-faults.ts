/** What a schema finds wrong with a request, in sentences: TypeBox speaks of patterns and constants, people of what to send. */
import { EVENT_ID_PATTERN, NAME_PATTERN } from "@jumpa-madu/contracts/ids";
import type { FieldFault } from "./problem-error.ts";

/** A fault as TypeBox tells it. `schemaPath` leads to the schema that the value does not fit, from `#` on. */
export interface SchemaFault {
  keyword?: string;
  schemaPath?: string;
  instancePath: string;
  params?: Record<string, unknown>;
  message?: string | undefined;
}

/** What TypeBox says of a value that fits none of several forms, after it has said why each does not fit. */
const NO_FORM = "must match a schema in anyOf";

/** What TypeBox says of a value that is not null where it may be: of no use beside why the other form does not fit. */
const NOT_NULL = "must be null";

/** Forms of text that many schemas share. */
const FORMS: Record<string, string> = {
  [EVENT_ID_PATTERN]: "must be a UUIDv7",
  [NAME_PATTERN]: "must be 1 to 64 lower-case letters, digits and hyphens",
};

/**
 * The faults of one part of a request, one for each thing to mend. TypeBox itself stops after eight, so a large wrong body
 * does not become a large answer.
 */
export function faultsOf(part: string, errors: SchemaFault[], schema: unknown): FieldFault[] {
  const prefix = part === "body" ? "" : `/${part}`;
  const telling = errors.filter(({ message }) => message !== NO_FORM && message !== NOT_NULL);
  const kept = errors.filter((error) => telling.includes(error) || !isSaidBetter(error, telling));
  const faults = kept.map((error) => {
    const path = `${prefix}${error.instancePath}`;
    return { path: path === "" ? "/" : path, message: sentenceOf(part, error, { schema, errors }) };
  });
  return faults.filter(
    ({ path, message }, index) =>
      faults.findIndex((other) => other.path === path && other.message === message) === index,
  );
}

interface Ground {
  /** The schema of the whole part. */
  schema: unknown;
  errors: SchemaFault[];
}

function sentenceOf(part: string, error: SchemaFault, { schema, errors }: Ground): string {
  const { keyword, instancePath, params = {}, message = "is not valid" } = error;
  // In these words TypeBox says that an object has a field too many.
  if (message === "schema is false") return "is not a field of this";
  switch (keyword) {
    case "enum":
      return oneOf(params.allowedValues as unknown[]);
    case "const":
      return oneOf(
        errors
          .filter((other) => other.keyword === "const" && other.instancePath === instancePath)
          .map((other) => other.params?.allowedValue),
      );
    case "type":
      return part === "body" && instancePath === "" && params.type === "object" ? objectOf(schema) : message;
    case "minLength":
    case "pattern": {
      if (params.pattern === EVENT_ID_PATTERN && part === "body" && instancePath === "/id")
        return "must be a UUIDv7, drawn by you";
      return FORMS[String(params.pattern)] ?? descriptionAt(schema, error.schemaPath) ?? message;
    }
    default:
      return message;
  }
}

function oneOf(values: unknown[]): string {
  const words = values.map((value) => (typeof value === "string" ? value : JSON.stringify(value)));
  return words.length === 1 ? `must be ${words[0]}` : `must be one of: ${words.join(", ")}`;
}

function objectOf(schema: unknown): string {
  const required = (schema as { required?: string[] } | undefined)?.required ?? [];
  return required.length === 0
    ? "send a JSON object; {} when there is nothing to say"
    : `send a JSON object with: ${required.join(", ")}`;
}

/** What a schema says of itself; null where it says nothing. */
function descriptionAt(schema: unknown, path = "#"): string | null {
  const at = path
    .split("/")
    .slice(1)
    .reduce<unknown>((node, step) => (node as Record<string, unknown> | undefined)?.[step], schema);
  return (at as { description?: string } | undefined)?.description ?? null;
}

/** True when another fault is of the same value or of a part of it. */
function isSaidBetter({ instancePath }: SchemaFault, telling: SchemaFault[]): boolean {
  return telling.some(
    (other) => other.instancePath === instancePath || other.instancePath.startsWith(`${instancePath}/`),
  );
}
