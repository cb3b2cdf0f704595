/** A page of `GET /v2/payouts?reference_id=…`: the newest first. */
import type { Payout } from "../book/payout.ts";
import { xenditPayoutBody } from "./payout-body.ts";

/** Most payouts of a page. */
export const PAGE_PAYOUTS_MAX = 100;

/** Payouts of a page that does not say how many it wants. */
const PAGE_PAYOUTS = 10;

/** Query of a list, as it came. */
export interface ListQuery {
  reference_id?: unknown;
  limit?: unknown;
  after_id?: unknown;
  before_id?: unknown;
}

/** The page, or the name of the parameter that is wrong. A reference that nobody has used has an empty page. */
export function xenditPage(
  payouts: readonly Payout[],
  query: ListQuery,
): { ok: true; page: unknown } | { ok: false; path: string } {
  const { reference_id: reference, after_id: afterId, before_id: beforeId } = query;
  if (typeof reference !== "string" || reference === "") return { ok: false, path: "query.reference_id" };
  const limit = query.limit === undefined ? PAGE_PAYOUTS : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_PAYOUTS_MAX)
    return { ok: false, path: "query.limit" };
  const all = payouts.filter((payout) => payout.reference === reference);
  const ids = all.map(({ id }) => id);
  const first = typeof afterId === "string" ? ids.indexOf(afterId) + 1 : 0;
  const end = typeof beforeId === "string" && ids.includes(beforeId) ? ids.indexOf(beforeId) : all.length;
  const rest = all.slice(first, end);
  const data = rest.slice(0, limit).map(xenditPayoutBody);
  return { ok: true, page: { has_more: rest.length > limit, data } };
}
