/** Accounts and transfers of a sale. */
import { type AccountKey, accountId } from "../ledger/account.ts";
import type { TransferRequest } from "../ledger/post-journal.ts";
import { savingsKey } from "../savings/books.ts";
import type { Consignment } from "./consignments.ts";
import type { Buyer, NewSale } from "./sell.ts";
import type { GramsGone, SplitLine, WeighedLine } from "./split-line.ts";
import { consignedKey, gramsKey, ownedKey, type StockPlace, valueKey } from "./stock-accounts.ts";

/** A line that is about to be posted. */
export interface SoldLine {
  material: string;
  line: WeighedLine;
  split: SplitLine;
}

/** What a buyer owes the waste bank. */
export function receivableKey(wasteBank: string, buyer: Buyer): AccountKey {
  const part = "offTaker" in buyer ? `off-taker:${buyer.offTaker}` : `waste-bank:${buyer.wasteBank}`;
  return { kind: "receivable", ledger: "IDR", wasteBank, part };
}

/** What a parent owes the waste bank that it bought from. */
export function payableKey(parent: string, seller: string): AccountKey {
  return { kind: "payable", ledger: "IDR", wasteBank: parent, part: seller };
}

/** Accounts of grams beside the stock itself that a sale moves, as far as its lines tell: those are known before it is split. */
export function gramsMoved({
  wasteBank,
  buyer,
  lines,
}: Pick<NewSale, "wasteBank" | "buyer" | "lines">): AccountKey[] {
  return lines.flatMap(({ material, outG, acceptedG, rejectedG, rejects }) => {
    const place = { wasteBank, material };
    const keys: AccountKey[] = [];
    if (acceptedG > 0) keys.push(gramsKey("offTaker" in buyer ? "sold" : "delivered", place));
    if (outG > acceptedG + rejectedG) keys.push(gramsKey("shrinkage", place));
    if (rejectedG > 0 && rejects === "discarded") keys.push(gramsKey("rejects", place));
    if ("wasteBank" in buyer) {
      const into = { wasteBank: buyer.wasteBank, material };
      keys.push(ownedKey(into), gramsKey("received", into));
    }
    return keys;
  });
}

/** Accounts of money that a sale may move when these consignments leave. */
export function moneyMoved(
  { wasteBank, buyer, lines }: Pick<NewSale, "wasteBank" | "buyer" | "lines">,
  consigned: Consignment[],
): AccountKey[] {
  const keys: AccountKey[] = [receivableKey(wasteBank, buyer)];
  for (const { material } of lines) {
    const place = { wasteBank, material };
    for (const kind of ["sales", "cost_of_sales", "stock_value", "shrinkage_value"] as const)
      keys.push(valueKey(kind, place));
    if ("wasteBank" in buyer) keys.push(valueKey("stock_value", { wasteBank: buyer.wasteBank, material }));
  }
  if ("wasteBank" in buyer) keys.push(payableKey(buyer.wasteBank, wasteBank));
  const savings = consigned.map(({ member, product }) => savingsKey({ member, wasteBank, product }));
  return [...new Map([...keys, ...savings].map((key) => [accountId(key), key])).values()];
}

/** Collects transfers. */
class Movements {
  readonly transfers: TransferRequest[] = [];

  /** Nothing is moved when the amount is zero. */
  move(debit: AccountKey, credit: AccountKey, amount: number): void {
    if (amount === 0) return;
    this.transfers.push({ phase: "post", debit: accountId(debit), credit: accountId(credit), amount });
  }
}

/** Transfers in the order in which they are cut into journals: first stock and value, then the members. */
export function movementsOf(
  { wasteBank, buyer }: Pick<NewSale, "wasteBank" | "buyer">,
  lines: SoldLine[],
): TransferRequest[] {
  const movements = new Movements();
  const credits: { cost: AccountKey; savings: AccountKey; amount: number }[] = [];
  for (const { material, line, split } of lines) {
    const place = { wasteBank, material };
    const taken = gramsKey("offTaker" in buyer ? "sold" : "delivered", place);
    moveGrams(movements, { from: consignedKey(place), taken, place }, split.consigned);
    moveGrams(movements, { from: ownedKey(place), taken, place }, split.owned);
    movements.move(receivableKey(wasteBank, buyer), valueKey("sales", place), split.amountIdr);
    movements.move(valueKey("cost_of_sales", place), valueKey("stock_value", place), split.costIdr);
    movements.move(valueKey("shrinkage_value", place), valueKey("stock_value", place), split.lossIdr);
    if ("wasteBank" in buyer) receive(movements, { place, parent: buyer.wasteBank }, { line, split });
    credits.push(...creditsOf(place, split));
  }
  credits.sort((one, other) => (accountId(one.savings) < accountId(other.savings) ? -1 : 1));
  for (const { cost, savings, amount } of credits) movements.move(cost, savings, amount);
  return movements.transfers;
}

function moveGrams(
  movements: Movements,
  { from, taken, place }: { from: AccountKey; taken: AccountKey; place: StockPlace },
  { acceptedG, lostG, discardedG }: GramsGone,
): void {
  movements.move(taken, from, acceptedG);
  movements.move(gramsKey("shrinkage", place), from, lostG);
  movements.move(gramsKey("rejects", place), from, discardedG);
}

/** The parent's side of a transfer: its stock rises by what it accepted, at the price that it owes. */
function receive(
  movements: Movements,
  { place, parent }: { place: StockPlace; parent: string },
  { line, split }: Pick<SoldLine, "line" | "split">,
): void {
  const into = { wasteBank: parent, material: place.material };
  movements.move(ownedKey(into), gramsKey("received", into), line.acceptedG);
  movements.move(valueKey("stock_value", into), payableKey(parent, place.wasteBank), split.amountIdr);
}

/** One credit a book, however many deposits of the member the line sold. */
function creditsOf(place: StockPlace, { shares }: SplitLine) {
  const cost = valueKey("cost_of_sales", place);
  const bySavings = new Map<string, { cost: AccountKey; savings: AccountKey; amount: number }>();
  for (const { consignment, memberIdr } of shares) {
    const { member, product } = consignment;
    const savings = savingsKey({ member, wasteBank: place.wasteBank, product });
    const credit = bySavings.get(accountId(savings)) ?? { cost, savings, amount: 0 };
    credit.amount += memberIdr;
    bySavings.set(accountId(savings), credit);
  }
  return [...bySavings.values()];
}
