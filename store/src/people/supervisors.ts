/** Supervisors: users who may agree, with a PIN, to a weight that was typed at the terminal of their waste bank. */
import type { CatalogueSupervisor } from "@jumpa-madu/contracts/catalogue";
import type { Db, Tx } from "../relational/relational-store.ts";
import type { Role } from "../relational/tables.ts";
import { toUser, type User } from "./users.ts";

/** Roles that may supervise. */
const SUPERVISING_ROLES: readonly Role[] = ["staff", "operator"];

/** Tells whether a user may supervise at a waste bank: whoever works there for the bank or for the city. */
export function maySupervise(
  { role, waste_bank_id }: { role: Role; waste_bank_id: string | null },
  wasteBank: string,
): boolean {
  return SUPERVISING_ROLES.includes(role) && waste_bank_id === wasteBank;
}

/** Supervisors of a waste bank who have a PIN and may sign in, by name, with the hash of the PIN. */
export async function listSupervisors(db: Db, wasteBank: string): Promise<CatalogueSupervisor[]> {
  const rows = await db
    .selectFrom("users")
    .select(["id", "username as name", "pin_hash"])
    .where("waste_bank_id", "=", wasteBank)
    .where("role", "in", SUPERVISING_ROLES)
    .where("disabled_ms", "is", null)
    .where("pin_hash", "is not", null)
    .orderBy("username")
    .execute();
  return rows.map(({ pin_hash, ...rest }) => ({ ...rest, pin_hash: pin_hash ?? "" }));
}

/**
 * Gives a user a PIN, or takes it away with null. `unfit`: the user's role or lack of a waste bank forbids it; nothing is
 * changed then.
 */
export async function replacePin(
  tx: Tx,
  id: string,
  pinHash: string | null,
): Promise<{ kind: "replaced"; user: User } | { kind: "unknown" | "unfit" }> {
  const row = await tx
    .updateTable("users")
    .set({ pin_hash: pinHash })
    .where("id", "=", id)
    .$if(pinHash !== null, (query) =>
      query.where("role", "in", SUPERVISING_ROLES).where("waste_bank_id", "is not", null),
    )
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) return { kind: "replaced", user: toUser(row) };
  const known = await tx.selectFrom("users").select("id").where("id", "=", id).executeTakeFirst();
  return { kind: known === undefined ? "unknown" : "unfit" };
}
