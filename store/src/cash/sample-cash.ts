/** A waste bank with people, terminals and cash, for tests. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { type AccountKey, accountId, balanceOf, findAccount } from "../ledger/account.ts";
import { insertUser } from "../people/users.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { nodeCashKey, overShortKey, postCash, vaultKey } from "./cash-books.ts";
import { closeShift, type ShiftClose, type ShiftCount } from "./close-shift.ts";
import { type NewMovement, requestMovement } from "./movements.ts";
import { beginShift } from "./open-shift.ts";
import type { CashOutcome } from "./refusal.ts";
import { drawerKey, type Shift } from "./shifts.ts";

/** Any moment: 2026-01-01T00:00:00Z. */
export const NOW_MS = 1_767_225_600_000;

/** What a test of cash stands on. */
export interface SampleCash {
  wasteBank: string;
  /** An operator of the waste bank, and two people of the office. */
  cashier: string;
  staff: string;
  other: string;
  /** Terminals of the waste bank. */
  nodes: [string, string];
  /** What the books hold, in rupiah. */
  vault(): Promise<number>;
  drawer(): Promise<number>;
  overShort(): Promise<number>;
  nodeCash(node: string): Promise<number>;
  balance(key: AccountKey): Promise<number>;
  /** Opens a shift of the cashier that must be opened. */
  open(floatIdr: number, nowMs?: number): Promise<Shift>;
  openFor(user: string, floatIdr: number): Promise<Shift>;
  /** Counts the drawer of a shift. */
  count(shift: Shift, countedIdr: number, more?: Partial<ShiftCount>): Promise<CashOutcome<ShiftClose>>;
  /** Moves cash, as staff does it. */
  move(
    movement: Partial<NewMovement> & Pick<NewMovement, "kind" | "amountIdr">,
  ): Promise<CashOutcome<{ id: string }>>;
  /** A terminal pays cash out of a member's savings. */
  payAtNode(node: string, amountIdr: number): Promise<void>;
}

/** Makes a waste bank that nothing else uses, with this much in its vault. */
export async function sampleCash(store: RelationalStore, vaultIdr = 1_000_000): Promise<SampleCash> {
  const wasteBank = `wb-${newEventId()}`;
  const nodes: [string, string] = [`n-${newEventId()}`, `n-${newEventId()}`];
  await addPlaces(store, wasteBank, nodes);
  const user = async (role: "operator" | "staff") =>
    (
      await insertUser(
        store.db,
        {
          username: newEventId(),
          passwordHash: "-",
          role,
          wasteBank: role === "operator" ? wasteBank : null,
          member: null,
        },
        NOW_MS,
      )
    ).id;
  const [cashier, staff, other] = [await user("operator"), await user("staff"), await user("staff")];
  const balance = async (key: AccountKey) => {
    const account = await findAccount(store.db, accountId(key));
    return account === null ? 0 : balanceOf(account);
  };
  const open = async (of: string, floatIdr: number, nowMs: number) =>
    done(
      await store.transaction((tx) =>
        beginShift(tx, { id: newEventId(nowMs), user: of, wasteBank, floatIdr, nowMs }),
      ),
    );
  const cash: SampleCash = {
    wasteBank,
    cashier,
    staff,
    other,
    nodes,
    balance,
    vault: () => balance(vaultKey(wasteBank)),
    drawer: () => balance(drawerKey({ user: cashier, wasteBank })),
    overShort: () => balance(overShortKey(wasteBank)),
    nodeCash: (node) => balance(nodeCashKey(wasteBank, node)),
    open: (floatIdr, nowMs = NOW_MS) => open(cashier, floatIdr, nowMs),
    openFor: (user, floatIdr) => open(user, floatIdr, NOW_MS),
    count: (shift, countedIdr, more = {}) =>
      store.transaction((tx) =>
        closeShift(tx, {
          id: newEventId(),
          shift: shift.id,
          user: cashier,
          countedIdr,
          notes: null,
          nodes: [],
          reason: null,
          nowMs: NOW_MS + 1_000,
          ...more,
        }),
      ),
    move: (movement) =>
      store.transaction((tx) =>
        requestMovement(tx, {
          id: newEventId(),
          wasteBank,
          place: null,
          provider: null,
          shift: null,
          reason: "for a test",
          reference: null,
          user: staff,
          nowMs: NOW_MS,
          ...movement,
        }),
      ),
    payAtNode: async (node, amountIdr) => {
      await store.transaction((tx) =>
        postCash(tx, { key: newEventId(), kind: "test_payment", user: cashier, occurredMs: NOW_MS }, [
          {
            debit: { kind: "stock_value", ledger: "IDR", wasteBank, part: "pet" },
            credit: nodeCashKey(wasteBank, node),
            amountIdr,
          },
        ]),
      );
    },
  };
  if (vaultIdr > 0) done(await cash.move({ kind: "capital_in", amountIdr: vaultIdr, place: "cash_vault" }));
  return cash;
}

/** The result of a deed that must be done. Throws when it was refused. */
export function done<Result>(outcome: CashOutcome<Result>): Result {
  if (outcome.kind === "refused") throw new Error(`${outcome.code}: ${outcome.reason}`);
  return outcome.result;
}

async function addPlaces({ db }: RelationalStore, wasteBank: string, nodes: string[]): Promise<void> {
  await db
    .insertInto("zones")
    .values({ id: "zone", name: "zone" })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await db
    .insertInto("waste_banks")
    .values({ id: wasteBank, name: wasteBank, zone_id: "zone", lat: 3.5, lon: 98.8, created_ms: NOW_MS })
    .execute();
  await db
    .insertInto("nodes")
    .values(
      nodes.map((id) => ({
        id,
        shard: "s0",
        name: id,
        waste_bank_id: wasteBank,
        secret_hash: "-",
        revoked_ms: null,
        created_ms: NOW_MS,
        updated_ms: NOW_MS,
      })),
    )
    .execute();
}
