/** Opening a shift: cash out of the vault into the cashier's drawer. */
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { postCash, takeTurnOf, vaultKey } from "./cash-books.ts";
import { type CashOutcome, idTaken, refuse } from "./refusal.ts";
import { drawerKey, openShiftOf, type Shift } from "./shifts.ts";

/** A shift to be opened. `floatIdr`: the change that the drawer begins with, 0 or more. */
export interface NewShift {
  id: string;
  user: string;
  wasteBank: string;
  floatIdr: number;
  nowMs: number;
}

/** Opens a shift of the user. Throws the database's refusal when the waste bank is unknown. */
export async function beginShift(tx: Tx, shift: NewShift): Promise<CashOutcome<Shift>> {
  const { id, user, wasteBank, floatIdr, nowMs } = shift;
  const bodyHash = requestHash({ id, user, wasteBank, floatIdr });
  await takeTurnOf(tx, user);
  const before = await tx
    .selectFrom("shifts")
    .select(["body_hash", "opened_ms"])
    .where("id", "=", id)
    .executeTakeFirst();
  if (before !== undefined && before.body_hash !== bodyHash) return idTaken("shift", id);
  if (before !== undefined)
    return { kind: "again", result: { id, user, wasteBank, openedMs: before.opened_ms } };
  const open = await openShiftOf(tx, user);
  if (open !== null) {
    return refuse(
      "shift_is_open",
      `your shift at ${open.wasteBank} is still open; count its drawer and close it first`,
    );
  }
  const posted = await postCash(
    tx,
    { key: `shift_open:${id}`, kind: "shift_open", user, occurredMs: nowMs },
    [{ debit: drawerKey({ user, wasteBank }), credit: vaultKey(wasteBank), amountIdr: floatIdr }],
  );
  if (posted === "overdraft") {
    return refuse(
      "too_little_cash",
      `the vault of ${wasteBank} holds less than that by the books; ask staff to bring cash from the bank (bank_to_vault), or begin with a smaller float`,
    );
  }
  await tx
    .insertInto("shifts")
    .values({
      id,
      body_hash: bodyHash,
      user_id: user,
      waste_bank_id: wasteBank,
      float_idr: floatIdr,
      journal_id: posted.journalId,
      opened_ms: nowMs,
    })
    .execute();
  await recordDeed(tx, {
    actor: `user:${user}`,
    action: "shift.opened",
    subject: `shift:${id}`,
    atMs: nowMs,
  });
  return { kind: "done", result: { id, user, wasteBank, openedMs: nowMs } };
}
