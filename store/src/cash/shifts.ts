/** Shifts: a cashier answers for one drawer from the float that the vault gave until the drawer is counted. */
import type { AccountKey } from "../ledger/account.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { Db, Tx } from "../relational/relational-store.ts";

/** An open shift, or one that was. `user`: the cashier. */
export interface Shift {
  id: string;
  user: string;
  wasteBank: string;
  openedMs: number;
}

/**
 * The user's open shift; null when there is none. Until the transaction ends the shift cannot be closed, so that what is
 * paid out of its drawer is counted with it.
 */
export async function openShiftOf(tx: Tx, userId: string): Promise<Shift | null> {
  const query = tx
    .selectFrom("shifts")
    .select(["id", "user_id as user", "waste_bank_id as wasteBank", "opened_ms as openedMs"])
    .where("user_id", "=", userId)
    .where("closed_ms", "is", null);
  // Shared: two payments out of one drawer wait for each other only at its account.
  const row = await (engineOf(tx) === "postgres" ? query.forShare() : query).executeTakeFirst();
  return row ?? null;
}

/** Whether the user has a drawer now, which is to be counted blind. */
export async function hasOpenShift(db: Db, userId: string): Promise<boolean> {
  const row = await db
    .selectFrom("shifts")
    .select("id")
    .where("user_id", "=", userId)
    .where("closed_ms", "is", null)
    .executeTakeFirst();
  return row !== undefined;
}

/** The shift of this id when it is open, held open until the transaction ends; null when it is closed or there is none. */
export async function shiftIfOpen(tx: Tx, id: string): Promise<Shift | null> {
  const query = tx
    .selectFrom("shifts")
    .select(["id", "user_id as user", "waste_bank_id as wasteBank", "opened_ms as openedMs"])
    .where("id", "=", id)
    .where("closed_ms", "is", null);
  const row = await (engineOf(tx) === "postgres" ? query.forShare() : query).executeTakeFirst();
  return row ?? null;
}

/** Account of the cash in a shift's drawer. Shifts of one cashier at one waste bank follow each other on it. */
export function drawerKey({ user, wasteBank }: Pick<Shift, "user" | "wasteBank">): AccountKey {
  return { kind: "cash_drawer", ledger: "IDR", wasteBank, part: user };
}
