/**
 * Solvency: what members are owed beside what is there to pay them with. From the counters of accounts and the sales of the last
 * 90 days, so it costs the same after ten years as after one.
 */
import { sql } from "kysely";
import type { Db } from "../relational/relational-store.ts";
import { PAGE_ROWS_MAX, type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { type MaterialWorth, worthOfStock } from "./stock-worth.ts";

/** Whether what is owed could be paid: with money, only by selling the stock as well, or not at all. */
export const SOLVENCY_FLAGS = ["covered", "covered_with_stock", "short"] as const;
export type SolvencyFlag = (typeof SOLVENCY_FLAGS)[number];

/** Sums of one waste bank, or of all, in rupiah. */
export interface SolvencySums {
  /** What the books of members hold; of it `heldIdr` is on its way out. */
  savingsIdr: number;
  heldIdr: number;
  /** What has left the books of members and has not arrived. */
  clearingIdr: number;
  /** What came back for members who had left, and was not paid out to them. */
  owedToFormerIdr: number;
  /** What is owed to other waste banks. */
  payableIdr: number;
  owedIdr: number;
  vaultIdr: number;
  /** What the books hold in drawers, and what terminals have paid out of them. Null for whoever may have to count one. */
  drawersIdr: number | null;
  nodeCashIdr: number | null;
  /** Drawers of a waste bank are left out of all sums: the viewer may have to count one. */
  withoutDrawers: boolean;
  bankIdr: number;
  /** What lies with providers; below 0 when they have paid more than they had. */
  providerIdr: number;
  liquidIdr: number;
  receivableIdr: number;
  /** The waste bank's own stock at buyers' prices or at cost (`stock-worth.ts`), and what it has cost. */
  stockIdr: number;
  stockCostIdr: number;
  totalIdr: number;
  /** Stock that is paid for only when it is sold, and what members will get of it. In none of the sums above. */
  consignedIdr: number;
  consignedMembersIdr: number;
  /** Null when nothing is owed. */
  liquidPerOwed: number | null;
  totalPerOwed: number | null;
  flag: SolvencyFlag;
  /** What is missing when the flag is `short`; else 0. */
  missingIdr: number;
}

/** Solvency of one waste bank, with the stock that it counts. */
export interface Solvency extends SolvencySums {
  wasteBank: string;
  materials: MaterialWorth[];
}

/** Who looks. Whoever may have to count a drawer is not told what the books hold in it. */
export interface SolvencyViewer {
  user: string;
  /** Works at a counter: no drawer of an open shift is shown. From the office only the own one is hidden. */
  isAtCounter: boolean;
}

/** What is asked for. */
export interface SolvencyQuestion {
  wasteBank: string | null;
  viewer: SolvencyViewer;
  nowMs: number;
}

/** Solvency of each waste bank, by id. */
export async function listSolvency(
  db: Db,
  { wasteBank, viewer, nowMs }: SolvencyQuestion,
  { limit, after }: PageRequest,
): Promise<Page<Solvency>> {
  let query = db
    .selectFrom("waste_banks")
    .select("id")
    .orderBy("id")
    .limit(limit + 1);
  if (wasteBank !== null) query = query.where("id", "=", wasteBank);
  if (after !== null) query = query.where("id", ">", after);
  const page = pageOf(await query.execute(), limit, ({ id }) => id);
  const ids = page.items.map(({ id }) => id);
  const accounts = Map.groupBy(await sumsOfAccounts(db, ids), (row) => row.wasteBank);
  const worth = Map.groupBy(await worthOfStock(db, ids, nowMs), (row) => row.wasteBank);
  const blind = await banksHiddenFrom(db, ids, viewer);
  const items = ids.map((id) => {
    const materials = worth.get(id) ?? [];
    const sums = sumsOf(accounts.get(id) ?? [], { materials, isBlind: blind.has(id) });
    return { wasteBank: id, ...judged(sums), materials };
  });
  return { items, next: page.next };
}

/** Solvency of the whole programme. `shortBanks`: one waste bank's money does not pay another's members. */
export interface ProgrammeSolvency extends SolvencySums {
  wasteBanks: number;
  shortBanks: number;
  /** When each provider's balance was last compared with ours, and how they differed; null: the provider did not say. */
  reconciled: { provider: string; day: string; differenceIdr: number | null }[];
}

/** Adds up all waste banks. */
export async function programmeSolvency(
  db: Db,
  question: Omit<SolvencyQuestion, "wasteBank">,
): Promise<ProgrammeSolvency> {
  let total = judged(sumsOf([], { materials: [], isBlind: false }));
  let [wasteBanks, shortBanks] = [0, 0];
  let after: string | null = null;
  do {
    const page: Page<Solvency> = await listSolvency(
      db,
      { ...question, wasteBank: null },
      { limit: PAGE_ROWS_MAX, after },
    );
    for (const one of page.items) {
      total = judged(added(total, one));
      wasteBanks++;
      if (one.flag === "short") shortBanks++;
    }
    after = page.next;
  } while (after !== null);
  return { ...total, wasteBanks, shortBanks, reconciled: await lastReconciled(db) };
}

type Amounts = Omit<
  SolvencySums,
  "owedIdr" | "liquidIdr" | "totalIdr" | "liquidPerOwed" | "totalPerOwed" | "flag" | "missingIdr"
>;

/** Draws the conclusions from the amounts. */
function judged(amounts: Amounts): SolvencySums {
  const { vaultIdr, drawersIdr, nodeCashIdr, bankIdr, providerIdr } = amounts;
  const owedIdr = amounts.savingsIdr + amounts.clearingIdr + amounts.owedToFormerIdr + amounts.payableIdr;
  // What terminals have paid still stands in the drawers that it came from.
  const liquidIdr = vaultIdr + (drawersIdr ?? 0) - (nodeCashIdr ?? 0) + bankIdr + providerIdr;
  const totalIdr = liquidIdr + amounts.receivableIdr + amounts.stockIdr;
  const flag = liquidIdr >= owedIdr ? "covered" : totalIdr >= owedIdr ? "covered_with_stock" : "short";
  return {
    ...amounts,
    owedIdr,
    liquidIdr,
    totalIdr,
    liquidPerOwed: ratio(liquidIdr, owedIdr),
    totalPerOwed: ratio(totalIdr, owedIdr),
    flag,
    missingIdr: flag === "short" ? owedIdr - totalIdr : 0,
  };
}

/** To four places, rounded down: 0.9999 is not 1. */
function ratio(amount: number, owed: number): number | null {
  return owed === 0 ? null : Math.floor((amount / owed) * 10_000) / 10_000;
}

function added(one: Amounts, other: Amounts): Amounts {
  const sum = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : a + b);
  return {
    savingsIdr: one.savingsIdr + other.savingsIdr,
    heldIdr: one.heldIdr + other.heldIdr,
    clearingIdr: one.clearingIdr + other.clearingIdr,
    owedToFormerIdr: one.owedToFormerIdr + other.owedToFormerIdr,
    payableIdr: one.payableIdr + other.payableIdr,
    vaultIdr: one.vaultIdr + other.vaultIdr,
    drawersIdr: sum(one.drawersIdr, other.drawersIdr),
    nodeCashIdr: sum(one.nodeCashIdr, other.nodeCashIdr),
    withoutDrawers: one.withoutDrawers || other.withoutDrawers,
    bankIdr: one.bankIdr + other.bankIdr,
    providerIdr: one.providerIdr + other.providerIdr,
    receivableIdr: one.receivableIdr + other.receivableIdr,
    stockIdr: one.stockIdr + other.stockIdr,
    stockCostIdr: one.stockCostIdr + other.stockCostIdr,
    consignedIdr: one.consignedIdr + other.consignedIdr,
    consignedMembersIdr: one.consignedMembersIdr + other.consignedMembersIdr,
  };
}

