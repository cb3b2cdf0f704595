/** Looks things up in a catalogue. */
import type {
  Catalogue,
  CatalogueMaterial,
  CatalogueMember,
  CataloguePrice,
  CatalogueSupervisor,
} from "@jumpa-madu/contracts/catalogue";

/** How members are paid: at once by the price list, or by a share of the sale, in hundredths of a percent. */
export type PaidBy = { settlement: "purchase" } | { settlement: "share_of_sale"; shareBps: number };

/** A catalogue with what is looked up in it for every deposit. */
export interface PriceList {
  readonly wasteBank: string;
  /** Its name, for people; its identifier when the catalogue has none. */
  readonly wasteBankName: string;
  /** How members are paid of whom nothing else is said. A catalogue that does not say is one of a waste bank that buys. */
  readonly paidBy: PaidBy;
  /** In the order of the catalogue. */
  readonly materials: readonly CatalogueMaterial[];
  /** The member of an identifier, a number, or what a reader reads from a card; null when there is none. */
  member(idOrNumberOrCard: string): CatalogueMember | null;
  /** How the member of an identifier is paid. */
  paidByOf(memberId: string): PaidBy;
  /** Name of a material, for people; its identifier when there is no such material. */
  materialName(material: string): string;
  /** Identifier of a member, by identifier or by number; null when there is none. */
  memberId(idOrNumber: string): string | null;
  hasMaterial(material: string): boolean;
  /** The price in force at a time: of those that hold from then or before, the latest; null when there is none. */
  priceAt(material: string, atMs: number): CataloguePrice | null;
  /** When a scale's verification expires, in milliseconds since 1970; null when it was never verified, undefined when unknown. */
  verifiedUntil(scale: string): number | null | undefined;
  /** Whether the cloud books weights of a scale of this node; true of each while the catalogue does not tell the scales. */
  mayWeigh(scale: string): boolean;
  /** Someone who may agree to a typed weight, by identifier or by name; null when there is none. */
  supervisor(idOrName: string): CatalogueSupervisor | null;
}

/** Indexes a catalogue. */
export function priceListOf(catalogue: Catalogue): PriceList {
  const members = new Map<string, CatalogueMember>();
  const cards = new Map<string, CatalogueMember>();
  for (const member of catalogue.members) {
    members.set(member.number, member);
    if (member.card !== undefined) cards.set(member.card, member);
  }
  // A member's identifier wins over a number that looks the same, and both win over a card.
  for (const member of catalogue.members) members.set(member.id, member);
  const scales = new Map((catalogue.scales ?? []).map((scale) => [scale.id, scale.verified_until]));
  const supervisors = catalogue.supervisors ?? [];
  const materials = new Map(catalogue.materials.map(({ id, name }) => [id, name]));
  const latestFirst = catalogue.prices.toSorted(
    (one, other) => other.valid_from - one.valid_from || (one.id < other.id ? 1 : -1),
  );
  const prices = Map.groupBy(latestFirst, ({ material }) => material);
  return {
    wasteBank: catalogue.waste_bank,
    wasteBankName: catalogue.waste_bank_name ?? catalogue.waste_bank,
    paidBy: paidBy(catalogue.settlement),
    materials: catalogue.materials,
    member: (idOrNumberOrCard) => members.get(idOrNumberOrCard) ?? cards.get(idOrNumberOrCard) ?? null,
    paidByOf: (memberId) => paidBy(members.get(memberId)?.settlement ?? catalogue.settlement),
    memberId: (idOrNumber) => members.get(idOrNumber)?.id ?? null,
    materialName: (material) => materials.get(material) ?? material,
    hasMaterial: (material) => materials.has(material),
    priceAt: (material, atMs) => prices.get(material)?.find(({ valid_from }) => valid_from <= atMs) ?? null,
    verifiedUntil: (scale) => scales.get(scale),
    mayWeigh: (scale) => catalogue.scales === undefined || scales.has(scale),
    supervisor: (idOrName) =>
      supervisors.find(({ id }) => id === idOrName) ??
      supervisors.find(({ name }) => name === idOrName) ??
      null,
  };
}

function paidBy(settlement: Catalogue["settlement"]): PaidBy {
  return settlement?.mode === "share_of_sale"
    ? { settlement: "share_of_sale", shareBps: settlement.share_bps }
    : { settlement: "purchase" };
}
