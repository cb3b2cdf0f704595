/**
 * Takes a deposit at a counter or at a citizen's door.
 *
 * The server picks price, settlement and share of the time at which the waste was weighed. At the counter the page may say
 * what it has shown, so that nobody is surprised; a door without a network has given out a receipt, which is honoured.
 */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import type { Purpose } from "@jumpa-madu/contracts/records";
import { AMOUNT_IDR_MAX } from "@jumpa-madu/contracts/units";
import { drawerKey, openShiftOf } from "../cash/shifts.ts";
import type { AccountKey } from "../ledger/account.ts";
import { type CashGift, faultOfGift } from "../payouts/cash-given.ts";
import { recordDeed } from "../proof/audit.ts";
import type { Tx } from "../relational/relational-store.ts";
import { requestHash } from "../relational/request-hash.ts";
import { inSavepoint } from "../relational/savepoint.ts";
import { type DepositRefusal, refusedDeposit } from "./deposit-refusal.ts";
import { depositorOf } from "./depositor.ts";
import { duplicateOf } from "./duplicate-visit.ts";
import { type NewLine, type PricedLine, priceLines } from "./new-line.ts";
import { faultOfExcess } from "./open-excess.ts";
import { type CheckedDeposit, type Difference, postDepositWithin } from "./post-deposit.ts";
import { pricesWithin } from "./price-list.ts";
import { differencesOf, flagged } from "./printed-differences.ts";
import { deviceCode, holdSeries } from "./receipt-series.ts";
import { type HoldingTerms, termsAt } from "./terms.ts";
import { unusualOf } from "./unusual-deposit.ts";

/** How long after it was weighed a deposit at a door may arrive, in milliseconds: a week without a network. */
const DOOR_LATE_MS = 7 * 86_400_000;

/** How far ahead of ours the clock of a collector's phone may be, in milliseconds: further on, the time would choose a price to come. */
const DOOR_AHEAD_MS = 5 * 60_000;

/** Roles of those who take waste at doors. */
const TAKES_AT_DOORS: ReadonlySet<string> = new Set(["collector", "staff", "admin"]);

/** How long a phone without a network may go on with a price that was followed by another, in milliseconds. */
const PRINTED_PRICE_MS_MAX = 7 * 86_400_000;

/** A deposit as it is handed in. */
export interface NewDeposit {
  /** Drawn by whoever hands it in; sent again it is not posted again. */
  id: string;
  source: "counter" | "door";
  /** Number of the counter or of the collector's phone, which has a series of receipts of its own. */
  device: number;
  wasteBank: string;
  member: string;
  purpose: Purpose;
  /** Savings product; null for the member's default book. */
  product: string | null;
  visit: string | null;
  /** When it was weighed; null: now. */
  occurredMs: number | null;
  lines: NewLine[];
  /** What the page has shown; null when it has shown nothing. */
  expectedTotalIdr: number | null;
  /** It looks like one that was just taken, and is another. */
  confirmsDuplicate: boolean;
  /** It is far more than a household brings, and is right all the same. Absent: nobody has said so. */
  confirmsUnusual?: boolean;
  /** Who has decided that the receipt stands, however much more it says than we compute: another than who took it. Null: nobody. */
  honouredBy: string | null;
  takenBy: string;
}

/** What became of it. `replayed`: this very deposit was posted before. */
export type DepositTaking = { kind: "posted" | "replayed"; id: string } | DepositRefusal;

/** Takes a deposit, or says why not; a refusal leaves no trace. */
export function takeDeposit(tx: Tx, deposit: NewDeposit, nowMs: number): Promise<DepositTaking> {
  return inSavepoint(tx, () => take(tx, deposit, nowMs));
}

