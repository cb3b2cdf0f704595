import { expect, test } from "vitest";
import { priceListOf } from "../catalogue/price-list.ts";
import { CATALOGUE, testTerminal } from "./terminal-fixture.ts";

test("a page is told what is taken in which condition, the price now, and what it may be brought for", async () => {
  const [cardboard, glass] = CATALOGUE.materials;
  if (cardboard === undefined || glass === undefined) throw new Error("the catalogue has lost its materials");
  const priceList = priceListOf({
    ...CATALOGUE,
    waste_bank_name: "Bank Sampah Melati",
    settlement: { mode: "share_of_sale", share_bps: 6_000 },
    materials: [
      { ...cardboard, condition: "kering dan dilipat" },
      { ...glass, condition: "" },
    ],
  });
  const terminal = await testTerminal({
    parts: { catalogue: { priceList: () => priceList, ageMs: () => 7 } },
  });
  expect(await terminal.get("/catalogue")).toMatchObject({ status: 200 });
  expect((await terminal.get("/catalogue")).body).toEqual({
    waste_bank: "melati",
    waste_bank_name: "Bank Sampah Melati",
    age_ms: 7,
    settlement: "share_of_sale",
    share_bps: 6_000,
    purposes: ["save", "donate"],
    materials: [
      {
        id: "cardboard",
        name: "Kardus",
        category: "kertas",
        condition: "kering dan dilipat",
        price_idr_per_kg: 2_000,
      },
      { id: "glass", name: "Kaca", category: "kaca", condition: null, price_idr_per_kg: null },
    ],
  });
});

test("a catalogue of before there were settlements and conditions is one of a waste bank that buys", async () => {
  const { body } = await (await testTerminal()).get("/catalogue");
  expect(body).toMatchObject({
    settlement: "purchase",
    share_bps: null,
    purposes: ["save", "cash", "donate"],
    materials: [{ condition: null }, { condition: null }],
  });
});

test("no catalogue is a problem with what to do", async () => {
  const terminal = await testTerminal({ parts: { catalogue: { priceList: () => null, ageMs: () => null } } });
  expect(await terminal.get("/catalogue")).toMatchObject({ status: 503, body: { code: "no_catalogue" } });
});
