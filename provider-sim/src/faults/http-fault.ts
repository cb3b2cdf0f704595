/** Faults of the HTTP answers. */
import Type, { type Static } from "typebox";

/**
 * The faults:
 * - `hang`: no answer ever comes. After: the payout was created and the answer is withheld.
 * - `reset`: the connection is reset.
 * - `bad-gateway`: 502 with a page of HTML, as a proxy answers.
 * - `unavailable`: 503 with an empty body.
 * - `server-error`: 500 in the provider's own words.
 * - `truncated`: 200 with half of the JSON.
 * - `lookup-lag`: answered well, but no lookup finds the new payout for `lagMs`.
 * - `slow`: answered well, but `delayMs` later.
 * - `unknown-status`: a status that no document knows.
 * - `extra-fields`: fields that no document knows.
 * - `wrong-amount`: another amount than the payout's.
 * - `foreign-payout`: a payout that was not asked for: first in a list, and in place of a single one.
 */
export const HTTP_FAULTS = [
  "hang",
  "reset",
  "bad-gateway",
  "unavailable",
  "server-error",
  "truncated",
  "lookup-lag",
  "slow",
  "unknown-status",
  "extra-fields",
  "wrong-amount",
  "foreign-payout",
] as const;
export type HttpFaultName = (typeof HTTP_FAULTS)[number];

/** Faults that may come before the request had an effect, or after. All others change an answer, so they come after. */
const EITHER: readonly HttpFaultName[] = ["hang", "reset", "bad-gateway", "unavailable", "server-error"];

/** Longest that a fault delays an answer or hides a payout, in milliseconds: a day. */
const FAULT_MS_MAX = 86_400_000;

const ms = Type.Integer({ minimum: 0, maximum: FAULT_MS_MAX });

/** A fault to switch on, and for which requests. */
export const HttpFaultOrder = Type.Object(
  {
    fault: Type.Enum(HTTP_FAULTS),
    when: Type.Optional(
      Type.Enum(["before", "after"] as const, {
        description: "whether the request has its effect; default before",
      }),
    ),
    method: Type.Optional(Type.Enum(["GET", "POST"] as const)),
    path: Type.Optional(
      Type.String({ pattern: "^/", maxLength: 200, description: "what the path begins with" }),
    ),
    skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    probability: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    lagMs: Type.Optional(ms),
    delayMs: Type.Optional(ms),
  },
  { additionalProperties: false },
);
export type HttpFaultOrder = Static<typeof HttpFaultOrder>;

/** What is wrong with an order that fits the schema, or null. */
export function faultOfOrder(order: HttpFaultOrder): string | null {
  if (order.when === "before" && !EITHER.includes(order.fault))
    return `${order.fault} changes an answer, so it cannot come before the request has its effect`;
  if (order.fault === "lookup-lag" && order.lagMs === undefined) return "lookup-lag needs lagMs";
  if (order.fault === "slow" && order.delayMs === undefined) return "slow needs delayMs";
  return null;
}

/** Tells whether the fault strikes before the request has its effect. */
export function strikesBefore({ fault, when }: HttpFaultOrder): boolean {
  return EITHER.includes(fault) && when !== "after";
}

/** Tells whether a request is one that the order is for. */
export function matchesRequest(
  { method, path }: HttpFaultOrder,
  request: { method: string; path: string },
): boolean {
  return (method ?? request.method) === request.method && request.path.startsWith(path ?? "/");
}
