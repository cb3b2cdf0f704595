/** Deeds with members and their books. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { closeBook, makeDefault, openBook, reopenBook } from "@jumpa-madu/store/book-changes";
import { moveBetweenBooks } from "@jumpa-madu/store/book-moves";
import { approveMass } from "@jumpa-madu/store/mass-approval";
import { requestMass } from "@jumpa-madu/store/mass-withdrawals";
import { closeMember } from "@jumpa-madu/store/member-closing";
import { registerMember } from "@jumpa-madu/store/member-registration";
import { expect } from "vitest";
import { closeIfEmpty } from "./close-book.ts";
import { faultOfWithdrawal, hold } from "./payout-deeds.ts";
import { chosen, type Deed, expectWord, fail, type ModelBook, type Scene, wordOf } from "./scene.ts";
import { addAccount, PRODUCT_RULES } from "./town.ts";

const MEMBERS_MAX = 4;
const DAY_MS = 86_400_000;
/** How long after a payout through a provider its member does not leave. */
const REVERSAL_MS = 14 * DAY_MS;

/** A new member with an account at a bank. */
export async function register(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  if (scene.members.length >= MEMBERS_MAX) return;
  const kind = deed.how % 2 === 0 ? "individual" : "group";
  const outcome = await town.store.transaction((tx) =>
    registerMember(town.vault, tx, {
      member: { number: null, kind, card: null, wasteBank: town.unit },
      data: { name: "Nasabah Baru", phone: null, address: null, contact: null },
      nik: null,
      consent: null,
      actor: `user:${town.staff}`,
      nowMs,
    }),
  );
  expectWord(deed, outcome, "done");
  if (outcome.kind === "refused") return;
  const { id } = outcome.member;
  const destination = await addAccount(town, { member: id, nowMs });
  scene.members.push({ id, destination, usableFromMs: nowMs + DAY_MS, isClosed: false });
}

/** Books that deposits opened have their ids in the store alone. */
async function idOf({ town }: Scene, book: ModelBook): Promise<string> {
  if (book.id !== "") return book.id;
  const { id } = await town.store.db
    .selectFrom("books")
    .select("id")
    .where("member_id", "=", book.member)
    .where("waste_bank_id", "=", town.unit)
    .where("product_id", "=", book.product)
    .executeTakeFirstOrThrow();
  book.id = id;
  return id;
}

export async function open(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, bookList } = scene;
  const member = scene.member(deed.who);
  const product = deed.how % 9 === 8 ? "none" : deed.how % 3 === 0 ? "regular" : town.product;
  const isDefault = deed.how % 2 === 0;
  const owner = { member: member.id, wasteBank: town.unit, product };
  const foretell = (): string => {
    if (member.isClosed) return "member_closed";
    if (product === "none") return "product_unknown";
    if (bookList.some((one) => one.member === member.id && one.product === product)) return "book_exists";
    return "done";
  };
  const foretold = foretell();
  // A refusal may leave rows behind, so that whoever gets one takes the transaction back.
  const outcome = await town.store
    .transaction(async (tx) => {
      const opened = await openBook(tx, { ...owner, isDefault }, { actor: `user:${town.staff}`, nowMs });
      if (opened.kind === "refused") throw Object.assign(new Error(opened.reason), { opened });
      return opened;
    })
    .catch((error: unknown) => {
      if (error instanceof Error && "opened" in error) return error.opened as { kind: string };
      throw error;
    });
  expectWord(deed, outcome, foretold);
  if (foretold !== "done") return;
  if (isDefault) for (const one of bookList) if (one.member === member.id) one.isDefault = false;
  bookList.push({ id: "", member: member.id, product, isDefault, isClosed: false });
}

/** Closes a book, opens it again, or makes it the default. */
export async function changeBook(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, bookList } = scene;
  const book = chosen(bookList, deed.which);
  if (book === undefined) return;
  const doer = { actor: `user:${town.staff}`, nowMs };
  const id = await idOf(scene, book);
  const others = bookList.filter((one) => one.member === book.member && one !== book);
  if (deed.how % 3 === 0) {
    const foretold = closeIfEmpty(scene, book);
    expectWord(
      deed,
      await town.store.transaction((tx) => closeBook(tx, { id, reason: "sepi" }, doer)),
      foretold,
    );
    return;
  }
  if (deed.how % 3 === 1) {
    const isGone = scene.members.some((member) => member.id === book.member && member.isClosed);
    const foretold = !book.isClosed ? "book_open" : isGone ? "member_closed" : "done";
    expectWord(
      deed,
      await town.store.transaction((tx) => reopenBook(tx, { id, reason: "ramai" }, doer)),
      foretold,
    );
    if (foretold === "done") book.isClosed = false;
    return;
  }
  const foretold = book.isClosed ? "book_closed" : "done";
  expectWord(deed, await town.store.transaction((tx) => makeDefault(tx, id, doer)), foretold);
  if (foretold !== "done") return;
  for (const one of others) one.isDefault = false;
  book.isDefault = true;
}

