/** Kinds of movement of a waste bank's own money: between which accounts, and who must agree. */
import type { AccountKey } from "../ledger/account.ts";
import { overShortKey, providerKey, vaultKey } from "./cash-books.ts";
import { drawerKey } from "./shifts.ts";

/** Where capital comes in or leaves. */
export type CashPlace = "cash_vault" | "bank_account";

/** What the kinds need to know besides the amount. */
export interface MovementPlaces {
  wasteBank: string;
  place: CashPlace | null;
  provider: string | null;
  /** User whose drawer it is. */
  cashier: string | null;
}

/** A field that a kind needs; the others must be absent. */
export type MovementField = "place" | "provider" | "shift";

interface MovementKindRule {
  needs: MovementField | null;
  /** Asked for by one person, approved by another. */
  needsApproval: boolean;
  debit(places: MovementPlaces): AccountKey;
  credit(places: MovementPlaces): AccountKey;
}

const vault = ({ wasteBank }: MovementPlaces) => vaultKey(wasteBank);
const overShort = ({ wasteBank }: MovementPlaces) => overShortKey(wasteBank);
const capital = ({ wasteBank }: MovementPlaces): AccountKey => ({
  kind: "capital",
  ledger: "IDR",
  wasteBank,
});
const bank = ({ wasteBank }: MovementPlaces): AccountKey => ({
  kind: "bank_account",
  ledger: "IDR",
  wasteBank,
});
const place = ({ wasteBank, place: at }: MovementPlaces): AccountKey => ({
  kind: at ?? "cash_vault",
  ledger: "IDR",
  wasteBank,
});
const provider = ({ wasteBank, provider: one }: MovementPlaces) => providerKey(wasteBank, one ?? "");
const drawer = ({ wasteBank, cashier }: MovementPlaces) => drawerKey({ wasteBank, user: cashier ?? "" });

/** The rules of each kind. What leaves the waste bank, or mends the count of the vault, needs approval; so does its way back. */
export const MOVEMENT_KINDS = {
  capital_in: { needs: "place", needsApproval: false, debit: place, credit: capital },
  capital_out: { needs: "place", needsApproval: true, debit: capital, credit: place },
  vault_to_bank: { needs: null, needsApproval: false, debit: bank, credit: vault },
  bank_to_vault: { needs: null, needsApproval: false, debit: vault, credit: bank },
  bank_to_provider: { needs: "provider", needsApproval: true, debit: provider, credit: bank },
  provider_to_bank: { needs: "provider", needsApproval: true, debit: bank, credit: provider },
  vault_to_drawer: { needs: "shift", needsApproval: false, debit: drawer, credit: vault },
  drawer_to_vault: { needs: "shift", needsApproval: false, debit: vault, credit: drawer },
  /** The vault was counted and holds more than the books say. */
  vault_over: { needs: null, needsApproval: true, debit: vault, credit: overShort },
  /** The vault was counted and holds less. */
  vault_short: { needs: null, needsApproval: true, debit: overShort, credit: vault },
} as const satisfies Record<string, MovementKindRule>;

export type MovementKind = keyof typeof MOVEMENT_KINDS;

/** The rule of a kind, as the database keeps the kind. Throws TypeError for one that there is not. */
export function movementRule(kind: string): MovementKindRule {
  if (!Object.hasOwn(MOVEMENT_KINDS, kind)) throw new TypeError(`there is no kind of movement ${kind}`);
  return MOVEMENT_KINDS[kind as MovementKind];
}
