/** Which role needs to belong to what. */
import type { User } from "@jumpa-madu/store/users";

/** What is wrong with a new user in words; null when nothing is. */
export function faultOfUser({
  role,
  wasteBank,
  member,
}: Pick<User, "role" | "wasteBank" | "member">): string | null {
  if (role === "operator" && wasteBank === null) return "an operator must belong to a waste bank";
  if (role === "member" && member === null) return "a user of the role member must name the member";
  return null;
}
