/** What a caller sees of what the role allows: an operator the own waste bank, a member the own books. */
import type { MemberWithBooks } from "@jumpa-madu/store/members";
import type { Db } from "@jumpa-madu/store/relational-store";
import type { User } from "@jumpa-madu/store/users";
import { hasWasteBank } from "@jumpa-madu/store/waste-banks";
import { ProblemError } from "../problem-error.ts";

/**
 * Waste bank that a question is narrowed to: an operator's own, else the one asked for; null for all.
 *
 * Throws ProblemError `forbidden` when an operator asks for another.
 */
export function wasteBankInScope(caller: User, asked: string | null): string | null {
  if (caller.role !== "operator") return asked;
  if (caller.wasteBank === null)
    throw new ProblemError("forbidden", "this operator belongs to no waste bank");
  if (asked !== null && asked !== caller.wasteBank) {
    throw new ProblemError("forbidden", `an operator of ${caller.wasteBank} does not work for ${asked}`);
  }
  return caller.wasteBank;
}

/**
 * Refuses a query that names a waste bank that does not exist: an empty answer would read as if all were well there.
 *
 * An operator may name the own one alone, which `wasteBankInScope` sees to. Throws ProblemError `unknown_reference`.
 */
export async function refuseUnknownWasteBank(db: Db, caller: User | null, query: unknown): Promise<void> {
  if (caller === null || caller.role === "operator") return;
  const asked = (query as { waste_bank?: unknown } | undefined)?.waste_bank;
  if (typeof asked !== "string" || (await hasWasteBank(db, asked))) return;
  throw new ProblemError("unknown_reference", `there is no waste bank ${asked}`, {
    faults: [{ path: "/querystring/waste_bank", message: "is no waste bank" }],
  });
}

/**
 * The member when the caller may see it: an operator those who registered at the own waste bank or have a book there.
 *
 * Throws `not_found` when there is none, or none for this caller to know of; `forbidden` when it is another operator's.
 */
export function memberInScope(caller: User, member: MemberWithBooks | null): MemberWithBooks {
  if (member === null || (caller.role === "member" && caller.member !== member.id)) {
    throw new ProblemError("not_found", "there is no such member");
  }
  const known = [member.wasteBank, ...member.bookAt];
  const own = known.find((wasteBank) => wasteBank === caller.wasteBank);
  wasteBankInScope(caller, own ?? member.wasteBank);
  return member;
}
