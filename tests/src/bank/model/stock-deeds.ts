/** Deeds with waste that leaves or is counted: sales, payments, their voids, stock counts. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { countStock, decideCount } from "@jumpa-madu/store/count-stock";
import { pay } from "@jumpa-madu/store/pay-sale";
import { type NewSale, sellStock } from "@jumpa-madu/store/sell";
import { voidSale } from "@jumpa-madu/store/void-sale";
import { grams, type Move, money } from "./plain-books.ts";
import { chosen, type Deed, expectWord, type ModelConsignment, partOf, type Scene, wordOf } from "./scene.ts";
import { MATERIALS } from "./waste-deeds.ts";

interface Sold {
  material: string;
  toParent: boolean;
  acceptedG: number;
  lostG: number;
  goneG: number;
  priceIdrPerKg: number;
}

/** What a sale moves: consigned grams first, the oldest first, everything else in proportion. */
function saleOf(scene: Scene, { material, toParent, acceptedG, lostG, goneG, priceIdrPerKg }: Sold) {
  const { unit, parent, offTaker } = scene.town;
  const { books } = scene;
  const [own, consigned] = [scene.stock(material), scene.stock(material, true)];
  const [ownG, valueIdr] = [books.at(own), books.at(money("stock_value", unit, material))];
  const consignedG = Math.min(books.at(consigned), goneG);
  const totalIdr = Math.floor((acceptedG * priceIdrPerKg + 500) / 1_000);

  const used = new Map<ModelConsignment, number>();
  const credits = new Map<string, number>();
  let doneG = 0;
  for (const one of scene.waiting(material)) {
    const takenG = Math.min((one.deposit.lines[one.line]?.netG ?? 0) - one.usedG, consignedG - doneG);
    if (takenG === 0) break;
    const broughtIdr = partOf(totalIdr, doneG + takenG, goneG) - partOf(totalIdr, doneG, goneG);
    used.set(one, takenG);
    credits.set(one.account, (credits.get(one.account) ?? 0) + partOf(broughtIdr, one.deposit.bps, 10_000));
    doneG += takenG;
  }

  const ofConsigned = (upto: number) => partOf(upto, consignedG, goneG);
  const [acceptedC, lostC] = [
    ofConsigned(acceptedG),
    ofConsigned(acceptedG + lostG) - ofConsigned(acceptedG),
  ];
  const thrownC = consignedG - acceptedC - lostC;
  const costIdr = partOf(valueIdr, acceptedG - acceptedC, ownG);
  const lossIdr = partOf(valueIdr, goneG - consignedG, ownG) - costIdr;
  const place = (kind: string) => grams(kind, unit, material);
  const worth = (kind: string) => money(kind, unit, material);
  const taken = place(toParent ? "delivered" : "sold");
  const buyer = toParent ? `waste-bank:${parent}` : `off-taker:${offTaker}`;
  const moves: Move[] = [
    [taken, consigned, acceptedC],
    [place("shrinkage"), consigned, lostC],
    [place("rejects"), consigned, thrownC],
    [taken, own, acceptedG - acceptedC],
    [place("shrinkage"), own, lostG - lostC],
    [place("rejects"), own, goneG - acceptedG - lostG - thrownC],
    [money("receivable", unit, buyer), worth("sales"), totalIdr],
    [worth("cost_of_sales"), worth("stock_value"), costIdr],
    [worth("shrinkage_value"), worth("stock_value"), lossIdr],
  ];
  if (toParent) {
    moves.push([grams("stock", parent, material), grams("received", parent, material), acceptedG]);
    moves.push([money("stock_value", parent, material), money("payable", parent, unit), totalIdr]);
  }
  for (const [account, idr] of credits) moves.push([worth("cost_of_sales"), account, idr]);
  return { totalIdr, used, moves: moves.filter(([, , amount]) => amount > 0) };
}

