/**
 * Random histories of a store, posted to the database and to a plain model that counts single grams: both must agree on
 * every refusal, on every member's rupiah and on every account.
 */
import { newEventId } from "@jumpa-madu/contracts/ids";
import fc from "fast-check";
import { expect, it } from "vitest";
import { ACCOUNT_KINDS, type AccountKind, accountId } from "../ledger/account.ts";
import { postJournal } from "../ledger/post-journal.ts";
import { verifySample } from "../ledger/sample-journals.ts";
import { NOW_MS } from "../records/sample-books.ts";
import { onEachEngine } from "../relational/engine-suite.ts";
import type { RelationalStore } from "../relational/relational-store.ts";
import { countStock, decideCount } from "./count-stock.ts";
import { pay } from "./pay-sale.ts";
import { bring, fillSafe, type SampleStock, saleOf, sampleStock, takeBack } from "./sample-stock.ts";
import { sellStock } from "./sell.ts";
import { voidSale } from "./void-sale.ts";

const MATERIALS = ["pet", "paper"] as const;
type Material = (typeof MATERIALS)[number];

type Command =
  | { does: "bring"; material: Material; netG: number; price: number; shareBps: number | null }
  | {
      does: "sell";
      material: Material;
      toParent: boolean;
      out: number;
      accepted: number;
      rejected: number;
      rejects: "returned" | "discarded";
      price: number;
    }
  | { does: "pay"; which: number; amount: number }
  | { does: "void_sale" | "void_deposit"; which: number }
  | { does: "count"; material: Material; counted: number; agrees: boolean }
  | { does: "withdraw"; share: number };

type Move = [debit: string, credit: string, amount: number];

interface ModelConsignment {
  deposit: string;
  material: Material;
  netG: number;
  usedG: number;
  shareBps: number;
}

interface ModelSale {
  id: string;
  toParent: boolean;
  totalIdr: number;
  paidIdr: number;
  moves: Move[];
  used: Map<ModelConsignment, number>;
  isVoided: boolean;
}

interface ModelDeposit {
  id: string;
  moves: Move[];
  consignment: ModelConsignment | null;
  isVoided: boolean;
}

/** Balances by name, `kind:owner:material`; those of the unit have the owner `u`, those of its parent `p`. */
class Model {
  balances = new Map<string, number>();
  readonly sales: ModelSale[] = [];
  readonly deposits: ModelDeposit[] = [];
  readonly consignments: ModelConsignment[] = [];

  at(name: string): number {
    return this.balances.get(name) ?? 0;
  }

  /** Moves all or nothing; false when an account that must not fall below zero would. */
  move(moves: Move[]): boolean {
    const after = new Map(this.balances);
    const add = (name: string, amount: number) => after.set(name, (after.get(name) ?? 0) + amount);
    for (const [debit, credit, amount] of moves) {
      add(debit, sideOf(debit) === "D" ? amount : -amount);
      add(credit, sideOf(credit) === "C" ? amount : -amount);
      if ([debit, credit].some((name) => ACCOUNT_KINDS[kindOf(name)].floorZero && (after.get(name) ?? 0) < 0))
        return false;
    }
    this.balances = after;
    return true;
  }

  reverse(moves: Move[]): boolean {
    return this.move(moves.map(([debit, credit, amount]) => [credit, debit, amount]));
  }

  open(material: Material): ModelConsignment[] {
    return this.consignments.filter((each) => each.material === material && each.usedG < each.netG);
  }
}

function kindOf(name: string): AccountKind {
  const kind = name.split(":")[0] ?? "";
  return (kind === "consigned" ? "stock" : kind) as AccountKind;
}

function sideOf(name: string): "D" | "C" {
  return ACCOUNT_KINDS[kindOf(name)].normal;
}

