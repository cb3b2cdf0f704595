/** Deeds with cash: shifts from float to confirmed count, movements that need one person or two, expenses, and their voids. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { closeShift } from "@jumpa-madu/store/close-shift";
import { confirmShift } from "@jumpa-madu/store/confirm-shift";
import { spend, voidExpense } from "@jumpa-madu/store/expenses";
import { decideMovement, type NewMovement, requestMovement, voidMovement } from "@jumpa-madu/store/movements";
import { beginShift } from "@jumpa-madu/store/open-shift";
import { type Move, money } from "./plain-books.ts";
import { chosen, type Deed, expectWord, type ModelShift, type Scene, wordOf } from "./scene.ts";

/** Difference of a count beyond which somebody must say why. */
const DIFFERENCE_IDR_MAX = 10_000;

export async function openShift(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const user = scene.cashier(deed.who);
  const floatIdr = deed.how % 4 === 0 ? 0 : deed.size % 30_000;
  const id = newEventId();
  const foretell = (): string => {
    if (scene.openShiftOf(user) !== undefined) return "shift_is_open";
    if (!books.move([[scene.drawer(user), scene.vaultCash(), floatIdr]])) return "too_little_cash";
    scene.shifts.push({ id, user, openedMs: nowMs, close: null, isConfirmed: false });
    return "done";
  };
  const send = (idr: number) =>
    town.store.transaction((tx) =>
      beginShift(tx, { id, user, wasteBank: town.unit, floatIdr: idr, nowMs: scene.nowMs }),
    );
  const foretold = foretell();
  expectWord(deed, await send(floatIdr), foretold);
  if (foretold !== "done") return;
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? floatIdr + 1 : floatIdr)),
    same: "again",
    other: "id_taken",
  });
}

/** A count of the drawer, right, over or short, with the terminal named or not. */
export async function countDrawer(scene: Scene, deed: Deed): Promise<void> {
  const { town, books, nowMs } = scene;
  const shift = scene.openShiftOf(scene.cashier(deed.who)) ?? chosen(scene.shifts, deed.which);
  if (shift === undefined) return;
  const { user } = shift;
  const drawer = scene.drawer(user);
  const node = money("node_cash", town.unit, town.node);
  const nodes = deed.how % 2 === 0 ? [town.node] : [];
  const [bookIdr, nodeIdr] = [books.at(drawer), nodes.length > 0 ? books.at(node) : 0];
  const aside = [0, 500, -500, 15_000, -15_000][deed.how % 5] ?? 0;
  const countedIdr = Math.max(0, bookIdr - nodeIdr + aside);
  const differenceIdr = countedIdr - (bookIdr - nodeIdr);
  const reason = deed.how % 3 === 0 ? "kembalian kurang" : null;
  const overShort = money("cash_over_short", town.unit);
  const foretell = (): string => {
    if (shift.close !== null) return "shift_is_closed";
    books.move([
      [drawer, overShort, Math.max(0, differenceIdr)],
      [node, drawer, nodeIdr],
      [overShort, drawer, Math.max(0, -differenceIdr)],
      [scene.vaultCash(), drawer, countedIdr],
    ]);
    const isFar = Math.abs(differenceIdr) > DIFFERENCE_IDR_MAX || nodeIdr > bookIdr;
    shift.close = { needsReason: isFar && reason === null };
    return "done";
  };
  const body = { id: newEventId(), shift: shift.id, user, countedIdr, notes: null, nodes, reason, nowMs };
  const foretold = foretell();
  expectWord(deed, await town.store.transaction((tx) => closeShift(tx, body)), foretold);
}

export async function confirm(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs } = scene;
  const shift = chosen(scene.shifts, deed.which);
  if (shift === undefined) return;
  const user = deed.how % 4 === 3 ? shift.user : town.staff;
  const foretell = (): string => {
    if (shift.isConfirmed) return "shift_is_closed";
    if (shift.close === null) return "shift_is_open";
    if (user === shift.user) return "same_person";
    if (shift.close.needsReason) return "reason_missing";
    shift.isConfirmed = true;
    return "done";
  };
  const foretold = foretell();
  const body = { id: newEventId(), shift: shift.id, user, nowMs };
  expectWord(deed, await town.store.transaction((tx) => confirmShift(tx, body)), foretold);
}

const KINDS = [
  "capital_in",
  "capital_out",
  "vault_to_bank",
  "bank_to_vault",
  "bank_to_provider",
  "provider_to_bank",
  "vault_to_drawer",
  "drawer_to_vault",
  "vault_over",
  "vault_short",
] as const;
const BY_TWO: readonly string[] = [
  "capital_out",
  "bank_to_provider",
  "provider_to_bank",
  "vault_over",
  "vault_short",
];

function roadOf(
  scene: Scene,
  kind: (typeof KINDS)[number],
  cashier: string,
): [debit: string, credit: string] {
  const { unit } = scene.town;
  const [vault, bank, capital] = [scene.vaultCash(), money("bank_account", unit), money("capital", unit)];
  const [float, overShort] = [money("provider_float", unit, "xendit-v2"), money("cash_over_short", unit)];
  const drawer = scene.drawer(cashier);
  return {
    capital_in: [vault, capital],
    capital_out: [capital, vault],
    vault_to_bank: [bank, vault],
    bank_to_vault: [vault, bank],
    bank_to_provider: [float, bank],
    provider_to_bank: [bank, float],
    vault_to_drawer: [drawer, vault],
    drawer_to_vault: [vault, drawer],
    vault_over: [vault, overShort],
    vault_short: [overShort, vault],
  }[kind] as [string, string];
}

