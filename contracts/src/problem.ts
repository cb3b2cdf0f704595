/** Error body of every HTTP face: RFC 9457 problem details. */
import Type, { type Static } from "typebox";

/** Media type of a problem. */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

export const Problem = Type.Object({
  type: Type.String({
    description: "a URI that names the kind of problem; about:blank when the status says it all",
  }),
  title: Type.String({ description: "the kind of problem in a few words" }),
  status: Type.Integer({ minimum: 400, maximum: 599 }),
  code: Type.String({ description: "stable name of the kind, for programs" }),
  detail: Type.Optional(Type.String({ description: "what is wrong here and what to do about it" })),
  faults: Type.Optional(
    Type.Array(Type.Object({ path: Type.String(), message: Type.String() }), {
      description: "every field that is wrong, when the body is",
    }),
  ),
});
export type Problem = Static<typeof Problem>;