/** Money from one book to another: of one member, or not. */
export async function moveMoney(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books, bookList } = scene;
  const [from, to] = [chosen(bookList, deed.which), chosen(bookList, deed.who)];
  if (from === undefined || to === undefined) return;
  const [out, into] = [scene.book(from.member, from.product), scene.book(to.member, to.product)];
  const amountIdr = 1 + (deed.size % 4_000);
  const foretell = (): string => {
    if (from.member !== to.member || from === to) return "not_one_owner";
    if (to.isClosed) return "book_closed";
    const fault = faultOfWithdrawal(scene, { ...from, account: out, takenIdr: amountIdr, closes: false });
    if (fault !== null) return fault;
    books.move([[out, into, amountIdr]]);
    return "moved";
  };
  const body = { id: newEventId(), from: await idOf(scene, from), to: await idOf(scene, to) };
  const doer = { actor: `user:${town.staff}`, nowMs };
  const send = (idr: number) =>
    town.store.transaction((tx) => moveBetweenBooks(tx, { ...body, amountIdr: idr }, doer));
  const foretold = foretell();
  expectWord(deed, await send(amountIdr), foretold);
  if (foretold !== "moved") return;
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? amountIdr + 1 : amountIdr)),
    same: "replayed",
    other: "id_taken",
  });
}

/** Everything that the rules let go, of every book of a product, in cash, and approved. */
export async function withdrawAll(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books, bookList } = scene;
  const product = deed.which % 2 === 0 ? "regular" : town.product;
  const keptIdr = product === town.product ? PRODUCT_RULES.minBalanceIdr : 0;
  const requestedBy = `user:${town.staff}`;
  const id = newEventId();
  const asked = {
    id,
    wasteBank: town.unit,
    product,
    channel: "cash",
    amountIdr: null,
    reason: "Lebaran",
    requestedBy,
    nowMs,
  };
  const counter = { provider: town.desk.provider };
  expectWord(deed, await requestMass(town.store, counter, asked), "begun");
  const items = await town.store.db
    .selectFrom("mass_withdrawal_items")
    .selectAll()
    .where("mass_id", "=", id)
    .execute();
  const open = bookList.filter((book) => book.product === product && !book.isClosed);
  expect(items).toHaveLength(open.length);
  for (const book of open) {
    const bookId = await idOf(scene, book);
    const item = items.find((one) => one.book_id === bookId) ?? fail(`no item of book ${bookId}`);
    const account = scene.book(book.member, product);
    const amountIdr = Math.max(0, books.free(account) - keptIdr);
    const fault =
      amountIdr === 0
        ? "empty"
        : faultOfWithdrawal(scene, { ...book, account, takenIdr: amountIdr, closes: false });
    expect([item.amount_idr, item.code]).toEqual([amountIdr, fault]);
    if (fault === null)
      hold(scene, {
        id: item.payout_id,
        member: book.member,
        account,
        amountIdr,
        feeIdr: 0,
        isCash: true,
        requestedBy,
      });
  }
  if (deed.how % 2 === 0) return;
  const approver = `user:${town.chief}`;
  expectWord(deed, await approveMass(town.store, town.desk, { mass: id, approver, nowMs }), "approved");
  for (const payout of scene.payouts)
    if (items.some((item) => item.payout_id === payout.id))
      Object.assign(payout, { state: "payable", approvedBy: approver });
}

export async function leave(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const member = scene.member(deed.who);
  const mine = books
    .names()
    .filter((name) => name.startsWith("member_savings/") && name.includes(`/${member.id}/`));
  const isOwed = mine.some((account) => books.at(account) !== 0 || books.held(account) !== 0);
  const isWaiting = scene.consignments.some(
    ({ deposit, line, usedG }) =>
      deposit.member === member.id && deposit.stands && usedG < (deposit.lines[line]?.netG ?? 0),
  );
  const mayComeBack = scene.payouts.some(
    ({ member: of, isCash, state, paidMs }) =>
      of === member.id && !isCash && state === "paid" && (paidMs ?? 0) > nowMs - REVERSAL_MS,
  );
  const isUnderWay = scene.payouts.some(
    (payout) =>
      payout.member === member.id &&
      (["requested", "paying", "payable"].includes(payout.state) || payout.review !== null),
  );
  const foretold =
    !member.isClosed && (isOwed || isWaiting || isUnderWay || mayComeBack) ? "member_owes" : "done";
  const ending = { member: member.id, reason: "pindah", actor: `user:${town.staff}`, nowMs };
  expectWord(deed, await town.store.transaction((tx) => closeMember(tx, ending)), foretold);
  if (foretold !== "done") return;
  member.isClosed = true;
  for (const book of scene.bookList) if (book.member === member.id) book.isClosed = true;
}
