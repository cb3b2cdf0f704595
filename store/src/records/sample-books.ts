/** A waste bank with all that a deposit needs, and deposits that fit it; for tests of the books. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";
import type { Deposit, DepositLine, DepositVoid, ScaleCheck } from "@jumpa-madu/contracts/records";
import { accountId, balanceOf, findAccount } from "../ledger/account.ts";
import type { RelationalStore } from "../relational/relational-store.ts";

/** Any moment: 2026-01-01T00:00:00Z. */
export const NOW_MS = 1_767_225_600_000;

/** Ids of a waste bank, its node with one scale, a member, and the prices of three materials. */
export interface SampleBooks {
  wasteBank: string;
  node: string;
  scale: string;
  member: string;
  /** 4,500, 2,250 and 0 rupiah a kilogram. */
  prices: { pet: string; paper: string; residue: string };
}

type Material = keyof SampleBooks["prices"];
const PRICES_IDR_PER_KG: Record<Material, number> = { pet: 4_500, paper: 2_250, residue: 0 };

/** Makes books that nothing else uses. */
export async function sampleBooks({ db }: RelationalStore): Promise<SampleBooks> {
  const tail = newEventId();
  const books: SampleBooks = {
    wasteBank: `wb-${tail}`,
    node: `node-${tail}`,
    scale: `scale-${tail}`,
    member: newEventId(),
    prices: { pet: newEventId(), paper: newEventId(), residue: newEventId() },
  };
  const ignore = <T extends { doNothing(): unknown }>(conflict: T) =>
    conflict.doNothing() as ReturnType<T["doNothing"]>;
  await db.insertInto("zones").values({ id: "zone", name: "zone" }).onConflict(ignore).execute();
  await db
    .insertInto("waste_banks")
    .values({ id: books.wasteBank, name: "x", zone_id: "zone", lat: 3.5, lon: 98.8, created_ms: NOW_MS })
    .execute();
  await db
    .insertInto("nodes")
    .values({
      id: books.node,
      shard: "0",
      name: "x",
      waste_bank_id: books.wasteBank,
      secret_hash: "",
      revoked_ms: null,
      created_ms: NOW_MS,
      updated_ms: NOW_MS,
    })
    .execute();
  await db
    .insertInto("scales")
    .values({
      id: books.scale,
      name: "x",
      waste_bank_id: books.wasteBank,
      capacity_g: 150_000,
      division_g: 20,
      verified_until_ms: null,
      created_ms: NOW_MS,
    })
    .execute();
  await db
    .insertInto("devices")
    .values({
      id: tail,
      node_id: books.node,
      bin_id: null,
      scale_id: books.scale,
      port: "{}",
      created_ms: NOW_MS,
      retired_ms: null,
    })
    .execute();
  await db
    .insertInto("members")
    .values({
      id: books.member,
      number: tail,
      waste_bank_id: books.wasteBank,
      created_ms: NOW_MS,
    })
    .execute();
  const materials = Object.keys(PRICES_IDR_PER_KG) as Material[];
  await db
    .insertInto("materials")
    .values(materials.map((id) => ({ id, name: id, category: "x", created_ms: NOW_MS })))
    .onConflict(ignore)
    .execute();
  await db
    .insertInto("prices")
    .values(
      materials.map((material) => ({
        id: books.prices[material],
        material_id: material,
        waste_bank_id: books.wasteBank,
        price_idr_per_kg: PRICES_IDR_PER_KG[material],
        valid_from_ms: NOW_MS,
        created_ms: NOW_MS,
        created_by: "test",
      })),
    )
    .execute();
  return books;
}

/** A line of `netG` grams with 100 g tare. */
export function lineOf(books: SampleBooks, material: Material, netG: number): DepositLine {
  const price = PRICES_IDR_PER_KG[material];
  return {
    material,
    price: books.prices[material],
    price_idr_per_kg: price,
    gross_g: netG + 100,
    tare_g: 100,
    net_g: netG,
    stable: true,
    scale: books.scale,
    raw: "0d0a",
    amount_idr: amountIdr(netG, price),
  };
}

/** A deposit of these lines under a new id and receipt. */
export function depositOf(books: SampleBooks, lines: DepositLine[], rest: Partial<Deposit> = {}): Deposit {
  const id = newEventId();
  return {
    kind: "deposit",
    id,
    t: NOW_MS,
    waste_bank: books.wasteBank,
    member: books.member,
    receipt_no: id.toUpperCase(),
    lines,
    total_idr: lines.reduce((sum, line) => sum + line.amount_idr, 0),
    ...rest,
  };
}

/** A void of the deposit. */
export function voidOf(deposit: Deposit, rest: Partial<DepositVoid> = {}): DepositVoid {
  return {
    kind: "deposit_void",
    id: newEventId(),
    t: NOW_MS,
    deposit: deposit.id,
    reason: "wrong member",
    ...rest,
  };
}

/** A check of the scale. */
export function scaleCheckOf(books: SampleBooks, rest: Partial<ScaleCheck> = {}): ScaleCheck {
  return {
    kind: "scale_check",
    id: newEventId(),
    t: NOW_MS,
    scale: books.scale,
    reference_g: 5_000,
    shown_g: 4_999.5,
    ...rest,
  };
}

/** What the waste bank owes the member, and how many grams of the material it has; null for what was never opened. */
export async function standingOf(
  { db }: RelationalStore,
  { wasteBank, member }: SampleBooks,
): Promise<Record<"savings" | "pet", number | null>> {
  const balance = async (id: string) => {
    const account = await findAccount(db, id);
    return account && balanceOf(account);
  };
  return {
    savings: await balance(
      accountId({ kind: "member_savings", ledger: "IDR", wasteBank, member, part: "regular" }),
    ),
    pet: await balance(accountId({ kind: "stock", ledger: "g:pet", wasteBank })),
  };
}
