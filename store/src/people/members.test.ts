import { newEventId } from "@jumpa-madu/contracts/ids";
import { hashPin } from "@jumpa-madu/contracts/pin-hash";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openAccounts } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { onEachEngine, openQuietly } from "../relational/engine-suite.ts";
import { bookForDeposit, savingsKey } from "../savings/books.ts";
import { bring, sampleStock } from "../stock/sample-stock.ts";
import { openTestVault } from "../vault/test-vault.ts";
import type { Vault } from "../vault/vault.ts";
import { newCardToken, replaceCard } from "./member-cards.ts";
import { closeMember } from "./member-closing.ts";
import { eraseFromBooks, eraseMember, resumeErasures } from "./member-erasure.ts";
import { listMembers, type MemberFilter } from "./member-list.ts";
import {
  checkMemberPin,
  MEMBER_PIN_TRIES_MAX,
  MEMBER_PIN_WAIT_MS,
  MEMBER_PIN_WAIT_MS_MAX,
  PIN_GIVER_WAIT_MS,
  replaceMemberPin,
} from "./member-pins.ts";
import { changeMember, type Registration, registerMember, takeConsent } from "./member-registration.ts";
import { findMember, insertMember, type Member, memberToAct } from "./members.ts";
import { nameOf, namesOf, personalDataOf } from "./personal-data.ts";
import { insertUser } from "./users.ts";

const NOW_MS = 1_767_225_600_000;
const ACTOR = "user:test";

