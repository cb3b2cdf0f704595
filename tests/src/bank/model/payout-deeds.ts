/** Deeds with money that is asked for: requests, approvals, ends, cash over the counter. What providers say is in provider-deeds.ts. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { approvePayout } from "@jumpa-madu/store/approve-payout";
import { cancelPayout, rejectPayout } from "@jumpa-madu/store/end-payout";
import { payOutCash } from "@jumpa-madu/store/pay-out-cash";
import { requestPayout } from "@jumpa-madu/store/request-payout";
import { closeIfEmpty } from "./close-book.ts";
import { money } from "./plain-books.ts";
import { chosen, type Deed, expectWord, type ModelPayout, type Scene, wordOf } from "./scene.ts";
import { FEE_IDR, PRODUCT_RULES } from "./town.ts";

/** Why money may not leave a book; null when it may. */
export function faultOfWithdrawal(
  { books, bookList, ...scene }: Scene,
  {
    account,
    member,
    product,
    takenIdr,
    closes,
  }: { account: string; member: string; product: string; takenIdr: number; closes: boolean },
): string | null {
  const book = bookList.find((one) => one.member === member && one.product === product);
  if (book === undefined) return "book_unknown";
  if (book.isClosed) return "book_closed";
  const rules = product === scene.town.product ? PRODUCT_RULES : { minBalanceIdr: 0, minWithdrawalIdr: 1 };
  const freeIdr = books.free(account);
  if (takenIdr > freeIdr) return "below_min_balance";
  if (closes) return takenIdr === freeIdr ? null : "not_everything";
  if (takenIdr < rules.minWithdrawalIdr) return "below_min_withdrawal";
  return freeIdr - takenIdr < rules.minBalanceIdr ? "below_min_balance" : null;
}

/** What is held while a payout is open. */
export const takenOf = ({ amountIdr, feeIdr }: ModelPayout) => amountIdr + feeIdr;

/** Gives the money back that a payout holds. */
export function giveBack({ books, town }: Scene, payout: ModelPayout): void {
  books.hold(payout.account, money("payout_clearing", town.unit), -takenOf(payout));
}

/** Takes the held money out of the book and out of the house. */
export function payOut(scene: Scene, payout: ModelPayout, from: string): void {
  const { books, town, nowMs } = scene;
  const [clearing, fees] = [money("payout_clearing", town.unit), money("payout_fees", town.unit)];
  books.hold(payout.account, clearing, -takenOf(payout));
  books.move([
    [payout.account, clearing, takenOf(payout)],
    [clearing, from, payout.amountIdr],
    [clearing, fees, payout.feeIdr],
    [fees, from, payout.feeIdr],
  ]);
  payout.state = "paid";
  payout.paidMs = nowMs;
  if (!payout.closes) return;
  const left = scene.bookList.find((one) => scene.book(one.member, one.product) === payout.account);
  if (left !== undefined) closeIfEmpty(scene, left);
}

/** Mostly a payout in this state, sometimes any. */
function oneOf(
  { payouts }: Scene,
  { which, how }: Deed,
  state: ModelPayout["state"],
): ModelPayout | undefined {
  const fit = payouts.filter((payout) => payout.state === state);
  return chosen(fit.length > 0 && how % 4 !== 0 ? fit : payouts, which);
}

/** A request for cash or for a transfer, of a part or of all. */
export async function request(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const { who, size, how } = deed;
  const member = scene.member(who);
  const isCash = how % 2 === 0;
  const mine = scene.bookList.filter((book) => book.member === member.id);
  const product = how % 9 === 8 ? town.product : (chosen(mine, size)?.product ?? "regular");
  const account = scene.book(member.id, product);
  const feeIdr = isCash ? 0 : FEE_IDR;
  const closes = how % 6 === 5;
  const amountIdr = closes || how % 3 === 0 ? Math.max(1, books.free(account) - feeIdr) : 1 + (size % 6_000);
  const owner = how % 13 === 12 ? scene.member(who + 1) : member;
  const requestedBy = `user:${scene.cashier(who)}`;
  const body = {
    id: newEventId(),
    member: member.id,
    wasteBank: town.unit,
    product,
    amountIdr,
    channel: isCash ? "cash" : "bca",
    destination: isCash ? null : owner.destination,
    closes,
    requestedBy,
    nowMs,
  };
  const foretell = (): string => {
    if (member.isClosed) return "member_may_not_act";
    if (!isCash && owner !== member) return "unknown";
    if (!isCash && nowMs < member.usableFromMs) return "destination_unusable";
    const fault = faultOfWithdrawal(scene, {
      account,
      member: member.id,
      product,
      takenIdr: amountIdr + feeIdr,
      closes,
    });
    if (fault !== null) return fault;
    hold(scene, { id: body.id, member: member.id, account, amountIdr, feeIdr, isCash, closes, requestedBy });
    return "requested";
  };
  const counter = { provider: town.desk.provider };
  const send = (idr: number) =>
    town.store.transaction((tx) => requestPayout(counter, tx, { ...body, amountIdr: idr }));
  const foretold = foretell();
  expectWord(deed, await send(amountIdr), foretold);
  if (foretold !== "requested") return;
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? amountIdr + 1 : amountIdr)),
    same: "repeated",
    other: "conflict",
  });
}

