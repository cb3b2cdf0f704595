/** Purposes of a deposit: which ones a waste bank can serve depends on when it pays. */
import { PURPOSES, type Purpose } from "@jumpa-madu/contracts/records";
import type { PaidBy } from "../catalogue/price-list.ts";
import type { Fault } from "./problems.ts";

/** The purposes that may be named. Cash is none of them where nothing is owed before the sale. */
export function purposesOf({ settlement }: PaidBy): Purpose[] {
  return PURPOSES.filter((purpose) => settlement === "purchase" || purpose !== "cash");
}

/** Why a purpose cannot be served; null when it can. */
export function purposeFault(purpose: Purpose, paidBy: PaidBy): Fault | null {
  if (purposesOf(paidBy).includes(purpose)) return null;
  return {
    code: "nothing_to_pay",
    detail:
      "bank sampah ini memakai bagi hasil: uang baru ada setelah sampah terjual, jadi simpan atau sedekahkan: this waste bank pays a share of the sale, so there is nothing to pay before the waste is sold; save it, or give it",
  };
}
