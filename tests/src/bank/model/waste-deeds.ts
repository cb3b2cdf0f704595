/** Deeds with waste that comes in: deposits of every kind, taken back, corrected; prices and terms. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Deposit } from "@jumpa-madu/contracts/records";
import { correctDeposit } from "@jumpa-madu/store/correct-deposit";
import type { NewLine } from "@jumpa-madu/store/new-line";
import { postRecord } from "@jumpa-madu/store/post-record";
import { insertPrice } from "@jumpa-madu/store/prices";
import { type NewDeposit, takeDeposit } from "@jumpa-madu/store/take-deposit";
import { insertTerms } from "@jumpa-madu/store/terms";
import { voidDeposit } from "@jumpa-madu/store/void-deposit";
import { firstShort, grams, type Move, money } from "./plain-books.ts";
import {
  chosen,
  type Deed,
  expectWord,
  type ModelDeposit,
  type ModelLine,
  type Scene,
  wordOf,
} from "./scene.ts";
import { START_MS } from "./town.ts";

const MINUTE_MS = 60_000;
const VOID_WINDOW_MS = 15 * MINUTE_MS;
export const MATERIALS = ["pet", "paper"] as const;
/** Rupiah a kilogram from the start. */
const FIRST_PRICES: Record<string, number> = { pet: 4_500, paper: 2_250 };
const PURPOSES = ["save", "save", "cash", "donate"] as const;

type Wanted = Omit<ModelDeposit, "moves" | "product" | "stands"> & { named: string | null };

function priceAt({ prices }: Scene, material: string, atMs: number): { id: string | null; idr: number } {
  const held = prices.filter((price) => price.material === material && price.fromMs <= atMs);
  return held.sort((a, b) => b.fromMs - a.fromMs)[0] ?? { id: null, idr: FIRST_PRICES[material] ?? 0 };
}

function termsAt({ terms }: Scene, atMs: number): { isShare: boolean; bps: number } {
  const held = terms.filter(({ fromMs }) => fromMs <= atMs).sort((a, b) => b.fromMs - a.fromMs);
  return held[0] ?? { isShare: false, bps: 10_000 };
}

/** One line, or one of each material. */
function weighed(
  scene: Scene,
  { which, size, how }: Deed,
  { atMs, isShare }: { atMs: number; isShare: boolean },
): ModelLine[] {
  const materials = how % 3 === 0 ? MATERIALS : [MATERIALS[which % 2] ?? "pet"];
  return materials.map((material, index) => {
    const netG = 1 + ((size + 700 * index) % 4_000);
    const idr = isShare ? 0 : Math.floor((netG * priceAt(scene, material, atMs).idr + 500) / 1_000);
    return { material, netG, idr };
  });
}

function toNewLine({ town }: Scene, { material, netG }: ModelLine): NewLine {
  return {
    material,
    weight: { grossG: netG + 100, tareG: 100, netG },
    evidence: { kind: "scale", scale: town.scale, raw: "0d0a", stable: true, verifiedUntilMs: null },
    printed: null,
  };
}

const sumOf = (lines: ModelLine[]) => lines.reduce((sum, { idr }) => sum + idr, 0);

type BookChoice =
  | { product: string; opens: { isDefault: boolean } | null }
  | "book_closed"
  | "unknown_product";

function bookFor({ bookList, town }: Scene, member: string, named: string | null): BookChoice {
  const mine = bookList.filter((book) => book.member === member);
  const found =
    named === null
      ? (mine.find(({ isDefault }) => isDefault) ?? mine.find(({ product }) => product === "regular"))
      : mine.find(({ product }) => product === named);
  if (found !== undefined) return found.isClosed ? "book_closed" : { product: found.product, opens: null };
  const product = named ?? "regular";
  if (product !== "regular" && product !== town.product) return "unknown_product";
  return { product, opens: { isDefault: named === null } };
}

function movesOf(scene: Scene, wanted: Wanted, product: string | null): Move[] {
  const { unit } = scene.town;
  const owed = product === null ? money("donations", unit) : scene.book(wanted.member, product);
  const isConsigned = wanted.isShare && product !== null;
  const moves: Move[] = wanted.lines.flatMap(({ material, netG, idr }): Move[] => [
    [scene.stock(material, isConsigned), grams("intake", unit, material), netG],
    [money("stock_value", unit, material), owed, idr],
  ]);
  if (wanted.cashFrom !== null) moves.push([owed, wanted.cashFrom, sumOf(wanted.lines)]);
  return moves.filter(([, , amount]) => amount > 0);
}

