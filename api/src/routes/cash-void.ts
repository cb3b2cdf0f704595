/** How a void of a movement or an expense is told. */
import type { Expense } from "@jumpa-madu/contracts/http/cash";
import type { ListedVoid } from "@jumpa-madu/store/movement-list";
import { toIso } from "../moments.ts";

/** The void, or null. */
export function toVoided(voided: ListedVoid | null): Expense["voided"] {
  if (voided === null) return null;
  const { atMs, ...rest } = voided;
  return { ...rest, at: toIso(atMs) };
}
