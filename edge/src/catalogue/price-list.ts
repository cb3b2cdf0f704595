/** Looks things up in a catalogue. */
import type { Catalogue, CataloguePrice } from "@jumpa-madu/contracts/catalogue";

/** A catalogue with what is looked up in it for every deposit. */
export interface PriceList {
  readonly wasteBank: string;
  /** Identifier of a member, by identifier or by number; null when there is none. */
  memberId(idOrNumber: string): string | null;
  hasMaterial(material: string): boolean;
  /** The price in force at a time: of those that hold from then or before, the latest; null when there is none. */
  priceAt(material: string, atMs: number): CataloguePrice | null;
}

/** Indexes a catalogue. */
export function priceListOf(catalogue: Catalogue): PriceList {
  const members = new Map<string, string>();
  for (const { id, number } of catalogue.members) members.set(number, id);
  // A member's identifier wins over a number that looks the same.
  for (const { id } of catalogue.members) members.set(id, id);
  const materials = new Set(catalogue.materials.map(({ id }) => id));
  const latestFirst = catalogue.prices.toSorted(
    (one, other) => other.valid_from - one.valid_from || (one.id < other.id ? 1 : -1),
  );
  const prices = Map.groupBy(latestFirst, ({ material }) => material);
  return {
    wasteBank: catalogue.waste_bank,
    memberId: (idOrNumber) => members.get(idOrNumber) ?? null,
    hasMaterial: (material) => materials.has(material),
    priceAt: (material, atMs) => prices.get(material)?.find(({ valid_from }) => valid_from <= atMs) ?? null,
  };
}