/** Foretells the posting of a deposit that is otherwise in order, and posts it in the model when it is possible. */
function post(scene: Scene, wanted: Wanted): { word: string; deposit: ModelDeposit | null } {
  const choice = wanted.purpose === "donate" ? null : bookFor(scene, wanted.member, wanted.named);
  if (typeof choice === "string") return { word: choice, deposit: null };
  const { named: _, ...rest } = wanted;
  const product = choice?.product ?? null;
  const moves = movesOf(scene, wanted, product);
  if (!scene.books.move(moves)) return { word: "drawer_short", deposit: null };
  const deposit: ModelDeposit = {
    ...rest,
    product,
    moves,
    cashFrom: sumOf(rest.lines) > 0 ? rest.cashFrom : null,
    stands: true,
  };
  scene.deposits.push(deposit);
  if (choice?.opens && product !== null) {
    const { isDefault } = choice.opens;
    scene.bookList.push({ id: "", member: wanted.member, product, isDefault, isClosed: false });
  }
  if (wanted.isShare && product !== null) {
    const account = scene.book(wanted.member, product);
    for (const line of rest.lines.keys()) scene.consignments.push({ deposit, line, account, usedG: 0 });
  }
  return { word: "posted", deposit };
}

/** A deposit at the counter, or at a door some time ago. */
export async function deposit(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const { who, size, how } = deed;
  const isDoor = how % 5 === 4;
  const isTooLate = isDoor && how % 7 === 0;
  const occurredMs = !isDoor
    ? nowMs
    : isTooLate
      ? nowMs - 8 * 86_400_000
      : Math.max(START_MS, nowMs - (size % 40) * MINUTE_MS);
  const purpose = PURPOSES[size % 4] ?? "save";
  const terms = termsAt(scene, occurredMs);
  const isNamed = purpose === "save" || how % 13 === 12;
  const named = isNamed
    ? ([null, null, "regular", town.product, town.product, "none"][how % 6] ?? null)
    : null;
  const member = scene.member(who);
  const takenBy = scene.cashier(who);
  const lines = weighed(scene, deed, { atMs: occurredMs, isShare: terms.isShare });
  const confirms = how % 4 !== 1;
  const isShown = how % 11 !== 3;
  const body: NewDeposit = {
    id: newEventId(),
    source: isDoor ? "door" : "counter",
    device: 1 + (size % 2),
    wasteBank: town.unit,
    member: how % 23 === 22 ? newEventId() : member.id,
    purpose,
    product: named,
    visit: null,
    occurredMs: isDoor ? occurredMs : null,
    lines: lines.map((line) => toNewLine(scene, line)),
    expectedTotalIdr: isShown ? null : sumOf(lines) + 1,
    confirmsDuplicate: confirms,
    honouredBy: null,
    takenBy,
  };
  const foretell = (): string => {
    if (named !== null && purpose !== "save") return "bad_line";
    if (isTooLate) return "out_of_time";
    if (body.member !== member.id) return "unknown_member";
    if (member.isClosed) return "member_closed";
    if (terms.isShare && purpose === "cash") return "nothing_to_pay";
    if (!isShown) return "amounts_differ";
    if (!confirms && looksLikeAnother(scene, { member: member.id, occurredMs, lines }))
      return "duplicate_visit";
    if (purpose === "cash" && scene.openShiftOf(takenBy) === undefined) return "no_shift";
    const wanted = {
      id: body.id,
      member: member.id,
      takenBy,
      named,
      purpose,
      isShare: terms.isShare,
      bps: terms.bps,
      lines,
      cashFrom: purpose === "cash" ? scene.drawer(takenBy) : null,
      occurredMs,
      receivedMs: nowMs,
    };
    return post(scene, wanted).word;
  };
  const send = (sent: NewDeposit, atMs: number) =>
    town.store.transaction((tx) => takeDeposit(tx, sent, atMs));
  const foretold = foretell();
  expectWord(deed, await send(body, nowMs), foretold);
  if (foretold !== "posted") return;
  const other = { ...body, visit: newEventId() };
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? other : body, scene.nowMs)),
    same: "replayed",
    other: "conflict",
  });
}

