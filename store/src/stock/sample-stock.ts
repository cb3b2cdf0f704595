/** Waste banks with waste in their stores, for tests of stock and sale. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { sql } from "kysely";
import { accountId, openAccounts } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { NOW_MS, type SampleBooks, sampleBooks } from "../records/sample-books.ts";
import { engineOf } from "../relational/engine-of.ts";
import type { RelationalStore, Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { postDepositWithin } from "../trade/post-deposit.ts";
import { holdDeposit, reverseDeposit } from "../trade/reverse-deposit.ts";
import { insertOffTaker } from "./off-takers.ts";
import type { NewSale } from "./sell.ts";

/** A waste bank with a parent, each with money, and a business that buys. */
export interface SampleStock {
  unit: SampleBooks;
  parent: SampleBooks;
  offTaker: string;
}

/** Makes them anew; nothing else uses them. */
export async function sampleStock(store: RelationalStore): Promise<SampleStock> {
  const unit = await sampleBooks(store);
  const parent = await sampleBooks(store);
  await store.db
    .updateTable("waste_banks")
    .set({ parent_id: parent.wasteBank })
    .where("id", "=", unit.wasteBank)
    .execute();
  const offTaker = `buyer-${newEventId()}`;
  await store.transaction((tx) =>
    insertOffTaker(tx, { id: offTaker, name: "Lapak", createdMs: NOW_MS, createdBy: "user:test" }),
  );
  return { unit, parent, offTaker };
}

/** A deposit of one line. `shareBps`: it is paid when it is sold; null: it is bought. */
export interface SampleDeposit {
  books: SampleBooks;
  material: keyof SampleBooks["prices"];
  netG: number;
  priceIdrPerKg: number;
  shareBps: number | null;
  occurredMs?: number;
}

/** Posts a deposit as a terminal's, and answers its id. */
export async function bring(store: RelationalStore, deposit: SampleDeposit): Promise<string> {
  const { books, material, netG, priceIdrPerKg, shareBps } = deposit;
  const id = newEventId();
  const occurredMs = deposit.occurredMs ?? NOW_MS;
  const amount = shareBps === null ? amountIdr(netG, priceIdrPerKg) : 0;
  const price = newEventId();
  const outcome = await store.transaction(async (tx) => {
    await tx
      .insertInto("prices")
      .values({
        id: price,
        material_id: material,
        waste_bank_id: books.wasteBank,
        price_idr_per_kg: priceIdrPerKg,
        valid_from_ms: nextMoment++,
        created_ms: NOW_MS,
        created_by: "test",
      })
      .execute();
    return await postDepositWithin(tx, {
      id,
      bodyHash: requestHash(id),
      from: { source: "terminal", node: books.node },
      wasteBank: books.wasteBank,
      member: books.member,
      purpose: "save",
      settlement: shareBps === null ? "purchase" : "share_of_sale",
      shareBps,
      product: null,
      device: books.node,
      receiptNo: id,
      visit: null,
      corrects: null,
      cashFrom: null,
      lines: [
        {
          material,
          price,
          priceIdrPerKg,
          grossG: null,
          tareG: null,
          netG,
          stable: true,
          scale: books.scale,
          verifiedUntilMs: null,
          raw: "0d0a",
          typed: null,
          amountIdr: amount,
        },
      ],
      totalIdr: amount,
      differences: [],
      occurredMs,
      bookedMs: occurredMs,
      receivedMs: occurredMs,
    });
  });
  if (outcome.kind === "refused") throw new Error(outcome.reason);
  return id;
}

/** Moments at which prices begin: each once. */
let nextMoment = NOW_MS - 1_000_000_000;

/** Takes a deposit back as its terminal would. */
export async function takeBack(store: RelationalStore, deposit: string): Promise<"reversed" | "refused"> {
  const id = newEventId();
  // Whatever was refused leaves nothing behind.
  class Refused extends Error {}
  try {
    return await store.transaction(async (tx) => {
      const held = await holdDeposit(tx, deposit);
      if (held === null) throw new Error(`no deposit ${deposit}`);
      const outcome = await reverseDeposit(tx, held, {
        id,
        bodyHash: requestHash(id),
        kind: "void",
        by: null,
        actor: `node:${held.node}`,
        reason: "wrong member",
        occurredMs: NOW_MS,
        receivedMs: NOW_MS,
      });
      if (outcome.kind === "refused") throw new Refused(outcome.reason);
      return "reversed" as const;
    });
  } catch (error) {
    if (error instanceof Refused) return "refused";
    throw error;
  }
}

/**
 * Runs statements that no program of ours could, looks at the books, and takes it all back: without triggers and foreign
 * keys, as somebody does who has the file.
 */
export async function tampered<T>(
  store: RelationalStore,
  statements: string[],
  look: (tx: Tx) => Promise<T>,
): Promise<T> {
  const undo = new Error("undo");
  let seen: { value: T } | null = null;
  await store
    .transaction(async (tx) => {
      for (const statement of [...(await disarm(tx)), ...statements]) await sql.raw(statement).execute(tx);
      seen = { value: await look(tx) };
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  if (seen === null) throw undo;
  return (seen as { value: T }).value;
}

async function disarm(tx: Tx): Promise<string[]> {
  if (engineOf(tx) === "sqlite") {
    const { rows } = await sql<{
      name: string;
    }>`select name from sqlite_master where type = 'trigger'`.execute(tx);
    return ["pragma defer_foreign_keys = on", ...rows.map(({ name }) => `drop trigger ${name}`)];
  }
  const { rows } = await sql<{ name: string }>`
    select oid::regclass::text as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace`.execute(
    tx,
  );
  return [
    "set constraints all immediate",
    ...rows.map(({ name }) => `alter table ${name} disable trigger all`),
  ];
}

/** Puts cash into the safe. */
export async function fillSafe(store: RelationalStore, wasteBank: string, amount: number): Promise<void> {
  const safe = { kind: "cash_vault", ledger: "IDR", wasteBank } as const;
  const capital = { kind: "capital", ledger: "IDR", wasteBank } as const;
  await openAccounts(store.db, [safe, capital], NOW_MS);
  await postJournal(store, {
    idempotencyKey: newEventId(),
    kind: "test",
    actor: "user:test",
    occurredMs: NOW_MS,
    transfers: [{ phase: "post", debit: accountId(safe), credit: accountId(capital), amount }],
  });
}

/** A sale of one line of PET to the off-taker: everything accepted at Rp 2,000 a kilogram unless said. */
export function saleOf(
  stock: SampleStock,
  outG: number,
  rest: Partial<NewSale> & { line?: Partial<NewSale["lines"][number]> } = {},
): NewSale {
  const { line, ...others } = rest;
  return {
    id: newEventId(),
    wasteBank: stock.unit.wasteBank,
    buyer: { offTaker: stock.offTaker },
    occurredMs: NOW_MS,
    lines: [
      {
        material: "pet",
        outG,
        acceptedG: outG,
        rejectedG: 0,
        rejects: "returned",
        priceIdrPerKg: 2_000,
        ...line,
      },
    ],
    paid: null,
    soldBy: "user:one",
    ...others,
  };
}