/** A movement, which is made or asked for. */
export async function move(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const kind = KINDS[deed.which % KINDS.length] ?? "capital_in";
  const isOfDrawer = kind.includes("drawer");
  const shift = isOfDrawer
    ? (scene.openShiftOf(scene.cashier(deed.who)) ?? chosen(scene.shifts, deed.which))
    : undefined;
  if (isOfDrawer && shift === undefined) return;
  const amountIdr = 1 + (deed.size % 20_000);
  const road: Move = [...roadOf(scene, kind, shift?.user ?? ""), amountIdr];
  const body: NewMovement = {
    id: newEventId(),
    wasteBank: town.unit,
    kind,
    amountIdr,
    place: kind.startsWith("capital") ? "cash_vault" : null,
    provider: kind.includes("provider") ? "xendit-v2" : null,
    shift: shift?.id ?? null,
    reason: "putaran",
    reference: null,
    user: town.staff,
    nowMs,
  };
  const foretell = (): string => {
    if (shift !== undefined && shift.close !== null) return "shift_is_closed";
    const isAsked = BY_TWO.includes(kind);
    if (!isAsked && !books.move([road])) return "too_little_cash";
    const state = isAsked ? "requested" : "posted";
    scene.movements.push({
      id: body.id,
      move: road,
      shift: shift ?? null,
      state,
      decidedBy: null,
      isVoided: false,
    });
    return "done";
  };
  const send = (idr: number) =>
    town.store.transaction((tx) => requestMovement(tx, { ...body, amountIdr: idr }));
  const foretold = foretell();
  expectWord(deed, await send(amountIdr), foretold);
  if (foretold !== "done") return;
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? amountIdr + 1 : amountIdr)),
    same: "again",
    other: "id_taken",
  });
}

export async function decideMove(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const target = chosen(scene.movements, deed.which);
  if (target === undefined) return;
  const decision = deed.how % 4 === 0 ? "rejected" : "approved";
  const state = decision === "rejected" ? "rejected" : "posted";
  const user = deed.how % 5 === 4 ? town.staff : town.chief;
  const foretell = (): string => {
    if (target.state !== "requested")
      return target.state === state && target.decidedBy === user ? "again" : "movement_is_decided";
    if (user === town.staff) return "same_person";
    if (state === "posted" && !books.move([target.move])) return "too_little_cash";
    Object.assign(target, { state, decidedBy: user });
    return "done";
  };
  const foretold = foretell();
  const body = { movement: target.id, decision, user, nowMs } as const;
  expectWord(deed, await town.store.transaction((tx) => decideMovement(tx, body)), foretold);
}

export async function voidMove(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const target = chosen(scene.movements, deed.which);
  if (target === undefined) return;
  const user = deed.how % 4 === 3 ? town.staff : town.chief;
  const foretell = (): string => {
    if (target.isVoided) return "already_voided";
    if (target.state !== "posted") return "movement_is_decided";
    if (user === town.staff) return "same_person";
    if (isCounted(target.shift)) return "shift_is_closed";
    if (!books.moveBack([target.move])) return "too_little_cash";
    target.isVoided = true;
    return "done";
  };
  const foretold = foretell();
  const body = { id: newEventId(), of: target.id, user, reason: "salah", nowMs };
  expectWord(deed, await town.store.transaction((tx) => voidMovement(tx, body)), foretold);
}

const isCounted = (shift: ModelShift | null) => shift !== null && shift.close !== null;

/** An expense out of the safe, the bank account or the own drawer. */
export async function expense(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const from = (["cash_vault", "bank_account", "drawer", "drawer"] as const)[deed.how % 4] ?? "drawer";
  const user = scene.cashier(deed.who);
  const amountIdr = 1 + (deed.size % 8_000);
  const id = newEventId();
  const shift = from === "drawer" ? scene.openShiftOf(user) : undefined;
  const source = from === "drawer" ? scene.drawer(user) : money(from, town.unit);
  const road: Move = [money("expense", town.unit, "sacks"), source, amountIdr];
  const foretell = (): string => {
    if (from === "drawer" && shift === undefined) return "shift_is_closed";
    if (!books.move([road])) return "too_little_cash";
    scene.expenses.push({ id, move: road, shift: shift ?? null, isVoided: false });
    return "done";
  };
  const send = (idr: number) =>
    town.store.transaction((tx) =>
      spend(tx, {
        id,
        wasteBank: town.unit,
        category: "sacks",
        amountIdr: idr,
        from,
        note: "karung",
        user,
        occurredMs: null,
        nowMs,
      }),
    );
  const foretold = foretell();
  expectWord(deed, await send(amountIdr), foretold);
  if (foretold !== "done") return;
  scene.sent.push({
    again: async (changed) => wordOf(await send(changed ? amountIdr + 1 : amountIdr)),
    same: "again",
    other: "id_taken",
  });
}

export async function voidOneExpense(scene: Scene, deed: Deed): Promise<void> {
  const { town, nowMs, books } = scene;
  const target = chosen(scene.expenses, deed.which);
  if (target === undefined) return;
  const foretell = (): string => {
    if (target.isVoided) return "already_voided";
    if (isCounted(target.shift)) return "shift_is_closed";
    books.moveBack([target.move]);
    target.isVoided = true;
    return "done";
  };
  const foretold = foretell();
  const body = { id: newEventId(), of: target.id, user: town.staff, reason: "salah", nowMs };
  expectWord(deed, await town.store.transaction((tx) => voidExpense(tx, body)), foretold);
}