async function take(tx: Tx, deposit: NewDeposit, nowMs: number): Promise<DepositTaking> {
  const { wasteBank, purpose } = deposit;
  const device = deviceCode(deposit.source, deposit.device);
  const bodyHash = requestHash(deposit);
  const fault = (await faultOfPlace(tx, deposit, nowMs)) ?? (await faultOfHonour(tx, deposit));
  if (fault !== null) return fault;
  await holdSeries(tx, { wasteBank, device });
  const before = await postedBefore(tx, deposit, bodyHash);
  if (before !== null) return before;
  const depositor = await depositorOf(tx, deposit.member, "alone");
  if (depositor === null)
    return refusedDeposit(
      "unknown_member",
      `there is no member ${deposit.member}: register the member first`,
    );
  if (!depositor.mayAct) {
    return refusedDeposit(
      "member_closed",
      depositor.isErased
        ? `member ${depositor.number} was erased: register the person anew, and take the waste for the new member`
        : `member ${depositor.number} is closed: let staff open the membership again, POST /v1/members/${deposit.member}/reopen`,
    );
  }
  // What a clock ahead of ours says has happened by now, at the prices that hold by now.
  const occurredMs = Math.min(deposit.occurredMs ?? nowMs, nowMs);
  const terms = await termsAt(tx, { wasteBank, memberKind: depositor.kind, atMs: occurredMs });
  const worth = await worthOf(tx, deposit, { terms, occurredMs, nowMs });
  if (worth.kind === "refused") return worth;
  const unusual = unusualOf(worth.lines);
  const isPrinted = deposit.lines.some(({ printed }) => printed !== null);
  if (unusual !== null && !isPrinted && deposit.confirmsUnusual !== true) return refusedUnusual(unusual);
  const like = deposit.confirmsDuplicate ? null : await duplicateOf(tx, { ...deposit, occurredMs });
  if (like !== null) return like;
  const cash = await cashOf(tx, deposit);
  if (cash.kind === "refused") return cash;
  const differences = await judgeCash(tx, { deposit, worth, nowMs });
  if ("code" in differences) return differences;
  const checked: CheckedDeposit = {
    id: deposit.id,
    bodyHash,
    from: fromOf(deposit),
    wasteBank,
    member: deposit.member,
    purpose,
    settlement: worth.settlement,
    shareBps: worth.settlement === "purchase" ? null : terms.shareBps,
    product: deposit.product,
    device,
    receiptNo: null,
    visit: deposit.visit,
    corrects: null,
    cashFrom: cash.from,
    lines: worth.lines,
    totalIdr: worth.totalIdr,
    differences: unusual === null ? differences : flagged(differences, worth.totalIdr, unusual),
    occurredMs,
    bookedMs: occurredMs,
    receivedMs: nowMs,
  };
  const posting = await postDepositWithin(tx, checked);
  if (posting.kind === "refused") return posting;
  const taken = deposit.confirmsDuplicate ? "deposit.taken_as_another" : "deposit.taken";
  await recordDeed(tx, {
    actor: `user:${deposit.honouredBy ?? deposit.takenBy}`,
    action: deposit.honouredBy === null ? taken : "deposit.honoured",
    subject: `deposit:${deposit.id}`,
    atMs: nowMs,
  });
  return { kind: "posted", id: deposit.id };
}

function fromOf({ source, takenBy, honouredBy }: NewDeposit): CheckedDeposit["from"] {
  return source === "counter" ? { source, takenBy } : { source, takenBy, honouredBy };
}

/** What is wrong with the place, the time or the wish, before anything is looked up of the member. */
async function faultOfPlace(
  tx: Tx,
  { wasteBank, source, purpose, product, occurredMs }: NewDeposit,
  nowMs: number,
): Promise<DepositRefusal | null> {
  const place = await tx
    .selectFrom("waste_banks")
    .select("id")
    .where("id", "=", wasteBank)
    .executeTakeFirst();
  if (place === undefined) return refusedDeposit("unknown_waste_bank", `there is no waste bank ${wasteBank}`);
  if (product !== null && purpose !== "save") {
    return refusedDeposit(
      "bad_line",
      `a savings product goes with the purpose save alone: leave product out, or save instead of ${purpose}`,
    );
  }
  if (occurredMs === null) return null;
  if (source === "counter")
    return refusedDeposit("out_of_time", "at the counter a deposit happens now: leave occurred_at out");
  if (occurredMs >= nowMs - DOOR_LATE_MS && occurredMs <= nowMs + DOOR_AHEAD_MS) return null;
  return refusedDeposit(
    "out_of_time",
    `a deposit at the door arrives within 7 days, and its clock is at most 5 min ahead; this one is of ${new Date(occurredMs).toISOString()}: correct the phone's clock, or let staff take it at the counter`,
  );
}

