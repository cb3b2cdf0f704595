/** Texts, moments and queries that all resources of the HTTP face share. */
import Type, { type Static } from "typebox";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "../units.ts";

export const strict = { additionalProperties: false } as const;

/**
 * What no text of ours holds: control characters, ends of lines, halves of a surrogate pair, and the controls of writing
 * direction, with which a text reads otherwise than it is kept. Patterns are matched by code points.
 */
const UNFIT = "\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff";

/** One line of text that begins and ends with something to see. */
const LINE_PATTERN = `[^\\s${UNFIT}](?:[^${UNFIT}]*[^\\s${UNFIT}])?`;

/** One line of text that people read: no control characters, no space at its ends. */
export const Label = Type.String({ minLength: 1, maxLength: 200, pattern: `^${LINE_PATTERN}$` });

/** What takes no place: spaces, soft hyphens, and signs of no width. */
const UNSEEN = "\\s\\u00ad\\u200b-\\u200f\\u2060-\\u2064\\ufeff";

const REASON = {
  minLength: 3,
  maxLength: 200,
  pattern: `^(?=(?:[${UNSEEN}]*[^${UNSEEN}]){3})${LINE_PATTERN}$`,
};

/** Why something is done, for a person: one line with at least three characters that are no spaces. */
export const Reason = Type.String({ ...REASON, description: "at least 3 characters that are no spaces" });

/** A reason that outlives the person whom it is about. */
export const LastingReason = Type.String({
  ...REASON,
  description: "at least 3 characters that are no spaces; kept in the audit log for ever: no name in it",
});

/** A moment as the HTTP face writes it: ISO 8601, UTC, milliseconds. */
export const Moment = Type.String({ description: "ISO 8601 in UTC, such as 2026-11-24T03:00:00.000Z" });

/** Calendar date, with or without a time that has an offset or Z, or milliseconds since 1970. */
export const MOMENT_PATTERN =
  "^(?:[0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,3})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?)$";

/** A moment in a query: ISO 8601 with an offset, a day alone, which is its midnight in WIB, or milliseconds since 1970. */
export const MomentText = Type.String({
  pattern: MOMENT_PATTERN,
  description: "ISO 8601 with offset; a day alone is its midnight in WIB (UTC+7); or milliseconds since 1970",
});

/** A moment in a body: as in a query, or the milliseconds as a number. */
export const MomentGiven = Type.Union([
  MomentText,
  Type.Integer({ minimum: EPOCH_MS_MIN, maximum: EPOCH_MS_MAX }),
]);

export const Latitude = Type.Number({ minimum: -90, maximum: 90 });
export const Longitude = Type.Number({ minimum: -180, maximum: 180 });

/** What every list takes. CSV is asked for by `format` or by the Accept header; without `limit` it holds every row. */
export const LIST_QUERY = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, description: "rows of a page, default 100" }),
  ),
  format: Type.Optional(Type.Enum(["json", "csv"] as const)),
};

/** Cursor of a list that runs by id or number. */
export const NameCursor = Type.Optional(
  Type.String({ pattern: "^[A-Za-z0-9._-]{1,100}$", description: "`next` of the page before" }),
);

/** Cursor of a list that runs by time. */
export const MomentCursor = Type.Optional(
  Type.String({
    pattern: "^[0-9]{1,15}(?:~[A-Za-z0-9_/:-]{1,200}){1,2}$",
    description: "`next` of the page before",
  }),
);

/** One page of a list. */
export function pageOf<Item extends Type.TSchema>(item: Item) {
  return Type.Object(
    {
      items: Type.Array(item),
      next: Type.Union([Type.String(), Type.Null()], {
        description: "cursor of the next page, null at the end",
      }),
    },
    strict,
  );
}

/** Either the schema or null. */
export function orNull<S extends Type.TSchema>(schema: S, options: { description?: string } = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/** Query of a list by id. */
export const NameListQuery = Type.Object({ ...LIST_QUERY, after: NameCursor }, strict);
export type NameListQuery = Static<typeof NameListQuery>;
