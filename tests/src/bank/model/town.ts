/** A waste bank with a parent, people, a terminal, a buyer and a product with rules: where random histories are played. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { openTestVault } from "@jumpa-madu/store/test-vault";
import { insertUser } from "@jumpa-madu/store/users";
import type { Vault } from "@jumpa-madu/store/vault";
import { requestMovement } from "../../../../store/src/cash/movements.ts";
import { addDestination, COOL_DOWN_MS } from "../../../../store/src/payouts/destinations.ts";
import { insertFee } from "../../../../store/src/payouts/fees.ts";
import { decideRule } from "../../../../store/src/payouts/payout-rules.ts";
import { NOW_MS } from "../../../../store/src/records/sample-books.ts";
import { addProduct } from "../../../../store/src/savings/products.ts";
import { sampleStock } from "../../../../store/src/stock/sample-stock.ts";

/** When every history begins: 2026-01-01, 07:00 WIB. */
export const START_MS = NOW_MS;

/** What the waste banks begin with, whole rupiah. */
export const CAPITAL_IDR = { unit: 60_000, parent: 20_000 };

/** Fee of a transfer to a bank: the member bears it, and gets it back when the payout is reversed. */
export const FEE_IDR = 250;

/** Rules of the second product. */
export const PRODUCT_RULES = { minBalanceIdr: 500, minWithdrawalIdr: 200 };

export interface Town {
  store: RelationalStore;
  vault: Vault;
  desk: { vault: Vault; provider: "xendit-v2" };
  unit: string;
  parent: string;
  node: string;
  scale: string;
  offTaker: string;
  /** A member who was there before, with a destination that may be used. */
  member: string;
  destination: string;
  product: string;
  /** Users: two who take waste and have drawers, two of the office. */
  cashiers: [string, string];
  staff: string;
  chief: string;
}

/** What all towns of a database share. */
export async function beginDatabase(store: RelationalStore): Promise<Vault> {
  const [asker, decider] = [`user:${newEventId()}`, `user:${newEventId()}`];
  await store.transaction(async (tx) => {
    const fee = {
      id: newEventId(),
      channelKind: "bank",
      feeIdr: FEE_IDR,
      bearer: "member",
      isRefunded: true,
      validFromMs: 0,
      createdMs: 0,
      createdBy: asker,
    } as const;
    await insertFee(tx, fee);
    const decided = await decideRule(tx, {
      rule: "fee",
      id: fee.id,
      decision: "approved",
      actor: decider,
      nowMs: 0,
    });
    if (decided.kind === "refused") throw new Error(decided.reason);
  });
  return await openTestVault();
}

/** Makes a town that nothing else uses. */
export async function makeTown(store: RelationalStore, vault: Vault): Promise<Town> {
  const { unit, parent, offTaker } = await sampleStock(store);
  // Whatever an earlier history left undone is never due.
  await store.db.updateTable("payout_jobs").set({ due_ms: Number.MAX_SAFE_INTEGER }).execute();
  const user = async (role: "operator" | "staff" | "admin") => {
    const wasteBank = role === "operator" ? unit.wasteBank : null;
    const kept = { username: newEventId(), passwordHash: "-", role, wasteBank, member: null };
    return (await insertUser(store.db, kept, START_MS)).id;
  };
  const town: Town = {
    store,
    vault,
    desk: { vault, provider: "xendit-v2" },
    unit: unit.wasteBank,
    parent: parent.wasteBank,
    node: unit.node,
    scale: unit.scale,
    offTaker,
    member: unit.member,
    destination: await addAccount({ store, vault }, { member: unit.member, nowMs: START_MS - COOL_DOWN_MS }),
    product: `lebaran-${newEventId()}`,
    cashiers: [await user("operator"), await user("operator")],
    staff: await user("staff"),
    chief: await user("admin"),
  };
  await store.transaction(async (tx) => {
    const rules = { ...PRODUCT_RULES, windows: [], lockDays: 0, lockedUntil: null };
    const product = { id: town.product, wasteBank: town.unit, name: "Tabungan Lebaran", rules };
    const made = await addProduct(tx, product, { actor: `user:${town.staff}`, nowMs: START_MS });
    if (made.kind === "refused") throw new Error(made.reason);
    for (const who of ["unit", "parent"] as const) {
      const brought = await requestMovement(tx, {
        id: newEventId(),
        wasteBank: town[who],
        kind: "capital_in",
        amountIdr: CAPITAL_IDR[who],
        place: "cash_vault",
        provider: null,
        shift: null,
        reason: "modal awal",
        reference: null,
        user: town.chief,
        nowMs: START_MS,
      });
      if (brought.kind === "refused") throw new Error(brought.reason);
    }
  });
  return town;
}

/** Adds an account at BCA to which a member may be paid a day later; answers its id. */
export async function addAccount(
  { store, vault }: Pick<Town, "store" | "vault">,
  { member, nowMs }: { member: string; nowMs: number },
): Promise<string> {
  const id = newEventId();
  const added = await store.transaction((tx) =>
    addDestination(vault, tx, {
      id,
      member,
      channel: "bca",
      accountNumber: `1${Math.floor(Math.random() * 1e9)}`.padEnd(10, "0"),
      accountName: "Nasabah Satu",
      createdBy: "user:test",
      isInquired: false,
      nowMs,
    }),
  );
  if (added.kind === "refused") throw new Error(added.reason);
  return id;
}