/** Why the receipt is not honoured: nobody honours the own one, else one person alone could print any sum and post it. */
async function faultOfHonour(
  tx: Tx,
  { honouredBy, takenBy, source, wasteBank, lines }: NewDeposit,
): Promise<DepositRefusal | null> {
  if (honouredBy === null) return null;
  if (source !== "door" || lines.every(({ printed }) => printed === null))
    return refusedDeposit(
      "bad_line",
      "only what a door has printed is honoured: give printed on each line, or leave honour out",
    );
  if (honouredBy === takenBy)
    return refusedDeposit(
      "taker_honours",
      "whoever took the waste does not honour the own receipt: ask somebody else from the office",
    );
  const taker = await tx
    .selectFrom("users")
    .select(["role", "waste_bank_id"])
    .where("id", "=", takenBy)
    .executeTakeFirst();
  if (taker === undefined) return refusedDeposit("unknown_user", `there is no user ${takenBy}`);
  const isElsewhere = taker.waste_bank_id !== null && taker.waste_bank_id !== wasteBank;
  if (TAKES_AT_DOORS.has(taker.role) && !isElsewhere) return null;
  return refusedDeposit(
    "bad_line",
    `user ${takenBy} takes no waste at doors of ${wasteBank}: name in taken_by who gave the receipt out`,
  );
}

/** Refuses what is unusual until whoever hands it in has looked again. */
export function refusedUnusual(unusual: string): DepositRefusal {
  return refusedDeposit(
    "unusual",
    `${unusual}; weigh and read it again, and if it is right, send it again with confirm_unusual: true`,
  );
}

async function postedBefore(tx: Tx, { id }: NewDeposit, bodyHash: string): Promise<DepositTaking | null> {
  const row = await tx.selectFrom("deposits").select("body_hash").where("id", "=", id).executeTakeFirst();
  if (row === undefined) return null;
  if (row.body_hash === bodyHash) return { kind: "replayed", id };
  return refusedDeposit(
    "conflict",
    `deposit ${id} was posted before with another body; the first one stands: draw a new id for another deposit`,
  );
}

interface Worth {
  kind: "worth";
  settlement: HoldingTerms["settlement"];
  lines: PricedLine[];
  totalIdr: number;
  differences: Difference[];
}

async function worthOf(
  tx: Tx,
  deposit: NewDeposit,
  { terms, occurredMs, nowMs }: { terms: HoldingTerms; occurredMs: number; nowMs: number },
): Promise<Worth | DepositRefusal> {
  const { wasteBank, purpose, takenBy, expectedTotalIdr } = deposit;
  const isPrinted = deposit.lines.some(({ printed }) => printed !== null);
  const fault = faultOfPrinted(deposit, isPrinted);
  if (fault !== null) return fault;
  // A receipt with amounts has promised to buy, whatever the terms were.
  const settlement = isPrinted ? "purchase" : terms.settlement;
  if (settlement === "share_of_sale" && purpose === "cash") {
    return refusedDeposit(
      "nothing_to_pay",
      "this member is paid when the waste is sold, so there is nothing to pay out now: save instead",
    );
  }
  const means = { wasteBank, settlement, atMs: occurredMs, takenBy, original: [] };
  const priced = await priceLines(tx, deposit.lines, means);
  if (priced.kind === "refused") return priced;
  const { lines } = priced;
  const totalIdr = totalOf(lines);
  if (totalIdr > AMOUNT_IDR_MAX)
    return refusedDeposit(
      "too_much",
      `Rp ${totalIdr} in one deposit are more than the books allow: split it`,
    );
  if (expectedTotalIdr !== null && expectedTotalIdr !== totalIdr) {
    return {
      kind: "refused",
      code: "amounts_differ",
      reason: `the page has shown Rp ${expectedTotalIdr}, by the prices in force it is Rp ${totalIdr}: show that, and send it as expected_total_idr`,
      lines: lines.map(({ amountIdr }) => amountIdr),
    };
  }
  const wrong = deposit.honouredBy !== null ? null : await faultOfReceipt(tx, deposit, { lines, occurredMs });
  if (wrong !== null) return wrong;
  const shareBps = settlement === "purchase" ? null : terms.shareBps;
  const { differences, excessIdr } = differencesOf({
    settlement,
    shareBps,
    terms,
    lines: lines.map((line) => ({ ...line, priceIdrPerKg: line.priceIdrPerKg ?? 0 })),
  });
  const giver = { takenBy: deposit.takenBy };
  const excess = deposit.honouredBy !== null ? null : await faultOfExcess(tx, { giver, excessIdr, nowMs });
  if (excess !== null)
    return refusedDeposit(
      "printed_too_much",
      `${excess}, or let somebody else from the office post it with honour`,
    );
  return { kind: "worth", settlement, lines, totalIdr, differences };
}

function faultOfPrinted(
  { source, lines, expectedTotalIdr }: NewDeposit,
  isPrinted: boolean,
): DepositRefusal | null {
  if (!isPrinted) return null;
  if (source === "counter")
    return refusedDeposit(
      "bad_line",
      "only a door gives out receipts by itself: leave printed out at the counter",
    );
  if (lines.some(({ printed }) => printed === null))
    return refusedDeposit("bad_line", "every line was printed, or none was: give printed on each of them");
  if (expectedTotalIdr === null) return null;
  return refusedDeposit(
    "bad_line",
    "what was printed is honoured: leave expected_total_idr out beside printed",
  );
}

