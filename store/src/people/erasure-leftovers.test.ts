/** What is left of an erased member in the files of the books: read as bytes, by whoever finds a copy. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { expect, it } from "vitest";
import { attemptsOf, bytesOf } from "../payouts/attempts.ts";
import { addDestination, findDestination, keepNameCheck } from "../payouts/destinations.ts";
import {
  answer,
  request,
  type SampleBank,
  sampleBank,
  sending,
  transferOf,
} from "../payouts/payout-fixture.ts";
import { describePayout, listPayouts } from "../payouts/payout-list.ts";
import { keepWebhook } from "../payouts/webhook-inbox.ts";
import { onEachEngine, onEngine } from "../relational/engine-suite.ts";
import { requestHash } from "../relational/request-hash.ts";
import { claimAnswer, keepAnswer } from "../rows/idempotent-answers.ts";
import { readPassbook } from "../savings/passbook.ts";
import { REVERSAL_WINDOW_MS } from "./member-closing.ts";
import { eraseMember } from "./member-erasure.ts";
import { findMember } from "./members.ts";
import { keepPersonalData } from "./personal-data.ts";

const NAME = "Terlupakan Sepenuhnya";
const ACCOUNT_NUMBER = "8830427719";
const PHONE = "081277665544";
const SAVINGS_IDR = 73_000;

/** A member with personal data, a destination, and a payout of everything that has been paid. */
async function paidMember(bank: SampleBank) {
  const { store, member, nowMs } = bank;
  const { vault } = bank.desk;
  const data = { name: NAME, phone: PHONE, address: null, contact: null, nikLast4: null };
  await store.transaction((tx) => keepPersonalData(vault, tx, { member, data, nowMs }));
  const destination = newEventId(nowMs);
  await store.transaction(async (tx) => {
    await addDestination(vault, tx, {
      id: destination,
      member,
      channel: "bca",
      accountNumber: ACCOUNT_NUMBER,
      accountName: NAME,
      createdBy: bank.officer,
      isInquired: true,
      nowMs: nowMs - 7 * 86_400_000,
    });
    await keepNameCheck(vault, tx, { destination, answer: { state: "name", name: NAME }, nowMs });
  });
  const shown = { id: newEventId(), member, hint: ACCOUNT_NUMBER.slice(-4) };
  const key = { user: bank.officer.slice("user:".length), key: "k", requestHash: "" };
  await store.transaction(async (tx) => {
    await claimAnswer(tx, key, nowMs);
    await keepAnswer(tx, key, { status: 201, body: JSON.stringify(shown) });
  });
  const asked = transferOf(bank, { destination, amountIdr: SAVINGS_IDR });
  const attempt = await sending(bank, asked);
  const found = await attemptsOf(store.db, asked.id);
  const sent = found[0] === undefined ? new Uint8Array() : await bytesOf(vault, store.db, found[0]);
  const outcome = { kind: "succeeded", accountNumber: ACCOUNT_NUMBER, amountIdr: SAVINGS_IDR } as const;
  await answer(bank, attempt, { outcome });
  const told = Buffer.from(
    JSON.stringify({ data: { account_number: ACCOUNT_NUMBER, account_holder_name: NAME } }),
  );
  const dedupe = createHash("sha256").update(told).digest("hex");
  await store.transaction((tx) =>
    keepWebhook(vault, tx, { provider: "xendit-v2", dedupe, body: told, nowMs }),
  );
  return {
    payout: asked.id,
    destination,
    texts: [Buffer.from(sent), told, Buffer.from(JSON.stringify(outcome))],
  };
}

/** Every file beside the books, as bytes. */
function filesOf(url: string): { name: string; bytes: Buffer }[] {
  const folder = dirname(url.replace("sqlite:", ""));
  return readdirSync(folder).map((name) => ({ name, bytes: readFileSync(join(folder, name)) }));
}

async function compact({ store }: SampleBank): Promise<void> {
  await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
  await sql`vacuum`.execute(store.db);
  await sql`pragma wal_checkpoint(truncate)`.execute(store.db);
}

