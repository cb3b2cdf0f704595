/** Texts, moments and queries that all resources of the HTTP face share. */
import Type, { type Static } from "typebox";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "../units.ts";

export const strict = { additionalProperties: false } as const;

/** One line of text that people read: no control characters, no space at its ends. */
export const Label = Type.String({
  minLength: 1,
  maxLength: 200,
  pattern: "^[^\\s\\u0000-\\u001f\\u007f](?:[^\\u0000-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f])?$",
});

/** A moment as the HTTP face writes it: ISO 8601, UTC, milliseconds. */
export const Moment = Type.String({ description: "ISO 8601 in UTC, such as 2026-11-24T03:00:00.000Z" });

/** Calendar date and time with offset or Z, or milliseconds since 1970. */
export const MOMENT_PATTERN =
  "^(?:[0-9]{1,15}|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,3})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?)$";

/** A moment in a query: ISO 8601 with an offset (a date alone is midnight UTC), or milliseconds since 1970. */
export const MomentText = Type.String({
  pattern: MOMENT_PATTERN,
  description: "ISO 8601 with offset, or milliseconds since 1970",
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
export function orNull<S extends Type.TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()]);
}

/** Query of a list by id. */
export const NameListQuery = Type.Object({ ...LIST_QUERY, after: NameCursor }, strict);
export type NameListQuery = Static<typeof NameListQuery>;