/**
 * What is wrong with the lines of a receipt by themselves: a phone reckons by the rule, with a price that it had from us. Else whoever
 * holds one could print any sum.
 */
async function faultOfReceipt(
  tx: Tx,
  { wasteBank, lines: handedIn }: NewDeposit,
  { lines, occurredMs }: { lines: PricedLine[]; occurredMs: number },
): Promise<DepositRefusal | null> {
  for (const [index, { printed }] of handedIn.entries()) {
    const line = lines[index];
    if (printed === null || line === undefined) continue;
    const fault = await faultOfPrintedLine(tx, { ...line, wasteBank, occurredMs });
    if (fault === null) continue;
    return {
      kind: "refused",
      code: "printed_wrong",
      reason: `line ${index + 1}: ${fault}; correct the receipt with the member, or let somebody else from the office post it with honour`,
      lines: lines.map(({ netG, booksPriceIdrPerKg }) => amountIdr(netG, booksPriceIdrPerKg)),
    };
  }
  return null;
}

async function faultOfPrintedLine(
  tx: Tx,
  line: PricedLine & { wasteBank: string; occurredMs: number },
): Promise<string | null> {
  const { material, wasteBank, occurredMs, netG, booksPriceIdrPerKg, amountIdr: printedIdr } = line;
  const priceIdrPerKg = line.priceIdrPerKg ?? 0;
  const ownIdr = amountIdr(netG, priceIdrPerKg);
  if (printedIdr !== ownIdr)
    return `${netG} g at Rp ${priceIdrPerKg} a kg is Rp ${ownIdr}, the receipt says Rp ${printedIdr}`;
  if (priceIdrPerKg === booksPriceIdrPerKg) return null;
  const span = { material, wasteBank, fromMs: occurredMs - PRINTED_PRICE_MS_MAX, toMs: occurredMs };
  if ((await pricesWithin(tx, span)).has(priceIdrPerKg)) return null;
  return `the price is Rp ${booksPriceIdrPerKg} a kg, which makes Rp ${amountIdr(netG, booksPriceIdrPerKg)}; the receipt says Rp ${priceIdrPerKg}, which has not held in the 7 days before`;
}

/** Sum of the lines, in rupiah. */
export function totalOf(lines: { amountIdr: number }[]): number {
  return lines.reduce((sum, { amountIdr }) => sum + amountIdr, 0);
}

/** Where the cash comes from that the member gets at once: the open drawer of whoever takes the waste. */
async function cashOf(
  tx: Tx,
  { purpose, takenBy, wasteBank }: NewDeposit,
): Promise<{ kind: "cash"; from: AccountKey | null } | DepositRefusal> {
  if (purpose !== "cash") return { kind: "cash", from: null };
  const shift = await openShiftOf(tx, takenBy);
  if (shift?.wasteBank === wasteBank) return { kind: "cash", from: drawerKey(shift) };
  return refusedDeposit(
    "no_shift",
    shift === null
      ? "open a shift first: cash is paid from the drawer of whoever takes the waste"
      : `your open shift is at ${shift.wasteBank}: close it, and open one at ${wasteBank} first`,
  );
}

/** The deposit's differences, where its cash may be handed out. What was printed at a door is in the citizen's hands already. */
async function judgeCash(
  tx: Tx,
  { deposit, worth, nowMs }: { deposit: NewDeposit; worth: Worth; nowMs: number },
): Promise<Difference[] | DepositRefusal> {
  const { differences, totalIdr, lines } = worth;
  if (deposit.purpose !== "cash") return differences;
  const gift: CashGift = {
    wasteBank: deposit.wasteBank,
    takenBy: deposit.takenBy,
    amountIdr: totalIdr,
    isTyped: lines.some(({ typed }) => typed !== null),
    nowMs,
  };
  const fault = await faultOfGift(tx, gift);
  if (!deposit.lines.some(({ printed }) => printed !== null))
    return fault === null
      ? differences
      : refusedDeposit("over_limit", `${fault}: let the member save instead`);
  const words = fault === null ? [] : [fault];
  if (deposit.honouredBy !== null)
    words.push(`cash was handed out on a receipt that user ${deposit.honouredBy} has honoured`);
  return words.length === 0 ? differences : flagged(differences, totalIdr, words.join("; "));
}