/** A sale to the off-taker or to the parent. */
export async function sell(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const { who, which, size, how } = deed;
  const material = MATERIALS[which % 2] ?? "pet";
  const inStockG = books.at(scene.stock(material)) + books.at(scene.stock(material, true));
  const outG = Math.max(1, Math.ceil((inStockG * (size % 1_100)) / 1_000));
  const isMore = how % 11 === 10;
  const acceptedG = isMore ? outG + 1 : Math.floor((outG * (10 - (how % 4))) / 10);
  const rejectedG = isMore ? 0 : Math.floor(((outG - acceptedG) * (which % 3)) / 2);
  const rejects = how % 2 === 0 ? "returned" : "discarded";
  const toParent = who % 3 === 0;
  const sale: NewSale = {
    id: newEventId(),
    wasteBank: town.unit,
    buyer: toParent ? { wasteBank: town.parent } : { offTaker: town.offTaker },
    occurredMs: nowMs,
    lines: [{ material, outG, acceptedG, rejectedG, rejects, priceIdrPerKg: (size * 7) % 9_000 }],
    paid: null,
    soldBy: `user:${scene.cashier(who)}`,
  };
  const goneG = rejects === "returned" ? outG - rejectedG : outG;
  const foretell = (): string => {
    if (isMore) return "more_than_out";
    if (goneG === 0) return "nothing_left";
    if (outG > inStockG) return "not_in_stock";
    const lostG = outG - acceptedG - rejectedG;
    const priceIdrPerKg = sale.lines[0]?.priceIdrPerKg ?? 0;
    const sold = saleOf(scene, { material, toParent, acceptedG, lostG, goneG, priceIdrPerKg });
    if (!books.move(sold.moves)) return "ledger_refused";
    for (const [one, usedG] of sold.used) one.usedG += usedG;
    const credited = sold.moves.map(([, credit]) => credit);
    for (const book of scene.bookList)
      if (credited.includes(scene.book(book.member, book.product))) book.isClosed = false;
    scene.sales.push({ id: sale.id, toParent, soldBy: sale.soldBy, ...sold, payments: [], isVoided: false });
    return "posted";
  };
  const send = (sent: NewSale) => town.store.transaction((tx) => sellStock(tx, sent, scene.nowMs));
  const foretold = foretell();
  expectWord(deed, await send(sale), foretold);
  if (foretold !== "posted") return;
  scene.sent.push({
    again: async (changed) =>
      wordOf(await send(changed ? { ...sale, occurredMs: sale.occurredMs - 1 } : sale)),
    same: "replayed",
    other: "id_taken",
  });
}

/** A payment of a sale, into the safe or the bank account. */
export async function paySale(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const sale = chosen(scene.sales, deed.which);
  if (sale === undefined) return;
  const into = deed.how % 2 === 0 ? "cash_vault" : "bank_account";
  const amountIdr = deed.how % 3 === 0 ? Math.max(1, sale.totalIdr) : 1 + (deed.size % 3_000);
  const buyer = sale.toParent ? `waste-bank:${town.parent}` : `off-taker:${town.offTaker}`;
  const moves: Move[] = [[money(into, town.unit), money("receivable", town.unit, buyer), amountIdr]];
  if (sale.toParent)
    moves.push([money("payable", town.parent, town.unit), money("cash_vault", town.parent), amountIdr]);
  const foretell = (): string => {
    const paidIdr = sale.payments.reduce((sum, { idr }) => sum + idr, 0);
    if (sale.isVoided) return "already_voided";
    if (paidIdr + amountIdr > sale.totalIdr) return "overpaid";
    if (!books.move(moves)) return "money_is_gone";
    sale.payments.push({ moves, idr: amountIdr });
    return "posted";
  };
  const payment = {
    id: newEventId(),
    sale: sale.id,
    into,
    from: sale.toParent ? "cash_vault" : null,
    amountIdr,
    occurredMs: null,
    paidBy: `user:${town.staff}`,
  } as const;
  const send = (idr: number) =>
    town.store.transaction((tx) => pay(tx, { ...payment, amountIdr: idr }, scene.nowMs));
  const foretold = foretell();
  expectWord(deed, await send(amountIdr), foretold);
  scene.nowMs = nowMs;
  if (foretold !== "posted") return;
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? amountIdr + 1 : amountIdr)),
    same: "replayed",
    other: "id_taken",
  });
}

/** A sale taken back with its payments. */
export async function voidOneSale(scene: Scene, deed: Deed): Promise<void> {
  const { town, books } = scene;
  const sale = chosen(scene.sales, deed.which);
  if (sale === undefined) return;
  const voidedBy = deed.how % 6 === 5 ? sale.soldBy : `user:${town.staff}`;
  const foretell = (): string => {
    if (sale.isVoided) return "already_voided";
    if (sale.soldBy === voidedBy) return "same_person";
    const waiters = [...sale.used.keys()].map(({ deposit }) => deposit.member);
    if (scene.members.some(({ id, isClosed }) => isClosed && waiters.includes(id))) return "member_closed";
    const isBack = books.tentatively(
      () => sale.payments.every(({ moves }) => books.moveBack(moves)) && books.moveBack(sale.moves),
    );
    if (!isBack) return "money_is_gone";
    for (const [one, usedG] of sale.used) one.usedG -= usedG;
    sale.isVoided = true;
    return "posted";
  };
  const request = { id: newEventId(), sale: sale.id, reason: "salah timbang", voidedBy };
  const foretold = foretell();
  const outcome = await town.store.transaction((tx) => voidSale(tx, request, scene.nowMs));
  expectWord(deed, outcome, foretold);
}