/** What gram number `gram` of `of` is worth when all together are worth `worth`. */
function worthOfGram(worth: number, gram: number, of: number): number {
  return Math.floor((worth * gram) / of) - Math.floor((worth * (gram - 1)) / of);
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

const grams = fc.integer({ min: 1, max: 900 });
const share = fc.double({ min: 0, max: 1, noNaN: true });
const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      does: fc.constant("bring" as const),
      material: fc.constantFrom(...MATERIALS),
      netG: grams,
      price: fc.integer({ min: 0, max: 90_000 }),
      shareBps: fc.option(fc.integer({ min: 1, max: 10_000 }), { nil: null }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      does: fc.constant("sell" as const),
      material: fc.constantFrom(...MATERIALS),
      toParent: fc.boolean(),
      out: fc.oneof(share, fc.constant(1), fc.constant(1.2)),
      accepted: fc.oneof(share, fc.constant(1)),
      rejected: share,
      rejects: fc.constantFrom("returned" as const, "discarded" as const),
      price: fc.integer({ min: 0, max: 90_000 }),
    }),
  },
  fc.record({
    does: fc.constant("pay" as const),
    which: fc.nat(),
    amount: fc.integer({ min: 1, max: 20_000 }),
  }),
  fc.record({ does: fc.constantFrom("void_sale" as const, "void_deposit" as const), which: fc.nat() }),
  fc.record({
    does: fc.constant("count" as const),
    material: fc.constantFrom(...MATERIALS),
    counted: fc.oneof(fc.double({ min: 0.9, max: 1.1, noNaN: true }), fc.constant(0), fc.constant(1)),
    agrees: fc.boolean(),
  }),
  fc.record({ does: fc.constant("withdraw" as const), share }),
);

/** One history on waste banks of its own. */
class History {
  readonly model = new Model();
  #nowMs = NOW_MS;
  readonly #store: RelationalStore;
  readonly #stock: SampleStock;

  constructor(store: RelationalStore, stock: SampleStock) {
    this.#store = store;
    this.#stock = stock;
  }

  async play(each: Command): Promise<void> {
    this.#nowMs += 1_000;
    switch (each.does) {
      case "bring":
        return await this.#bring(each);
      case "sell":
        return await this.#sell(each);
      case "pay":
        return await this.#pay(each);
      case "void_sale":
        return await this.#voidSale(each.which);
      case "void_deposit":
        return await this.#voidDeposit(each.which);
      case "count":
        return await this.#count(each);
      case "withdraw":
        return await this.#withdraw(each.share);
    }
  }

