import { newEventId } from "@jumpa-madu/contracts/ids";
import fc from "fast-check";
import { expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { priceInForce } from "./price-in-force.ts";
import { pricesFrom } from "./price-list.ts";
import { insertPrice } from "./prices.ts";
import { insertTerms, type Settlement, termsAt } from "./terms.ts";

const NOW_MS = 1_767_225_600_000;

/** A unit with a parent, and a material; nothing else uses them. */
async function places({ db }: RelationalStore) {
  const tail = newEventId();
  const [unit, parent, material] = [`unit-${tail}`, `parent-${tail}`, `material-${tail}`];
  await db.insertInto("zones").values({ id: tail, name: tail }).execute();
  const place = { zone_id: tail, lat: 3.5, lon: 98.8, created_ms: NOW_MS };
  await db
    .insertInto("waste_banks")
    .values({ id: parent, name: parent, ...place })
    .execute();
  await db
    .insertInto("waste_banks")
    .values({ id: unit, name: unit, parent_id: parent, ...place })
    .execute();
  await db
    .insertInto("materials")
    .values({ id: material, name: material, category: "x", created_ms: NOW_MS })
    .execute();
  return { unit, parent, material };
}

onEachEngine("prices and terms", (suite) => {
  const set = async (
    material: string,
    wasteBank: string | null,
    priceIdrPerKg: number | null,
    validFromMs = NOW_MS,
  ) => {
    const price = {
      id: newEventId(),
      material,
      wasteBank,
      priceIdrPerKg,
      validFromMs,
      createdBy: "user:a",
      createdMs: NOW_MS,
    };
    const fault = await suite.store.transaction((tx) => insertPrice(tx, price));
    return fault ?? price.id;
  };
  const holding = async (material: string, wasteBank: string, atMs: number) =>
    (await priceInForce(suite.store.db, { material, wasteBank, atMs }))?.priceIdrPerKg ?? null;

  it("the own price holds, then the parent's, then the general one, each from its time", async () => {
    const { unit, parent, material } = await places(suite.store);
    expect(await holding(material, unit, NOW_MS)).toBeNull();
    await set(material, null, 100);
    await set(material, parent, 200, NOW_MS + 10);
    await set(material, unit, 300, NOW_MS + 20);
    await set(material, null, 150, NOW_MS + 30);
    await set(material, unit, null, NOW_MS + 40);
    await set(material, parent, null, NOW_MS + 50);
    const found = [];
    for (const offset of [-1, 0, 10, 20, 30, 40, 50])
      found.push(await holding(material, unit, NOW_MS + offset));
    expect(found).toEqual([null, 100, 200, 300, 300, 200, 150]);
    expect(await holding(material, parent, NOW_MS + 45)).toBe(200);
  });

  it("an own price is not ended where there is none, or where nothing would take its place", async () => {
    const { unit, material } = await places(suite.store);
    expect(await set(material, null, null)).toMatch(/general price cannot be ended/);
    expect(await set(material, unit, null)).toMatch(/no own price/);
    await set(material, unit, 100);
    expect(await set(material, unit, null, NOW_MS + 1)).toMatch(/set one there first/);
    await set(material, null, 90);
    expect(await set(material, unit, null, NOW_MS + 1)).not.toMatch(/set one/);
    expect(await set(material, unit, null, NOW_MS + 2)).toMatch(/no own price/);
  });

  it("a change leaves a deed", async () => {
    const { unit, material } = await places(suite.store);
    await set(material, null, 100);
    await set(material, unit, 100);
    await set(material, unit, null, NOW_MS + 1);
    const rows = await suite.store.db
      .selectFrom("audit_events")
      .select("action")
      .where("subject", "=", `material:${material}`)
      .orderBy("action")
      .execute();
    expect(rows.map(({ action }) => action)).toEqual(["price.ended", "price.set", "price.set"]);
  });

  it("the list from now on, read as the latest that has begun, says what holds at every time", async () => {
    const row = fc.record({
      place: fc.constantFrom<"unit" | "parent" | "general">("unit", "parent", "general"),
      amount: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: null, freq: 3 }),
      from: fc.integer({ min: -20, max: 40 }),
    });
    const history = fc.uniqueArray(row, { selector: ({ place, from }) => `${place} ${from}`, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(history, async (rows) => {
        const { unit, parent, material } = await places(suite.store);
        for (const { place, amount, from } of rows) {
          await suite.store.db
            .insertInto("prices")
            .values({
              id: newEventId(),
              material_id: material,
              waste_bank_id: { unit, parent, general: null }[place],
              price_idr_per_kg: place === "general" ? (amount ?? 7) : amount,
              valid_from_ms: NOW_MS + from,
              created_ms: NOW_MS,
              created_by: "user:a",
            })
            .execute();
        }
        const list = (await pricesFrom(suite.store.db, unit, NOW_MS)).filter(
          (price) => price.material === material,
        );
        for (let offset = 0; offset <= 41; offset++) {
          const read = list.filter(({ fromMs }) => fromMs <= NOW_MS + offset).at(-1)?.priceIdrPerKg ?? null;
          const held = await holding(material, unit, NOW_MS + offset);
          // A list cannot say that nothing holds any more: the last one stays until the terminal asks again.
          if (held !== null) expect(read, `at ${offset}`).toBe(held);
        }
      }),
      { numRuns: suite.engine === "sqlite" ? 60 : 10 },
    );
  });

  it("the most specific terms hold: of the place, then of the kind of member", async () => {
    const { unit, parent } = await places(suite.store);
    const at = { wasteBank: unit, memberKind: "group", atMs: NOW_MS + 100 };
    const setTerms = (
      wasteBank: string | null,
      memberKind: "group" | null,
      shareBps: number,
      settlement: Settlement = "share_of_sale",
    ) =>
      suite.store.transaction((tx) =>
        insertTerms(tx, {
          id: newEventId(),
          wasteBank,
          memberKind,
          settlement,
          shareBps,
          validFromMs: NOW_MS,
          createdMs: NOW_MS,
          createdBy: "user:a",
        }),
      );
    expect(await termsAt(suite.store.db, at)).toEqual({ settlement: "purchase", shareBps: 10_000 });
    const steps: [string | null, "group" | null, number][] = [
      [null, null, 1_000],
      [null, "group", 2_000],
      [parent, null, 3_000],
      [parent, "group", 4_000],
      [unit, null, 5_000],
      [unit, "group", 6_000],
    ];
    for (const [wasteBank, kind, shareBps] of steps) {
      await setTerms(wasteBank, kind, shareBps);
      expect(await termsAt(suite.store.db, at)).toEqual({ settlement: "share_of_sale", shareBps });
    }
    expect(await termsAt(suite.store.db, { ...at, memberKind: "individual" })).toMatchObject({
      shareBps: 5_000,
    });
    expect(await termsAt(suite.store.db, { ...at, atMs: NOW_MS - 1 })).toMatchObject({
      settlement: "purchase",
    });
    await expect(setTerms(parent, null, 9_999, "purchase")).rejects.toThrow(/purchase_pays_all/);
    await expect(suite.store.db.deleteFrom("terms").execute()).rejects.toThrow(/LG001/);
  });
});