/** What a count that was agreed to moves; false when the books have less by now. */
function postCount(
  scene: Scene,
  { material, differenceG }: { material: string; differenceG: number },
): boolean {
  const { books, town } = scene;
  const [own, consigned] = [scene.stock(material), scene.stock(material, true)];
  const [ownG, consignedG] = [books.at(own), books.at(consigned)];
  if (ownG + consignedG + differenceG < 0) return false;
  const place = (kind: string) => grams(kind, town.unit, material);
  const worth = (kind: string) => money(kind, town.unit, material);
  const valueIdr = books.at(worth("stock_value"));
  if (differenceG > 0) {
    return books.move([
      [own, place("surplus"), differenceG],
      [worth("stock_value"), worth("shrinkage_value"), partOf(valueIdr, differenceG, ownG)],
    ]);
  }
  const ownLostG = Math.min(ownG, -differenceG);
  let consignedLostG = -differenceG - ownLostG;
  const lossIdr = ownLostG === ownG ? valueIdr : partOf(valueIdr, ownLostG, ownG);
  books.move([
    [place("shrinkage"), own, ownLostG],
    [place("shrinkage"), consigned, consignedLostG],
    [worth("shrinkage_value"), worth("stock_value"), lossIdr],
  ]);
  for (const one of scene.waiting(material)) {
    const lostG = Math.min(consignedLostG, (one.deposit.lines[one.line]?.netG ?? 0) - one.usedG);
    one.usedG += lostG;
    consignedLostG -= lostG;
  }
  return true;
}

/** A count, near what the books say or far from it. */
export async function count(scene: Scene, deed: Deed): Promise<void> {
  const { town, books } = scene;
  const material = MATERIALS[deed.which % 2] ?? "pet";
  const bookG = books.at(scene.stock(material)) + books.at(scene.stock(material, true));
  const differenceG =
    deed.how % 2 === 0 ? Math.round((bookG * ((deed.size % 100) - 50)) / 1_000) : (deed.size % 4_000) - 2_000;
  const isAllGone = deed.how % 7 === 6;
  const countedG = isAllGone ? 0 : Math.max(0, bookG + differenceG);
  const counted = {
    id: newEventId(),
    material,
    differenceG: countedG - bookG,
    countedBy: `user:${scene.cashier(deed.who)}`,
  };
  const foretell = (): string => {
    if (scene.counts.some((one) => one.material === material)) return "count_waits";
    const beyond = Math.abs(counted.differenceG);
    if (beyond > 5_000 || beyond > bookG * 0.05) {
      scene.counts.push(counted);
      return "waiting";
    }
    return postCount(scene, counted) ? "posted" : "not_in_stock";
  };
  const { id, countedBy } = counted;
  const body = {
    id,
    wasteBank: town.unit,
    material,
    countedG,
    reason: "opname",
    occurredMs: scene.nowMs,
    countedBy,
  };
  const foretold = foretell();
  expectWord(deed, await town.store.transaction((tx) => countStock(tx, body, scene.nowMs)), foretold);
}

/** A second person agrees to a count that waits, or dismisses it. */
export async function decide(scene: Scene, deed: Deed): Promise<void> {
  const { town } = scene;
  const waiting = chosen(scene.counts, deed.which);
  if (waiting === undefined) return;
  const agrees = deed.how % 3 !== 0;
  const decidedBy = deed.how % 5 === 4 ? waiting.countedBy : `user:${town.staff}`;
  const foretell = (): string => {
    if (waiting.countedBy === decidedBy) return "same_person";
    if (agrees && !postCount(scene, waiting)) return "not_in_stock";
    scene.counts.splice(scene.counts.indexOf(waiting), 1);
    return agrees ? "posted" : "dismissed";
  };
  const foretold = foretell();
  const outcome = await town.store.transaction((tx) =>
    decideCount(tx, { id: waiting.id, agrees, decidedBy }, scene.nowMs),
  );
  expectWord(deed, outcome, foretold);
}