function looksLikeAnother(
  { deposits }: Scene,
  { member, occurredMs, lines }: { member: string; occurredMs: number; lines: ModelLine[] },
): boolean {
  return deposits.some(
    (one) =>
      one.stands &&
      one.member === member &&
      Math.abs(one.occurredMs - occurredMs) <= 10 * MINUTE_MS &&
      one.lines.some((old) =>
        lines.some((line) => line.material === old.material && Math.abs(line.netG - old.netG) <= 50),
      ),
  );
}

/** A deposit that a terminal sends, with the price and the terms of its time. */
export async function record(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const member = scene.member(deed.who);
  const purpose = PURPOSES[deed.size % 4] ?? "save";
  const { isShare, bps } = termsAt(scene, nowMs);
  const lines = weighed(scene, deed, { atMs: nowMs, isShare });
  const id = newEventId();
  const body: Deposit = {
    kind: "deposit",
    id,
    t: nowMs,
    waste_bank: town.unit,
    member: member.id,
    receipt_no: id.toUpperCase(),
    purpose,
    ...(isShare ? { settlement: "share_of_sale", share_bps: bps } : {}),
    lines: await Promise.all(
      lines.map(async ({ material, netG, idr }) => ({
        material,
        price: await priceIdAt(scene, material),
        price_idr_per_kg: priceAt(scene, material, nowMs).idr,
        gross_g: netG + 100,
        tare_g: 100,
        net_g: netG,
        stable: true,
        scale: town.scale,
        raw: "0d0a",
        amount_idr: idr,
      })),
    ),
    total_idr: sumOf(lines),
  };
  const foretell = (): string => {
    if (member.isClosed) return "member_closed";
    if (isShare && purpose === "cash") return "nothing_to_pay";
    const cashFrom = purpose === "cash" ? money("node_cash", town.unit, town.node) : null;
    const taken = {
      id,
      member: member.id,
      takenBy: null,
      named: null,
      purpose,
      isShare,
      bps,
      lines,
      cashFrom,
    };
    return post(scene, { ...taken, occurredMs: nowMs, receivedMs: nowMs }).word;
  };
  const send = (sent: Deposit, atMs: number) =>
    town.store.transaction((tx) => postRecord(tx, { node: town.node, receivedMs: atMs }, sent));
  const foretold = foretell();
  expectWord(deed, await send(body, nowMs), foretold);
  if (foretold !== "posted") return;
  const other = { ...body, receipt_no: `X${body.receipt_no}` };
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? other : body, scene.nowMs)),
    same: "duplicate",
    other: "deposit_conflict",
  });
}

async function priceIdAt({ town, ...scene }: Scene, material: string): Promise<string> {
  const known = priceAt({ town, ...scene } as Scene, material, scene.nowMs).id;
  if (known !== null) return known;
  const row = await town.store.db
    .selectFrom("prices")
    .select("id")
    .where("waste_bank_id", "=", town.unit)
    .where("material_id", "=", material)
    .where("valid_from_ms", "=", START_MS)
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Takes a deposit back in the model; answers why not, or null. */
function takeBack(scene: Scene, target: ModelDeposit): string | null {
  if (!target.stands) return "already_voided";
  const user = target.cashFrom?.startsWith("cash_drawer/") ? target.cashFrom.split("/").at(-1) : undefined;
  if (user !== undefined && !((scene.openShiftOf(user)?.openedMs ?? Number.MAX_VALUE) <= target.receivedMs))
    return "shift_closed";
  const mine = scene.consignments.filter((one) => one.deposit === target);
  if (mine.some(({ usedG }) => usedG > 0)) return "sold";
  const short = firstShort(scene.books, target.moves);
  if (!scene.books.moveBack(target.moves))
    return short?.startsWith("member_savings/") || short?.startsWith("node_cash/") ? "spent" : "sold";
  target.stands = false;
  return null;
}

/** A void by somebody of the waste bank, by staff who may not, or by the terminal itself. */
export async function voidOne(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const target = chosen(scene.deposits, deed.which);
  if (target === undefined) return;
  const id = newEventId();
  const isLate = nowMs - (target.takenBy === null ? target.occurredMs : target.receivedMs) > VOID_WINDOW_MS;
  if (target.takenBy === null && deed.how % 2 === 0) {
    const origin = { node: town.node, receivedMs: nowMs };
    const body = { kind: "deposit_void", id, t: nowMs, deposit: target.id, reason: "salah" } as const;
    const fault = isLate ? "void_late" : takeBack(scene, target);
    const foretold =
      fault === null
        ? "posted"
        : fault === "void_late"
          ? fault
          : fault === "already_voided"
            ? "deposit_conflict"
            : "ledger_refused";
    expectWord(deed, await town.store.transaction((tx) => postRecord(tx, origin, body)), foretold);
    return;
  }
  const isStaff = deed.how % 7 === 6;
  const by = isStaff
    ? ({ id: town.staff, role: "staff", wasteBank: null } as const)
    : ({ id: scene.cashier(deed.who), role: "operator", wasteBank: town.unit } as const);
  const foretell = () => {
    if (isStaff && target.takenBy !== by.id) return "not_theirs";
    if (target.stands && isLate) return "void_late";
    return takeBack(scene, target) ?? "posted";
  };
  const send = (reason: string, atMs: number) =>
    town.store.transaction((tx) => voidDeposit(tx, { id, deposit: target.id, reason, by }, atMs));
  const foretold = foretell();
  expectWord(deed, await send("salah", nowMs), foretold);
  if (foretold !== "posted") return;
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? "lain" : "salah", scene.nowMs)),
    same: "replayed",
    other: "conflict",
  });
}

