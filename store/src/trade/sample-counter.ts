/** A counter with whoever takes waste, whoever corrects, and cash in a drawer; for tests of deposits. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { beginShift } from "../cash/open-shift.ts";
import { accountId, balanceOf, findAccount, gramsLedger, openAccounts } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { insertUser } from "../people/users.ts";
import { NOW_MS, type SampleBooks, sampleBooks } from "../records/sample-books.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import type { NewLine } from "./new-line.ts";
import type { NewDeposit } from "./take-deposit.ts";

/** Books with two operators of the waste bank, a collector of any, and one of the city's staff. */
export interface SampleCounter extends SampleBooks {
  taker: string;
  colleague: string;
  collector: string;
  staff: string;
}

/** Makes a counter that nothing else uses. */
export async function sampleCounter(store: RelationalStore): Promise<SampleCounter> {
  const books = await sampleBooks(store);
  const user = async (role: "operator" | "collector" | "staff") => {
    const wasteBank = role === "operator" ? books.wasteBank : null;
    const kept = { username: newEventId(), passwordHash: "-", role, wasteBank, member: null };
    return (await insertUser(store.db, kept, NOW_MS)).id;
  };
  return {
    ...books,
    taker: await user("operator"),
    colleague: await user("operator"),
    collector: await user("collector"),
    staff: await user("staff"),
  };
}

/** Opens a shift of the taker with cash in the drawer. */
export async function openDrawer(
  store: RelationalStore,
  { wasteBank, taker }: SampleCounter,
  floatIdr: number,
): Promise<string> {
  const vault = { kind: "cash_vault", ledger: "IDR", wasteBank } as const;
  const capital = { kind: "capital", ledger: "IDR", wasteBank } as const;
  await openAccounts(store.db, [vault, capital], NOW_MS);
  await postJournal(store, {
    idempotencyKey: newEventId(),
    kind: "test",
    actor: "user:test",
    occurredMs: NOW_MS,
    transfers: [{ phase: "post", debit: accountId(vault), credit: accountId(capital), amount: floatIdr + 1 }],
  });
  const id = newEventId();
  const shift = { id, user: taker, wasteBank, floatIdr, nowMs: NOW_MS };
  const opened = await store.transaction((tx) => beginShift(tx, shift));
  if (opened.kind === "refused") throw new Error(opened.reason);
  return id;
}

/** A line of `netG` grams by the scale of the books. */
export function weighed(books: SampleBooks, material: string, netG: number): NewLine {
  return {
    material,
    weight: { grossG: netG + 100, tareG: 100, netG },
    evidence: { kind: "scale", scale: books.scale, raw: "0d0a", stable: true, verifiedUntilMs: null },
    printed: null,
  };
}

/** A deposit at the counter of these lines under a new id. */
export function handedIn(
  counter: SampleCounter,
  lines: NewLine[],
  rest: Partial<NewDeposit> = {},
): NewDeposit {
  return {
    id: newEventId(),
    source: "counter",
    device: 1,
    wasteBank: counter.wasteBank,
    member: counter.member,
    purpose: "save",
    product: null,
    visit: null,
    occurredMs: null,
    lines,
    expectedTotalIdr: null,
    confirmsDuplicate: false,
    honouredBy: null,
    takenBy: counter.taker,
    ...rest,
  };
}

/** Rupiah and grams of PET at the waste bank; 0 for what was never opened. */
export async function standingAt({ db }: RelationalStore, { wasteBank, member, taker, node }: SampleCounter) {
  const balance = async (key: Parameters<typeof accountId>[0]) => {
    const account = await findAccount(db, accountId(key));
    return account === null ? 0 : balanceOf(account);
  };
  const grams = gramsLedger("pet");
  return {
    savings: await balance({ kind: "member_savings", ledger: "IDR", wasteBank, member, part: "regular" }),
    donations: await balance({ kind: "donations", ledger: "IDR", wasteBank }),
    value: await balance({ kind: "stock_value", ledger: "IDR", wasteBank, part: "pet" }),
    drawer: await balance({ kind: "cash_drawer", ledger: "IDR", wasteBank, part: taker }),
    nodeCash: await balance({ kind: "node_cash", ledger: "IDR", wasteBank, part: node }),
    stock: await balance({ kind: "stock", ledger: grams, wasteBank }),
    consigned: await balance({ kind: "stock", ledger: grams, wasteBank, part: "consigned" }),
  };
}

/** Sets terms by which every member of the waste bank is paid when the waste is sold, from the beginning. */
export async function payAtSale({ db }: RelationalStore, { wasteBank }: SampleBooks, shareBps: number) {
  await db
    .insertInto("terms")
    .values({
      id: newEventId(),
      waste_bank_id: wasteBank,
      member_kind: null,
      settlement: "share_of_sale",
      share_bps: shareBps,
      valid_from_ms: NOW_MS - 1,
      created_ms: NOW_MS,
      created_by: "test",
    })
    .execute();
}