onEachEngine("members", (suite) => {
  let vault: Vault;
  let wasteBank: string;
  beforeAll(async () => {
    vault = await openTestVault();
    const { db } = suite.store;
    await db.insertInto("zones").values({ id: "zone", name: "zone" }).execute();
    wasteBank = await makeWasteBank();
  });
  afterAll(() => vault.close());

  async function makeWasteBank(): Promise<string> {
    const id = `wb-${newEventId()}`;
    await suite.store.db
      .insertInto("waste_banks")
      .values({ id, name: "x", zone_id: "zone", lat: 3.5, lon: 98.8, created_ms: NOW_MS })
      .execute();
    return id;
  }

  function register(name: string, more: Partial<Registration["data"]> & Partial<Registration> = {}) {
    const { phone = null, address = null, contact = null, ...rest } = more;
    const registration: Registration = {
      member: { number: null, kind: "individual", card: null, wasteBank },
      data: { name, phone, address, contact },
      nik: null,
      consent: null,
      actor: ACTOR,
      nowMs: NOW_MS,
      ...rest,
    };
    return suite.store.transaction((tx) => registerMember(vault, tx, registration));
  }

  async function registered(...given: Parameters<typeof register>): Promise<Member> {
    const outcome = await register(...given);
    if (outcome.kind === "refused") throw new Error(outcome.reason);
    return outcome.member;
  }

  async function found(filter: Partial<MemberFilter>): Promise<string[]> {
    const whole = { wasteBank, text: null, card: null, phone: null, hasWithdrawn: false, ...filter };
    const page = await listMembers({ db: suite.store.db, vault }, whole, { limit: 500, after: null });
    return page.items.map(({ id }) => id);
  }

  const ending = (member: string) => ({ member, reason: "moved away", actor: ACTOR, nowMs: NOW_MS });
  const close = (member: string) => suite.store.transaction((tx) => closeMember(tx, ending(member)));
  const erase = (member: string) => eraseMember({ store: suite.store, vault }, ending(member));

  async function save(member: string, amount: number): Promise<void> {
    const { store } = suite;
    const found = await store.transaction((tx) =>
      bookForDeposit(tx, { member, wasteBank, product: null }, NOW_MS),
    );
    if (found.kind === "refused") throw new Error(found.reason);
    const savings = savingsKey(found.book);
    const value = { kind: "stock_value", ledger: "IDR", wasteBank, part: "pet" } as const;
    await openAccounts(store.db, [savings, value], NOW_MS);
    const [debit, credit] = [
      `stock_value/IDR/${wasteBank}//pet`,
      `member_savings/IDR/${wasteBank}/${member}/regular`,
    ];
    await postJournal(store, {
      idempotencyKey: newEventId(),
      kind: "test",
      actor: ACTOR,
      occurredMs: NOW_MS,
      transfers: [
        amount > 0
          ? { phase: "post", debit, credit, amount }
          : { phase: "post", debit: credit, credit: debit, amount: -amount },
      ],
    });
  }

  describe("are registered", () => {
    test("with personal data that stands nowhere in the books but sealed", async () => {
      const data = { phone: "081200000009", address: "Jalan Satu 1", contact: "Pengurus Satu" };
      const nik = "1207010101900001";
      const { id } = await registered("Nasabah Sembilan", { ...data, nik, consent: "2026-01" });
      expect((await personalDataOf(vault, suite.store.db, [id])).get(id)).toEqual({
        name: "Nasabah Sembilan",
        ...data,
        nikLast4: "0001",
      });
      for (const table of [
        "members",
        "member_personal_data",
        "member_search",
        "member_niks",
        "consents",
        "audit_events",
      ] as const) {
        const rows = await suite.store.db.selectFrom(table).selectAll().execute();
        expect(JSON.stringify(rows), table).not.toMatch(/sembilan|0000009|jalan satu|pengurus|0101900001/i);
      }
    });

    test("or without, and are shown by their numbers then", async () => {
      const named = await registered("Nasabah Sepuluh");
      const nameless = await suite.store.transaction((tx) =>
        insertMember(tx, { member: { number: null, kind: "group", card: null, wasteBank }, nowMs: NOW_MS }),
      );
      expect(await nameOf(vault, suite.store.db, nameless.id)).toBeNull();
      expect(await namesOf(vault, suite.store.db, [named.id, nameless.id])).toEqual(
        new Map([[named.id, "Nasabah Sepuluh"]]),
      );
    });

    test("and the names of more than one statement asks for are told", async () => {
      const members = [];
      for (let n = 0; n < 201; n++) members.push(await registered(`Nasabah Banyak ${n}`));
      const names = await namesOf(
        vault,
        suite.store.db,
        members.map(({ id }) => id),
      );
      expect(members.map(({ id }) => names.get(id))).toEqual(members.map((_, n) => `Nasabah Banyak ${n}`));
    });

    test("with a NIK only when they agree to it", async () => {
      expect(await register("Nasabah Sebelas", { nik: "1207010101900011" })).toMatchObject({
        kind: "refused",
        code: "consent_missing",
      });
    });

    test("once with one NIK, also when two register them at once", async () => {
      const nik = "1207010101900012";
      const outcomes = await Promise.allSettled(
        ["Nasabah Duabelas", "Nasabah Kembar"].map((name) =>
          register(name, { nik, consent: "2026-01" }).then((outcome) => {
            // A refusal ends the transaction of whoever registers; here it has ended already.
            if (outcome.kind === "refused") throw outcome;
            return outcome.member;
          }),
        ),
      );
      const kept = outcomes.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      const refused = outcomes.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
      expect(kept).toHaveLength(1);
      expect(refused).toMatchObject([
        { code: "nik_taken", reason: expect.stringContaining(`member ${kept[0]?.number} already`) },
      ]);
    });
  });

  describe("are changed", () => {
    test("so that only the new name and phone find them, and the audit log tells neither", async () => {
      const { id } = await registered("Lama Sekali", { phone: "081200000020" });
      const data = { name: "Baru Sekali", phone: "081200000021", address: null, contact: null };
      const change = {
        member: id,
        kind: "group",
        data,
        nik: undefined,
        actor: ACTOR,
        nowMs: NOW_MS,
      } as const;
      expect(await suite.store.transaction((tx) => changeMember(vault, tx, change))).toMatchObject({
        member: { kind: "group" },
      });
      expect(await found({ text: "lama" })).toEqual([]);
      expect(await found({ phone: "081200000020" })).toEqual([]);
      expect(await found({ text: "baru" })).toEqual([id]);
      expect(await found({ phone: "+62812-0000-0021" })).toEqual([id]);
      const deeds = await suite.store.db
        .selectFrom("audit_events")
        .selectAll()
        .where("subject", "=", `member:${id}`)
        .orderBy("id")
        .execute();
      expect(deeds.map(({ action }) => action).sort()).toEqual(["member.changed", "member.registered"]);
      expect(JSON.stringify(deeds)).not.toMatch(/sekali|000002/i);
    });

    test("and keep the NIK that is not spoken of, or lose it", async () => {
      const nik = "1207010101900022";
      const { id } = await registered("Nasabah Nik", { nik, consent: "2026-01" });
      const data = { name: "Nasabah Nik", phone: null, address: null, contact: null };
      const change = (newNik: string | null | undefined) =>
        suite.store.transaction((tx) =>
          changeMember(vault, tx, {
            member: id,
            kind: "individual",
            data,
            nik: newNik,
            actor: ACTOR,
            nowMs: NOW_MS,
          }),
        );
      const last4 = async () => (await personalDataOf(vault, suite.store.db, [id])).get(id)?.nikLast4;
      await change(undefined);
      expect(await last4()).toBe("0022");
      await change(null);
      expect(await last4()).toBeNull();
      await registered("Nasabah Pewaris", { nik, consent: "2026-01" });
      expect(await change(nik)).toMatchObject({ code: "nik_taken" });
    });
  });

  describe("are found", () => {
    test.each([
      "Kartini Budiwati",
      "kartini",
      "KAR",
      "budi",
      "budi kar",
      "bud'iwati, kartini",
      "0813-1111-2222",
      "6281311112222",
      "+62 813 1111 2222",
      "KARTU-1",
    ])("by %s", async (text) => {
      const bank = wasteBank;
      wasteBank = await makeWasteBank();
      const card = `KARTU-1`;
      await suite.store.db.updateTable("members").set({ card: null }).where("card", "=", card).execute();
      const { id, number } = await registered("Kartini Budiwati", {
        phone: "081311112222",
        confirmsDuplicate: true,
        member: { number: null, kind: "individual", card, wasteBank },
      });
      await registered("Kartono Satu", { phone: "081311113333", confirmsDuplicate: true });
      expect((await found({ text })).includes(id)).toBe(true);
      if (text !== "KAR") expect(await found({ text })).toEqual([id]);
      expect(await found({ text: number.slice(0, -1).toLowerCase() })).toHaveLength(2);
      expect(await found({ card })).toEqual([id]);
      expect(await found({ phone: text })).toEqual(/^[0+6]/.test(text) ? [id] : []);
      wasteBank = bank;
    });

    test.each(["artini", "kartini x9", "081311112", "%", "_", "k", "KARTU"])("not by %s", async (text) => {
      expect(await found({ text })).toEqual([]);
    });

    test("at the waste banks where they have a book as well", async () => {
      const { id } = await registered("Nasabah Berdua");
      const other = await makeWasteBank();
      expect(await found({ wasteBank: other })).toEqual([]);
      await suite.store.transaction((tx) =>
        bookForDeposit(tx, { member: id, wasteBank: other, product: null }, NOW_MS),
      );
      expect(await found({ wasteBank: other, text: "berdua" })).toEqual([id]);
      expect(await findMember(suite.store.db, id)).toMatchObject({ wasteBank, bookAt: [other] });
    });

    test("among those who took their consent back, until they agree again", async () => {
      const { id } = await registered("Nasabah Ragu", { consent: "2026-01" });
      const act = (what: "given" | "withdrawn") =>
        suite.store.transaction((tx) =>
          takeConsent(tx, { member: id, act: what, version: "2026-01", takenBy: ACTOR, atMs: NOW_MS }),
        );
      expect(await found({ hasWithdrawn: true })).toEqual([]);
      expect(await act("withdrawn")).toMatchObject({ kind: "done" });
      expect(await found({ hasWithdrawn: true })).toEqual([id]);
      expect(await act("withdrawn")).toMatchObject({ code: "consent_missing" });
      await act("given");
      expect(await found({ hasWithdrawn: true })).toEqual([]);
    });

    test("consents are append-only", async () => {
      const { db } = suite.store;
      await expect(db.deleteFrom("consents").execute()).rejects.toThrow(/LG001/);
      // @ts-expect-error the column is written once
      await expect(db.updateTable("consents").set({ version: "x" }).execute()).rejects.toThrow(/LG001/);
    });
  });

  test("a new card token is unlike any other, and the old card finds nobody", async () => {
    const { id } = await registered("Nasabah Kartu");
    const give = async (card: string) =>
      await suite.store.transaction((tx) =>
        replaceCard(tx, { member: id, card, actor: ACTOR, nowMs: NOW_MS }),
      );
    const [first, second] = [newCardToken(), newCardToken()];
    expect(first).toMatch(/^JMC-[A-Z2-7]{16}$/);
    expect(second).not.toBe(first);
    await give(first);
    await give(second);
    expect(await found({ card: first })).toEqual([]);
    expect(await found({ card: second })).toEqual([id]);
  });

  describe("have a PIN", () => {
    const check = (member: string, pin: string, nowMs = NOW_MS, asker = "user:cashier") =>
      suite.store.transaction((tx) => checkMemberPin(tx, { member, pin, asker }, nowMs));
    const give = async (member: string) => {
      const pinHash = await hashPin("482913");
      await suite.store.transaction((tx) =>
        replaceMemberPin(tx, { member, pinHash, actor: ACTOR, nowMs: NOW_MS }),
      );
    };

    test("that is right or wrong, or none at all", async () => {
      const { id } = await registered("Nasabah Pin");
      expect(await check(id, "482913")).toBe("none");
      await give(id);
      expect(await check(id, "482914")).toBe("wrong");
      expect(await check(id, "482913")).toBe("right");
    });

    test("that tells nothing for a day to whoever gave it", async () => {
      const { id } = await registered("Nasabah Titip Pin");
      await give(id);
      const dayOn = NOW_MS + PIN_GIVER_WAIT_MS;
      expect(await check(id, "482913", dayOn - 1, ACTOR)).toBe("given");
      expect(await check(id, "1", dayOn - 1, ACTOR)).toBe("given");
      expect(await check(id, "482913", dayOn - 1)).toBe("right");
      expect(await check(id, "482913", dayOn, ACTOR)).toBe("right");
    });

    test("that is not looked at for a while after too many wrong ones, longer each time", async () => {
      const { id } = await registered("Nasabah Tebak");
      await give(id);
      const tried = (tries: number) =>
        suite.store.db.updateTable("member_pins").set({ tries }).where("member_id", "=", id).execute();
      // A look at a PIN is slow on purpose, so most of the wrong ones are only counted.
      await tried(MEMBER_PIN_TRIES_MAX - 2);
      expect(await check(id, "1")).toBe("wrong");
      expect(await check(id, "1")).toBe("wrong");
      expect(await check(id, "482913")).toBe("locked");
      expect(await check(id, "482913", NOW_MS + MEMBER_PIN_WAIT_MS - 1)).toBe("locked");
      const later = NOW_MS + MEMBER_PIN_WAIT_MS;
      expect(await check(id, "1", later)).toBe("wrong");
      expect(await check(id, "482913", later + 2 * MEMBER_PIN_WAIT_MS - 1)).toBe("locked");
      expect(await check(id, "482913", later + 2 * MEMBER_PIN_WAIT_MS)).toBe("right");
      await tried(500);
      await check(id, "1");
      expect(await check(id, "482913", NOW_MS + MEMBER_PIN_WAIT_MS_MAX)).toBe("right");
    });

    test("whose tries are counted when many come at once, and forgotten when a new one is given", async () => {
      const { id } = await registered("Nasabah Serentak");
      await give(id);
      const checks = await Promise.all(Array.from({ length: 8 }, () => check(id, "1")));
      expect(checks.filter((one) => one === "wrong")).toHaveLength(MEMBER_PIN_TRIES_MAX);
      await give(id);
      expect(await check(id, "482913")).toBe("right");
    });
  });

  describe("are closed", () => {
    test("when nothing is saved, and may not act then", async () => {
      const { id } = await registered("Nasabah Tutup");
      await save(id, 5_000);
      expect(await close(id)).toMatchObject({
        kind: "refused",
        code: "member_owes",
        reason: expect.stringContaining("pay them out first"),
      });
      await save(id, -5_000);
      expect(await close(id)).toMatchObject({ kind: "done", member: { closedMs: NOW_MS } });
      expect(await close(id)).toMatchObject({ kind: "done" });
      expect(await suite.store.transaction((tx) => memberToAct(tx, id))).toMatchObject({
        kind: "refused",
        code: "member_closed",
      });
      const book = await suite.store.db
        .selectFrom("books")
        .select("closed_ms")
        .where("member_id", "=", id)
        .executeTakeFirst();
      expect(book?.closed_ms).toBe(NOW_MS);
    });

    test("not while an amount is held", async () => {
      const { id } = await registered("Nasabah Tahan");
      await save(id, 5_000);
      const clearing = { kind: "payout_clearing", ledger: "IDR", wasteBank } as const;
      await openAccounts(suite.store.db, [clearing], NOW_MS);
      await postJournal(suite.store, {
        idempotencyKey: newEventId(),
        kind: "test",
        actor: ACTOR,
        occurredMs: NOW_MS,
        transfers: [
          {
            phase: "pend",
            debit: `member_savings/IDR/${wasteBank}/${id}/regular`,
            credit: `payout_clearing/IDR/${wasteBank}`,
            amount: 5_000,
          },
        ],
      });
      expect(await close(id)).toMatchObject({ reason: expect.stringContaining("on its way") });
      expect(await erase(id)).toMatchObject({ kind: "refused", code: "member_owes" });
    });
  });

  describe("are closed only when nothing of theirs is still to come:", () => {
    test("not while waste of theirs waits to be sold", async () => {
      const { unit } = await sampleStock(suite.store);
      await bring(suite.store, {
        books: unit,
        material: "pet",
        netG: 1_000,
        priceIdrPerKg: 1_000,
        shareBps: 8_000,
      });
      expect(await close(unit.member)).toMatchObject({
        code: "member_owes",
        reason: expect.stringContaining("paid for when it is sold"),
      });
    });

    test("not while a payout is under way", async () => {
      const { id } = await registered("Nasabah Tunai");
      await suite.store.db
        .insertInto("payouts")
        .values({
          id: newEventId(),
          body_hash: "",
          member_id: id,
          waste_bank_id: wasteBank,
          product_id: "regular",
          amount_idr: 1,
          fee_idr: 0,
          fee_bearer: "bank",
          is_fee_refunded: 0,
          channel: "cash",
          channel_kind: "cash",
          destination_id: null,
          closes: 0,
          retry_of: null,
          by_officer: 0,
          requested_by: ACTOR,
          requested_ms: NOW_MS,
          requested_day: "2026-01-01",
          needs_second: 0,
          state: "requested",
        } as never)
        .execute();
      expect(await close(id)).toMatchObject({ reason: expect.stringContaining("payout under way") });
    });
  });

  describe("are erased", () => {
    test("from everything that is read, and their users sign in no more", async () => {
      const nik = "1207010101900099";
      const { id, number } = await registered("Terlupakan Sudah", {
        phone: "081299990000",
        nik,
        consent: "2026-01",
      });
      const login = { username: "terlupakan", passwordHash: "-", role: "member", wasteBank: null } as const;
      const user = await insertUser(suite.store.db, { ...login, member: id }, NOW_MS);
      const sealed = await vault.sealFor(id, "attempt:1", new Uint8Array([1]));
      expect(await erase(id)).toMatchObject({
        kind: "done",
        member: { number, erasedMs: NOW_MS, card: null },
      });
      expect(await erase(id)).toMatchObject({ kind: "done" });
      expect(await nameOf(vault, suite.store.db, id)).toBeNull();
      expect(await found({ text: "terlupakan" })).toEqual([]);
      expect(await found({ phone: "081299990000" })).toEqual([]);
      expect(await vault.openFor(id, "attempt:1", sealed)).toBeNull();
      const row = await suite.store.db
        .selectFrom("users")
        .select(["username", "disabled_ms"])
        .where("id", "=", user.id)
        .executeTakeFirst();
      expect(row).toEqual({ username: `erased-${user.id}`, disabled_ms: NOW_MS });
      await registered("Orang Sama", { nik, consent: "2026-01" });
    });

    test("wholly, also when a crash comes between the books and the key", async () => {
      const { id } = await registered("Setengah Terhapus");
      const sealed = await vault.sealFor(id, "x", new Uint8Array([1]));
      await suite.store.transaction((tx) => eraseFromBooks(tx, ending(id)));
      expect(await vault.openFor(id, "x", sealed)).not.toBeNull();
      const next = openQuietly(suite.url);
      expect(await resumeErasures({ store: next, vault }, NOW_MS)).toBe(1);
      expect(await resumeErasures({ store: next, vault }, NOW_MS)).toBe(0);
      await next.close();
      expect(await vault.openFor(id, "x", sealed)).toBeNull();
    });

    test("not by half when the vault is away: the books are erased, and the key is destroyed later", async () => {
      const { id } = await registered("Brankas Pergi");
      const away = { ...vault, destroyKeyOf: () => Promise.reject(new Error("away")) };
      await expect(eraseMember({ store: suite.store, vault: away }, ending(id))).rejects.toThrow("away");
      expect(await found({ text: "brankas" })).toEqual([]);
      expect(await erase(id)).toMatchObject({ kind: "done" });
      expect(await resumeErasures({ store: suite.store, vault }, NOW_MS)).toBe(0);
    });

    test("and nobody is, who is unknown", async () => {
      expect(await erase(newEventId())).toMatchObject({ kind: "refused", code: "member_unknown" });
    });
  });
});