/** A correction, with other weights or with none. */
export async function correct(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const target = chosen(scene.deposits, deed.which);
  if (target === undefined) return;
  const by = deed.who % 2 === 0 ? town.staff : town.chief;
  const { occurredMs, isShare, purpose } = target;
  const lines = deed.how % 3 === 2 ? null : weighed(scene, deed, { atMs: occurredMs, isShare });
  let next: ModelDeposit | null = null;
  let word = "posted";
  const isDone = books.tentatively(() => {
    if (target.takenBy === by) word = "taker_corrects";
    else word = takeBack(scene, target) ?? "posted";
    if (word !== "posted" || lines === null) return word === "posted";
    if (purpose === "cash" && target.cashFrom === null && sumOf(lines) > 0) word = "no_shift";
    else {
      const wanted = { ...target, id: "", takenBy: by, named: target.product, lines, receivedMs: nowMs };
      ({ word, deposit: next } = post(scene, wanted));
    }
    if (word !== "posted") target.stands = true;
    return word === "posted";
  });
  const asked = {
    id: newEventId(),
    deposit: target.id,
    reason: "salah timbang",
    lines: lines?.map((line) => toNewLine(scene, line)) ?? null,
    by,
  };
  const outcome = await town.store.transaction((tx) => correctDeposit(tx, asked, nowMs));
  expectWord(deed, outcome, word);
  if (!isDone || !("replacement" in outcome)) return;
  const made = next as ModelDeposit | null;
  if (made !== null) made.id = outcome.replacement ?? "";
}

/** Another price for a material, at once or in a while. */
export async function price(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const material = MATERIALS[deed.which % 2] ?? "pet";
  const fromMs = deed.how % 2 === 0 ? nowMs : nowMs + 20 * MINUTE_MS;
  if (scene.prices.some((one) => one.material === material && one.fromMs === fromMs)) return;
  const set = { material, id: newEventId(), idr: deed.size % 9_000, fromMs };
  await town.store.transaction((tx) =>
    insertPrice(tx, {
      id: set.id,
      material,
      wasteBank: town.unit,
      priceIdrPerKg: set.idr,
      validFromMs: fromMs,
      createdBy: `user:${town.staff}`,
      createdMs: nowMs,
    }),
  );
  scene.prices.push(set);
}

/** Other terms for every member, at once. */
export async function terms(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const isShare = deed.how % 2 === 0;
  const set = { isShare, bps: isShare ? 1 + (deed.size % 10_000) : 10_000, fromMs: nowMs };
  await town.store.transaction((tx) =>
    insertTerms(tx, {
      id: newEventId(),
      wasteBank: town.unit,
      memberKind: null,
      settlement: isShare ? "share_of_sale" : "purchase",
      shareBps: set.bps,
      validFromMs: nowMs,
      createdMs: nowMs,
      createdBy: `user:${town.staff}`,
    }),
  );
  scene.terms.push(set);
}
