/** Quality of a stored level. */
import { QUALITIES, type Quality } from "@jumpa-madu/contracts/readings";

/** The quality of this name; `suspicious` when a newer writer has stored one that this program does not know. */
export function qualityOf(name: string): Quality {
  return QUALITIES.find((one) => one === name) ?? "suspicious";
}