  async #bring({ material, netG, price, shareBps }: Extract<Command, { does: "bring" }>) {
    const { unit } = this.#stock;
    const id = await bring(this.#store, {
      books: unit,
      material,
      netG,
      priceIdrPerKg: price,
      shareBps,
      occurredMs: this.#nowMs,
    });
    const consignment = shareBps === null ? null : { deposit: id, material, netG, usedG: 0, shareBps };
    const amount = Math.floor((netG * price + 500) / 1_000);
    const moves: Move[] =
      consignment === null
        ? [
            [`stock:u:${material}`, `intake:u:${material}`, netG],
            [`stock_value:u:${material}`, "member_savings:u", amount],
          ]
        : [[`consigned:u:${material}`, `intake:u:${material}`, netG]];
    expect(this.model.move(moves)).toBe(true);
    if (consignment !== null) this.model.consignments.push(consignment);
    this.model.deposits.push({ id, moves, consignment, isVoided: false });
  }

  async #sell(each: Extract<Command, { does: "sell" }>) {
    const { material, toParent, price, rejects } = each;
    const inStock = this.model.at(`stock:u:${material}`) + this.model.at(`consigned:u:${material}`);
    const outG = Math.ceil(inStock * each.out);
    const acceptedG = Math.floor(outG * each.accepted);
    const rejectedG = Math.floor((outG - acceptedG) * each.rejected);
    if (outG === 0) return;
    const { offTaker, parent } = this.#stock;
    const sale = saleOf(this.#stock, outG, {
      buyer: toParent ? { wasteBank: parent.wasteBank } : { offTaker },
      occurredMs: this.#nowMs,
      line: { material, acceptedG, rejectedG, rejects, priceIdrPerKg: price },
    });
    const outcome = await this.#store.transaction((tx) => sellStock(tx, sale, this.#nowMs));
    const goneG = outG - (rejects === "returned" ? rejectedG : 0);
    const isPossible = outG <= inStock && goneG > 0;
    expect(outcome.kind).toBe(isPossible ? "posted" : "refused");
    if (!isPossible) return;
    const { moves, used, totalIdr } = this.#expected({
      material,
      toParent,
      price,
      goneG,
      acceptedG,
      lostG: outG - acceptedG - rejectedG,
    });
    expect(this.model.move(moves)).toBe(true);
    for (const [consignment, usedG] of used) consignment.usedG += usedG;
    this.model.sales.push({ id: sale.id, toParent, totalIdr, paidIdr: 0, moves, used, isVoided: false });
  }

  /** What a sale moves, worked out gram by gram. */
  #expected(sold: {
    material: Material;
    toParent: boolean;
    price: number;
    goneG: number;
    acceptedG: number;
    lostG: number;
  }) {
    const { material, toParent, price, goneG, acceptedG, lostG } = sold;
    const ownedG = this.model.at(`stock:u:${material}`);
    const value = this.model.at(`stock_value:u:${material}`);
    const consignedG = Math.min(this.model.at(`consigned:u:${material}`), goneG);
    const totalIdr = Math.floor((acceptedG * price + 500) / 1_000);

    const queue = this.model
      .open(material)
      .flatMap((each) => Array.from({ length: each.netG - each.usedG }, () => each));
    const used = new Map<ModelConsignment, number>();
    const proceeds = new Map<ModelConsignment, number>();
    for (let gram = 1; gram <= consignedG; gram++) {
      const consignment = queue[gram - 1];
      if (consignment === undefined) throw new Error("the model has no such gram");
      used.set(consignment, (used.get(consignment) ?? 0) + 1);
      proceeds.set(consignment, (proceeds.get(consignment) ?? 0) + worthOfGram(totalIdr, gram, goneG));
    }
    const members = sum([...proceeds].map(([{ shareBps }, idr]) => Math.floor((idr * shareBps) / 10_000)));

    const ofConsigned = (all: number) => Math.floor((all * consignedG) / goneG);
    const accepted = { consigned: ofConsigned(acceptedG), owned: acceptedG - ofConsigned(acceptedG) };
    const lostOfConsigned = ofConsigned(acceptedG + lostG) - accepted.consigned;
    const thrownOfConsigned = consignedG - accepted.consigned - lostOfConsigned;
    const costOf = (from: number, to: number) =>
      sum(Array.from({ length: to - from }, (_, index) => worthOfGram(value, from + index + 1, ownedG)));
    const taken = `${toParent ? "delivered" : "sold"}:u:${material}`;
    const moves: Move[] = [
      [taken, `consigned:u:${material}`, accepted.consigned],
      [taken, `stock:u:${material}`, accepted.owned],
      [`shrinkage:u:${material}`, `consigned:u:${material}`, lostOfConsigned],
      [`shrinkage:u:${material}`, `stock:u:${material}`, lostG - lostOfConsigned],
      [`rejects:u:${material}`, `consigned:u:${material}`, thrownOfConsigned],
      [`rejects:u:${material}`, `stock:u:${material}`, goneG - acceptedG - lostG - thrownOfConsigned],
      [`receivable:u:${toParent ? "parent" : "off-taker"}`, `sales:u:${material}`, totalIdr],
      [`cost_of_sales:u:${material}`, `stock_value:u:${material}`, costOf(0, accepted.owned)],
      [
        `shrinkage_value:u:${material}`,
        `stock_value:u:${material}`,
        costOf(accepted.owned, goneG - consignedG),
      ],
      [`cost_of_sales:u:${material}`, "member_savings:u", members],
    ];
    if (toParent) {
      moves.push([`stock:p:${material}`, `received:p:${material}`, acceptedG]);
      moves.push([`stock_value:p:${material}`, "payable:p", totalIdr]);
    }
    return { moves, used, totalIdr };
  }

  async #pay({ which, amount }: Extract<Command, { does: "pay" }>) {
    const sale = this.model.sales[which % Math.max(1, this.model.sales.length)];
    if (sale === undefined) return;
    const outcome = await this.#store.transaction((tx) =>
      pay(
        tx,
        {
          id: newEventId(),
          sale: sale.id,
          into: "bank_account",
          from: sale.toParent ? "cash_vault" : null,
          amountIdr: amount,
          occurredMs: null,
          paidBy: "user:one",
        },
        this.#nowMs,
      ),
    );
    const isPossible = !sale.isVoided && sale.paidIdr + amount <= sale.totalIdr;
    const moves: Move[] = [
      ["bank_account:u", `receivable:u:${sale.toParent ? "parent" : "off-taker"}`, amount],
    ];
    if (sale.toParent) moves.push(["payable:p", "cash_vault:p", amount]);
    const isPosted = isPossible && this.model.move(moves);
    expect(outcome.kind).toBe(isPosted ? "posted" : "refused");
    if (!isPosted) return;
    sale.paidIdr += amount;
    sale.moves.unshift(...moves);
  }

  async #voidSale(which: number) {
    const sale = this.model.sales[which % Math.max(1, this.model.sales.length)];
    if (sale === undefined) return;
    const outcome = await this.#store.transaction((tx) =>
      voidSale(
        tx,
        { id: newEventId(), sale: sale.id, reason: "wrong weight", voidedBy: "user:two" },
        this.#nowMs,
      ),
    );
    const isPosted = !sale.isVoided && this.model.reverse(sale.moves);
    expect(outcome.kind).toBe(isPosted ? "posted" : "refused");
    if (!isPosted) return;
    sale.isVoided = true;
    for (const [consignment, usedG] of sale.used) consignment.usedG -= usedG;
  }

  async #voidDeposit(which: number) {
    const deposit = this.model.deposits[which % Math.max(1, this.model.deposits.length)];
    if (deposit === undefined) return;
    const outcome = await takeBack(this.#store, deposit.id);
    const isUntouched = (deposit.consignment?.usedG ?? 0) === 0;
    const isPosted = !deposit.isVoided && isUntouched && this.model.reverse(deposit.moves);
    expect(outcome).toBe(isPosted ? "reversed" : "refused");
    if (!isPosted) return;
    deposit.isVoided = true;
    if (deposit.consignment !== null) deposit.consignment.usedG = deposit.consignment.netG;
  }

  async #count({ material, counted, agrees }: Extract<Command, { does: "count" }>) {
    const [owned, consigned] = [
      this.model.at(`stock:u:${material}`),
      this.model.at(`consigned:u:${material}`),
    ];
    const countedG = Math.round((owned + consigned) * counted);
    const id = newEventId();
    const { wasteBank } = this.#stock.unit;
    const outcome = await this.#store.transaction((tx) =>
      countStock(
        tx,
        {
          id,
          wasteBank,
          material,
          countedG,
          reason: "opname",
          occurredMs: this.#nowMs,
          countedBy: "user:one",
        },
        this.#nowMs,
      ),
    );
    const differenceG = countedG - owned - consigned;
    const isSmall = Math.abs(differenceG) <= (owned + consigned) * 0.05;
    expect(outcome).toEqual({ kind: isSmall ? "posted" : "waiting", isReplay: false });
    if (!isSmall) {
      const decided = await this.#store.transaction((tx) =>
        decideCount(tx, { id, agrees, decidedBy: "user:two" }, this.#nowMs),
      );
      expect(decided).toEqual({ kind: agrees ? "posted" : "dismissed", isReplay: false });
      if (!agrees) return;
    }
    const value = this.model.at(`stock_value:u:${material}`);
    if (differenceG > 0) {
      const worth = owned === 0 ? 0 : Math.floor((value * differenceG) / owned);
      this.model.move([
        [`stock:u:${material}`, `surplus:u:${material}`, differenceG],
        [`stock_value:u:${material}`, `shrinkage_value:u:${material}`, worth],
      ]);
      return;
    }
    const ownLoss = Math.min(owned, -differenceG);
    const worth = ownLoss === owned ? value : Math.floor((value * ownLoss) / owned);
    this.model.move([
      [`shrinkage:u:${material}`, `stock:u:${material}`, ownLoss],
      [`shrinkage:u:${material}`, `consigned:u:${material}`, -differenceG - ownLoss],
      [`shrinkage_value:u:${material}`, `stock_value:u:${material}`, worth],
    ]);
    let missingG = -differenceG - ownLoss;
    for (const consignment of this.model.open(material)) {
      const lostG = Math.min(missingG, consignment.netG - consignment.usedG);
      consignment.usedG += lostG;
      missingG -= lostG;
    }
  }

  async #withdraw(part: number) {
    const amount = Math.floor(this.model.at("member_savings:u") * part);
    if (amount === 0) return;
    const { unit } = this.#stock;
    const outcome = await postJournal(this.#store, {
      idempotencyKey: newEventId(),
      kind: "test",
      actor: "user:test",
      occurredMs: this.#nowMs,
      transfers: [
        {
          phase: "post",
          debit: idOf("member_savings:u", this.#stock),
          credit: idOf("cash_vault:u", this.#stock),
          amount,
        },
      ],
    });
    expect(outcome.kind, unit.wasteBank).toBe("posted");
    this.model.move([["member_savings:u", "cash_vault:u", amount]]);
  }

  /** Every account of both waste banks, against the model. */
  async compare(): Promise<void> {
    const rows = await this.#store.db
      .selectFrom("accounts")
      .select(["id", "normal", "debits_posted as debits", "credits_posted as credits"])
      .where("waste_bank_id", "in", [this.#stock.unit.wasteBank, this.#stock.parent.wasteBank])
      .execute();
    const found = new Map(
      rows.map(({ id, normal, debits, credits }) => [
        id,
        normal === "D" ? debits - credits : credits - debits,
      ]),
    );
    for (const [name, balance] of this.model.balances) {
      expect([name, found.get(idOf(name, this.#stock)) ?? 0]).toEqual([name, balance]);
    }
  }
}

/** Id in the database of an account of the model. */
function idOf(name: string, { unit, parent, offTaker }: SampleStock): string {
  const [kind = "", owner, part] = name.split(":");
  const { wasteBank } = owner === "u" ? unit : parent;
  const isGrams = [
    "consigned",
    "stock",
    "intake",
    "sold",
    "delivered",
    "shrinkage",
    "rejects",
    "received",
    "surplus",
  ].includes(kind);
  if (isGrams)
    return [
      kind === "consigned" ? "stock" : kind,
      `g:${part}`,
      wasteBank,
      ...(kind === "consigned" ? ["", "consigned"] : []),
    ].join("/");
  const key = { kind: kind as AccountKind, ledger: "IDR", wasteBank };
  if (kind === "member_savings") return accountId({ ...key, member: unit.member, part: "regular" });
  if (kind === "receivable")
    return accountId({
      ...key,
      part: part === "parent" ? `waste-bank:${parent.wasteBank}` : `off-taker:${offTaker}`,
    });
  if (kind === "payable") return accountId({ ...key, part: unit.wasteBank });
  return accountId(part === undefined ? key : { ...key, part });
}

onEachEngine("a random history of a store", (suite) => {
  it("agrees with the model on every refusal, gram and rupiah, and verifies", async () => {
    const { store } = suite;
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 8, maxLength: 40 }), async (commands) => {
        const stock = await sampleStock(store);
        const history = new History(store, stock);
        for (const { wasteBank } of [stock.unit, stock.parent]) await fillSafe(store, wasteBank, 40_000_000);
        for (const owner of ["u", "p"]) {
          history.model.balances.set(`cash_vault:${owner}`, 40_000_000);
          history.model.balances.set(`capital:${owner}`, 40_000_000);
        }
        for (const each of commands) {
          await history.play(each);
          await history.compare();
        }
      }),
      { numRuns: suite.engine === "sqlite" ? 50 : 10 },
    );
    expect(await verifySample(store.db, 0)).toEqual([]);
  }, 120_000);
});