onEngine("sqlite", "the files of the books, after a member was erased,", (suite) => {
  it("hold neither name nor account number, nor a plain hash of what they were in", async () => {
    const bank = await sampleBank(suite.store, SAVINGS_IDR);
    const { destination, texts } = await paidMember(bank);
    const { db } = suite.store;
    const before = await db
      .selectFrom("destinations")
      .selectAll()
      .where("id", "=", destination)
      .executeTakeFirstOrThrow();
    const ofDestination = [before.fingerprint, before.body_hash];
    await compact(bank);
    // A search that finds nothing must be one that could find something.
    for (const text of ofDestination)
      expect(filesOf(suite.url).some(({ bytes }) => bytes.includes(text))).toBe(true);

    const ending = {
      member: bank.member,
      reason: "permintaan sendiri",
      actor: bank.chief,
      nowMs: bank.nowMs + REVERSAL_WINDOW_MS,
    };
    const rooms = { store: suite.store, vault: bank.desk.vault };
    expect(await eraseMember(rooms, ending)).toMatchObject({ kind: "done" });
    await compact(bank);

    const account = { accountNumber: ACCOUNT_NUMBER, accountName: NAME };
    const known = [
      NAME,
      ACCOUNT_NUMBER,
      PHONE,
      `bca ${ACCOUNT_NUMBER}`,
      `${ACCOUNT_NUMBER} ${NAME}`,
      JSON.stringify(account),
      ...texts,
    ];
    const hashes = [
      ...known.map((text) => createHash("sha256").update(text).digest()),
      ...[
        account,
        NAME,
        ACCOUNT_NUMBER,
        { channel: "bca", account_number: ACCOUNT_NUMBER, account_name: NAME },
      ].map((value) => Buffer.from(requestHash(value), "hex")),
    ];
    const leftovers = [
      NAME,
      NAME.toUpperCase(),
      "Terlupakan",
      ACCOUNT_NUMBER,
      PHONE,
      ...ofDestination,
      ...hashes.flatMap((hash) => [
        hash,
        hash.toString("hex"),
        hash.toString("base64"),
        hash.toString("base64url"),
      ]),
    ];
    for (const { name, bytes } of filesOf(suite.url))
      for (const text of leftovers) expect(bytes.includes(text), `${String(text)} in ${name}`).toBe(false);
    expect(await db.selectFrom("idempotent_answers").selectAll().execute()).toEqual([]);
  });
});

onEachEngine("an erased member", (suite) => {
  it("still stands in payouts and passbook, by the number; only the digits of the account are gone", async () => {
    const bank = await sampleBank(suite.store, SAVINGS_IDR);
    const { payout, destination } = await paidMember(bank);
    const { db } = suite.store;
    const forget = db
      .updateTable("destinations")
      .set({ hint: "", fingerprint: "", body_hash: "", retired_ms: 1 });
    await expect(forget.where("id", "=", destination).execute()).rejects.toThrow(/^LG001/);
    const rooms = { store: suite.store, vault: bank.desk.vault };
    const ending = {
      member: bank.member,
      reason: "permintaan sendiri",
      actor: bank.chief,
      nowMs: bank.nowMs + REVERSAL_WINDOW_MS,
    };
    await eraseMember(rooms, ending);

    const book = { member: bank.member, wasteBank: bank.accounts.wasteBank, product: "regular" };
    const query = { fromMs: null, untilMs: null, after: null, limit: 10 };
    const { lines, closingIdr } = await readPassbook(db, book, query);
    expect(lines.map(({ outIdr, inIdr }) => inIdr - outIdr)).toEqual([SAVINGS_IDR, -SAVINGS_IDR]);
    expect(closingIdr).toBe(0);
    const page = { limit: 10, after: null };
    const { items } = await listPayouts(
      db,
      {
        wasteBank: null,
        member: bank.member,
        state: null,
        channel: null,
        isUnderReview: false,
        fromMs: null,
        toMs: null,
      },
      page,
    );
    expect(items).toMatchObject([{ id: payout, member: bank.member, state: "paid" }]);
    expect(await describePayout(db, payout)).toMatchObject({ destination: { id: destination, hint: "" } });
    expect(await findMember(db, bank.member)).toMatchObject({ number: bank.member });
    expect(await findDestination(db, destination)).toMatchObject({ hint: "", sharedWith: 0 });
    const again = await request(bank, transferOf(bank, { destination }));
    expect(again).toMatchObject({ kind: "refused", code: "member_may_not_act" });
    const kept = db.updateTable("destinations").set({ hint: "7719" }).where("id", "=", destination);
    await expect(kept.execute()).rejects.toThrow(/^LG001/);
  });
});
