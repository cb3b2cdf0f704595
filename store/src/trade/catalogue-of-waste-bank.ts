/** Catalogue of a waste bank: what a terminal of it needs to take deposits while the network is away. */
import type { Catalogue } from "@jumpa-madu/contracts/catalogue";
import { EPOCH_MS_MAX, EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import type { ExpressionBuilder } from "kysely";
import { namesOf } from "../people/personal-data.ts";
import { listSupervisors } from "../people/supervisors.ts";
import type { Db } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import { REGULAR_PRODUCT } from "../savings/books.ts";
import type { Vault } from "../vault/vault.ts";
import { pricesFrom } from "./price-list.ts";
import { type HoldingTerms, termsOfKindsAt } from "./terms.ts";

/** Builds the catalogue for a node in an order that does not depend on chance, so that equal catalogues are equal bytes. */
export async function catalogueOf(
  { db, vault }: { db: Db; vault: Vault },
  { node, wasteBank }: { node: string; wasteBank: string },
  nowMs: number,
): Promise<Catalogue> {
  const place = await db
    .selectFrom("waste_banks")
    .select("name")
    .where("id", "=", wasteBank)
    .executeTakeFirst();
  const materials = await db
    .selectFrom("materials")
    .select(["id", "name", "category", "condition"])
    .where("retired_ms", "is", null)
    .orderBy("id")
    .execute();
  const members = await membersServed(db, wasteBank);
  const ids = members.map(({ id }) => id);
  const names = await namesOf(vault, db, ids);
  // A retired device counts as well: what was weighed before, offline, is still booked.
  const scales = await db
    .selectFrom("devices")
    .innerJoin("scales", "scales.id", "devices.scale_id")
    .select(["scales.id", "scales.verified_until_ms as untilMs"])
    .distinct()
    .where("devices.node_id", "=", node)
    .orderBy("scales.id")
    .execute();
  const prices = await pricesFrom(db, wasteBank, nowMs);
  const termsOf = await termsOfKindsAt(db, { wasteBank, atMs: nowMs });
  const usual = termsOf("individual");
  return {
    waste_bank: wasteBank,
    ...(place === undefined ? {} : { waste_bank_name: place.name }),
    settlement: settlementOf(usual),
    materials,
    prices: prices.map(({ id, material, priceIdrPerKg, fromMs }) => ({
      id,
      material,
      price_idr_per_kg: priceIdrPerKg,
      valid_from: fromMs,
    })),
    members: members.map(({ id, number, card, kind }) => ({
      id,
      number,
      name: names.get(id) ?? number,
      ...(card === null ? {} : { card }),
      ...(isSame(termsOf(kind), usual) ? {} : { settlement: settlementOf(termsOf(kind)) }),
    })),
    scales: scales.map(({ id, untilMs }) => ({ id, verified_until: untilMs && withinEpoch(untilMs) })),
    supervisors: await listSupervisors(db, wasteBank),
  };
}

/**
 * Members of the waste bank and those who save there. One whose deposits would go into a closed book is left out, as one who was
 * closed is: the terminal would take waste that the books then turn away.
 */
async function membersServed(db: Db, wasteBank: string) {
  const booksHere = (eb: ExpressionBuilder<Tables, "members">) =>
    eb.selectFrom("books").select("books.id").where("books.waste_bank_id", "=", wasteBank);
  return await db
    .selectFrom("members")
    .select(["id", "number", "card", "kind"])
    .where((eb) =>
      eb.or([
        eb("waste_bank_id", "=", wasteBank),
        eb.exists(booksHere(eb).whereRef("books.member_id", "=", "members.id")),
      ]),
    )
    .where("closed_ms", "is", null)
    .where((eb) => {
      const mine = booksHere(eb).whereRef("books.member_id", "=", "members.id");
      const isClosed = mine.where("books.closed_ms", "is not", null);
      const hasDefault = eb.exists(mine.where("books.is_default", "=", 1));
      return eb.not(
        eb.or([
          eb.exists(isClosed.where("books.is_default", "=", 1)),
          eb.and([eb.not(hasDefault), eb.exists(isClosed.where("books.product_id", "=", REGULAR_PRODUCT))]),
        ]),
      );
    })
    .orderBy("number")
    .execute();
}

function settlementOf({ settlement, shareBps }: HoldingTerms) {
  return { mode: settlement, share_bps: shareBps };
}

function isSame(one: HoldingTerms, other: HoldingTerms): boolean {
  return one.settlement === other.settlement && one.shareBps === other.shareBps;
}

/** A moment that the terminal's schema does not know is as good as the last or first that it does. */
function withinEpoch(atMs: number): number {
  return Math.min(EPOCH_MS_MAX, Math.max(EPOCH_MS_MIN, atMs));
}
