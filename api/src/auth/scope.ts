/** What a caller sees of what the role allows: an operator the own waste bank, a member the own books. */
import type { Member } from "@jumpa-madu/store/members";
import type { User } from "@jumpa-madu/store/users";
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

/** The member when the caller may see it. Throws `not_found` when there is none, or none for this caller to know of. */
export function memberInScope(caller: User, member: Member | null): Member {
  if (member === null || (caller.role === "member" && caller.member !== member.id)) {
    throw new ProblemError("not_found", "there is no such member");
  }
  wasteBankInScope(caller, member.wasteBank);
  return member;
}