interface AccountSums {
  wasteBank: string;
  kind: string;
  balance: number;
  held: number;
}

async function sumsOfAccounts(db: Db, wasteBanks: string[]): Promise<AccountSums[]> {
  if (wasteBanks.length === 0) return [];
  const { rows } = await sql<AccountSums>`
    select waste_bank_id as "wasteBank", kind,
      cast(sum(case normal when 'C' then credits_posted - debits_posted else debits_posted - credits_posted end) as bigint) as balance,
      cast(sum(case normal when 'C' then debits_pending else credits_pending end) as bigint) as held
    from accounts where ledger = 'IDR' and waste_bank_id in (${sql.join(wasteBanks)})
    group by waste_bank_id, kind`.execute(db);
  return rows;
}

function sumsOf(
  accounts: AccountSums[],
  { materials, isBlind }: { materials: MaterialWorth[]; isBlind: boolean },
): Amounts {
  const balance = (kind: string) => accounts.find((row) => row.kind === kind)?.balance ?? 0;
  const worth = (amountOf: (one: MaterialWorth) => number) =>
    materials.reduce((sum, one) => sum + amountOf(one), 0);
  return {
    savingsIdr: balance("member_savings"),
    heldIdr: accounts.find(({ kind }) => kind === "member_savings")?.held ?? 0,
    clearingIdr: balance("payout_clearing"),
    owedToFormerIdr: balance("owed_to_former"),
    payableIdr: balance("payable"),
    vaultIdr: balance("cash_vault"),
    drawersIdr: isBlind ? null : balance("cash_drawer"),
    nodeCashIdr: isBlind ? null : balance("node_cash"),
    withoutDrawers: isBlind,
    bankIdr: balance("bank_account"),
    providerIdr: balance("provider_float"),
    receivableIdr: balance("receivable"),
    stockIdr: worth(({ ownedIdr }) => ownedIdr),
    stockCostIdr: balance("stock_value"),
    consignedIdr: worth(({ consignedIdr }) => consignedIdr),
    consignedMembersIdr: worth(({ membersIdr }) => membersIdr),
  };
}

/** Waste banks whose drawers this viewer may have to count. */
async function banksHiddenFrom(
  db: Db,
  wasteBanks: string[],
  { user, isAtCounter }: SolvencyViewer,
): Promise<Set<string>> {
  if (wasteBanks.length === 0) return new Set();
  let query = db
    .selectFrom("shifts")
    .select("waste_bank_id as wasteBank")
    .distinct()
    .where("closed_ms", "is", null)
    .where("waste_bank_id", "in", wasteBanks);
  if (!isAtCounter) query = query.where("user_id", "=", user);
  return new Set((await query.execute()).map(({ wasteBank }) => wasteBank));
}

async function lastReconciled(db: Db): Promise<ProgrammeSolvency["reconciled"]> {
  return await db
    .selectFrom("reconciliations")
    .select(["provider", "day", "difference_idr as differenceIdr"])
    .where((eb) =>
      eb(
        "day",
        "=",
        eb
          .selectFrom("reconciliations as later")
          .select((inner) => inner.fn.max("later.day").as("day"))
          .whereRef("later.provider", "=", "reconciliations.provider"),
      ),
    )
    .orderBy("provider")
    .execute();
}
