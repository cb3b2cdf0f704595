import { newEventId } from "@jumpa-madu/contracts/ids";
import { afterAll, beforeAll, expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { MemberKind } from "../relational/tables/people-tables.ts";
import { closeBook, makeDefault, openBook } from "../savings/book-changes.ts";
import {
  NOW_MS,
  sampleBook,
  sampleMember,
  sampleProduct,
  sampleWasteBank,
} from "../savings/sample-savings.ts";
import { openTestVault } from "../vault/test-vault.ts";
import type { Vault } from "../vault/vault.ts";
import { catalogueOf } from "./catalogue-of-waste-bank.ts";
import { insertTerms } from "./terms.ts";

const BY = { actor: "user:test", nowMs: NOW_MS };

onEachEngine("the catalogue of a terminal", (suite) => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openTestVault();
  });
  afterAll(() => vault.close());
  const catalogue = (wasteBank: string) =>
    catalogueOf({ db: suite.store.db, vault }, { node: "none", wasteBank }, NOW_MS);

  it("leaves out a member whose deposits would go into a closed book, until there is another one", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const member = await sampleMember(suite.store, wasteBank);
    const newcomer = await sampleMember(suite.store, wasteBank);
    const offered = async () => (await catalogue(wasteBank)).members.map(({ id }) => id).sort();
    const both = [member, newcomer].sort();
    const regular = await sampleBook(suite.store, { member, wasteBank, isDefault: true });
    expect(await offered()).toEqual(both);
    await suite.store.transaction((tx) => closeBook(tx, { id: regular.id, reason: "pindah" }, BY));
    expect(await offered()).toEqual([newcomer]);
    const product = await sampleProduct(suite.store, {});
    const other = await sampleBook(suite.store, { member, wasteBank, product });
    expect(await offered()).toEqual([newcomer]);
    await suite.store.transaction((tx) => makeDefault(tx, other.id, BY));
    expect(await offered()).toEqual(both);
  });

  it("leaves out one whose regular book is closed while no book is the default", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const member = await sampleMember(suite.store, wasteBank);
    const owner = { member, wasteBank, product: "regular", isDefault: false };
    const opened = await suite.store.transaction((tx) => openBook(tx, owner, BY));
    const id = opened.kind === "done" ? opened.book.id : "";
    await suite.store.transaction((tx) => closeBook(tx, { id, reason: "pindah" }, BY));
    expect((await catalogue(wasteBank)).members).toEqual([]);
  });

  it("says of a member how they are paid where the terms of their kind differ from those of individuals", async () => {
    const wasteBank = await sampleWasteBank(suite.store);
    const memberOf = async (kind: MemberKind) => {
      const id = newEventId();
      const row = { id, number: id, kind, card: null, waste_bank_id: wasteBank, created_ms: NOW_MS };
      await suite.store.db.insertInto("members").values(row).execute();
      return id;
    };
    const [person, group] = [await memberOf("individual"), await memberOf("group")];
    const settlement = "share_of_sale";
    const terms = {
      wasteBank,
      memberKind: "group",
      settlement,
      shareBps: 7_000,
      validFromMs: NOW_MS,
    } as const;
    await suite.store.transaction((tx) =>
      insertTerms(tx, { ...terms, id: newEventId(), createdMs: NOW_MS, createdBy: "user:test" }),
    );
    const { settlement: usual, members } = await catalogue(wasteBank);
    expect(usual).toEqual({ mode: "purchase", share_bps: 10_000 });
    const said = new Map(members.map((member) => [member.id, member.settlement]));
    expect(said.get(person)).toBeUndefined();
    expect(said.get(group)).toEqual({ mode: "share_of_sale", share_bps: 7_000 });
  });
});