/** Holds the money of a payout in the model and remembers it. */
export function hold(
  scene: Scene,
  asked: Pick<
    ModelPayout,
    "id" | "member" | "account" | "amountIdr" | "feeIdr" | "isCash" | "requestedBy"
  > & {
    closes?: boolean;
  },
): void {
  scene.books.hold(asked.account, money("payout_clearing", scene.town.unit), asked.amountIdr + asked.feeIdr);
  scene.payouts.push({
    closes: false,
    ...asked,
    approvedBy: null,
    state: "requested",
    review: null,
    reviewAttempt: null,
    paidMs: null,
    paidIn: null,
    attempts: [],
  });
}

export async function approve(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const payout = oneOf(scene, deed, "requested");
  if (payout === undefined) return;
  const approver =
    deed.how % 6 === 5 ? payout.requestedBy : `user:${deed.how % 2 === 0 ? town.staff : town.chief}`;
  const foretell = (): string => {
    if (approver === payout.requestedBy) return "own_request";
    if (payout.approvedBy === approver) return "repeated";
    if (payout.state !== "requested") return "wrong_state";
    payout.approvedBy = approver;
    payout.state = payout.isCash ? "payable" : "paying";
    return "approved";
  };
  const foretold = foretell();
  const outcome = await town.store.transaction((tx) =>
    approvePayout(town.desk, tx, { payout: payout.id, approver, nowMs }),
  );
  expectWord(deed, outcome, foretold);
  if (foretold === "approved" && !payout.isCash) await addAttempt(scene, payout, nowMs);
}

/** Remembers the attempt that the store has just made. */
export async function addAttempt({ town }: Scene, payout: ModelPayout, dueMs: number): Promise<void> {
  const n = payout.attempts.length + 1;
  const { id } = await town.store.db
    .selectFrom("payout_attempts")
    .select("id")
    .where("payout_id", "=", payout.id)
    .where("n", "=", n)
    .executeTakeFirstOrThrow();
  payout.attempts.push({
    id,
    n,
    state: "queued",
    sends: 0,
    wasUnknown: false,
    firstSentMs: null,
    lastSentMs: 0,
    dueMs,
  });
}

export async function reject(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const payout = oneOf(scene, deed, "requested");
  if (payout === undefined) return;
  const actor = deed.how % 5 === 4 ? payout.requestedBy : `user:${town.staff}`;
  const foretell = (): string => {
    if (payout.state === "rejected") return "repeated";
    if (actor === payout.requestedBy) return "own_request";
    if (payout.state !== "requested") return "wrong_state";
    giveBack(scene, payout);
    payout.state = "rejected";
    return "ended";
  };
  const foretold = foretell();
  const ending = { payout: payout.id, actor, reason: "belum waktunya", nowMs };
  expectWord(deed, await town.store.transaction((tx) => rejectPayout(tx, ending)), foretold);
}

export async function cancel(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const payout = oneOf(scene, deed, "payable");
  if (payout === undefined) return;
  const foretell = (): string => {
    if (payout.state === "cancelled") return "repeated";
    if (payout.state !== "requested" && payout.state !== "payable") return "wrong_state";
    giveBack(scene, payout);
    payout.state = "cancelled";
    return "ended";
  };
  const foretold = foretell();
  const ending = { payout: payout.id, actor: payout.requestedBy, reason: "batal", nowMs };
  expectWord(deed, await town.store.transaction((tx) => cancelPayout(tx, ending)), foretold);
}

/** Cash out of the drawer of a cashier, against a signature. */
export async function handOut(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const payout = oneOf(scene, deed, "payable");
  if (payout === undefined) return;
  const cashier = scene.cashier(deed.who);
  const foretell = (): string => {
    const shift = scene.openShiftOf(cashier);
    if (payout.isCash && payout.state === "paid") return payout.paidIn === shift ? "repeated" : "conflict";
    if (payout.state !== "payable") return "wrong_state";
    if (shift === undefined) return "no_shift";
    if (books.free(scene.drawer(cashier)) < payout.amountIdr) return "drawer_short";
    payOut(scene, payout, scene.drawer(cashier));
    payout.paidIn = shift;
    return "paid";
  };
  const foretold = foretell();
  const handout = { payout: payout.id, cashier, confirmation: { kind: "signature" }, nowMs } as const;
  expectWord(deed, await town.store.transaction((tx) => payOutCash(tx, handout)), foretold);
}
