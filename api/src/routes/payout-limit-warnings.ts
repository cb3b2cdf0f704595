/** Says loudly what should be limited and is not. */
import { unlimitedKinds } from "@jumpa-madu/store/payout-limits";
import type { Rooms } from "../app.ts";

const WORDS = { cash: "in cash", bank: "to banks", ewallet: "to e-wallets" } as const;

/** Warnings for a person; none when payouts are cash alone. */
export async function limitWarnings(
  { store, payoutProvider }: Pick<Rooms, "store" | "payoutProvider">,
  nowMs: number,
): Promise<string[]> {
  if (payoutProvider === null) return [];
  const kinds = await unlimitedKinds(store.db, nowMs);
  if (kinds.length === 0) return [];
  const ways = kinds.map((kind) => WORDS[kind]).join(" and ");
  return [
    `payouts ${ways} are sent without a limit for a member's day: ask for a general limit member_day by POST /v1/payout-limits, and have it approved`,
  ];
}
