/** Checks a deposit against the books before it is posted: who, what, at which price, and whether the sum is right. */
import { type Deposit, type DepositLine, depositFault, lineFault } from "@jumpa-madu/contracts/records";
import type { CompiledQuery, Selectable } from "kysely";
import { maySupervise } from "../people/supervisors.ts";
import type { Tx } from "../relational/relational-store.ts";
import { askAtOnce, statement } from "../relational/statement.ts";
import type { Tables } from "../relational/tables.ts";
import { type Depositor, depositorAsked, toDepositor } from "../trade/depositor.ts";
import { faultOfExcess } from "../trade/open-excess.ts";
import type { Difference } from "../trade/post-deposit.ts";
import { differencesOf } from "../trade/printed-differences.ts";
import { type HoldingTerms, nearestOf, termsAsked } from "../trade/terms.ts";
import type { QuarantineCode } from "./quarantine.ts";

/** Why a record is not accepted, for a program and for a person. */
export interface RecordFault {
  code: QuarantineCode;
  reason: string;
}

/** A deposit that may be posted, with what its receipt says otherwise and by how many rupiah more than we compute; or why it may not. */
export type DepositCheck =
  | { ok: true; differences: Difference[]; excessIdr: number }
  | ({ ok: false } & RecordFault);

/** A deposit with the node that sends it. */
export interface SentDeposit {
  node: string;
  deposit: Deposit;
}

/** What the books say about a deposit that is to be checked. */
export interface DepositGround {
  /** Waste bank at which its node stands. */
  place: string | null;
  depositor: Depositor | null;
  terms: (memberKind: string) => HoldingTerms;
  prices: Map<string, Price>;
  capacities: Map<string, number>;
  supervisors: Map<string, Supervisor>;
}

/**
 * Looks up the ground of a deposit, with what `more` asks: at once, and once more for typed weights, however many lines the deposit has. Holds the member's row
 * until the transaction ends.
 */
export async function groundOf<const More extends readonly CompiledQuery[]>(
  tx: Tx,
  { node, deposit }: SentDeposit,
  more: More,
) {
  const { waste_bank: wasteBank, member, lines, t: atMs } = deposit;
  // A list must not be empty; no id is, so nothing is found.
  const idsOf = (ids: string[]) => (ids.length === 0 ? [""] : [...new Set(ids)]);
  const [places, depositors, terms, prices, capacities, ...others] = await askAtOnce(tx, [
    nodePlace.of(tx, { node }),
    depositorAsked(tx, member),
    termsAsked(tx, { wasteBank, atMs }),
    pricesById.of(tx, { wasteBank, ids: idsOf(lines.map(({ price }) => price)) }),
    capacitiesById.of(tx, { node, ids: idsOf(lines.map(({ scale }) => scale)) }),
    ...more,
  ]);
  const typedBy = [...new Set(lines.flatMap(({ typed }) => typed?.supervisor ?? []))];
  const supervisors = typedBy.length === 0 ? [] : (await supervisorsById(tx, { ids: typedBy })).rows;
  const ground: DepositGround = {
    place: places[0]?.waste_bank_id ?? null,
    depositor: toDepositor(depositors[0]),
    terms: nearestOf(terms, wasteBank),
    prices: new Map(prices.map((price) => [price.id, price])),
    capacities: new Map(capacities.map(({ id, capacityG }) => [id, capacityG])),
    supervisors: new Map(supervisors.map((user) => [user.id, user])),
  };
  return { ground, others };
}

/**
 * Checks a deposit against its ground.
 *
 * An amount or a price that differs from ours is no fault, because the member holds the receipt: it is a difference, as far as
 * `tooMuchPrinted` lets it pass.
 */
export function checkDeposit({ node, deposit }: SentDeposit, ground: DepositGround): DepositCheck {
  const depositor = partiesOf(node, deposit, ground);
  if ("code" in depositor) return { ok: false, ...depositor };
  const { prices, capacities, supervisors } = ground;
  const terms = ground.terms(depositor.kind);
  const fault = wrongWhole(deposit) ?? faultOfLines(deposit, { node, prices, capacities, supervisors });
  if (fault !== null) return { ok: false, ...fault };
  const { differences, excessIdr } = differencesOf({
    settlement: deposit.settlement ?? "purchase",
    shareBps: deposit.share_bps ?? null,
    terms,
    lines: deposit.lines.map((line) => ({
      netG: line.net_g,
      priceIdrPerKg: line.price_idr_per_kg,
      amountIdr: line.amount_idr,
      booksPriceIdrPerKg: prices.get(line.price)?.price_idr_per_kg ?? 0,
    })),
  });
  return { ok: true, differences, excessIdr };
}

/** The fault of a receipt that says more than is honoured without a person, or null. Reads only where it says more at all. */
export async function tooMuchPrinted(
  tx: Tx,
  { node, differences, excessIdr, nowMs }: { node: string; nowMs: number } & Printed,
): Promise<RecordFault | null> {
  const fault = await faultOfExcess(tx, { giver: { node }, excessIdr, nowMs });
  if (fault === null) return null;
  const words = differences
    .filter(({ line }) => line >= 0)
    .map(({ line, reason }) => `line ${line + 1}: ${reason}`);
  return {
    code: "printed_too_much",
    reason: `${fault}; post it again with honour, or settle it with the member (${words.slice(0, DIFFERENCES_TOLD_MAX).join("; ")})`,
  };
}

/** What a receipt says otherwise. */
type Printed = Pick<Extract<DepositCheck, { ok: true }>, "differences" | "excessIdr">;

/** Most lines that the reason names; what else differs stands on the receipt. */
const DIFFERENCES_TOLD_MAX = 3;

interface LineMeans {
  node: string;
  prices: Map<string, Price>;
  capacities: Map<string, number>;
  supervisors: Map<string, Supervisor>;
}

function faultOfLines(
  deposit: Deposit,
  { node, prices, capacities, supervisors }: LineMeans,
): RecordFault | null {
  for (const [index, line] of deposit.lines.entries()) {
    const inLine =
      wrongEvidence(line) ??
      wrongPrice(deposit, line, prices.get(line.price)) ??
      wrongWeight(node, line, capacities.get(line.scale)) ??
      wrongSupervisor(deposit, line, supervisors) ??
      wrongNet(line);
    if (inLine !== null) return { code: inLine.code, reason: `line ${index + 1}: ${inLine.reason}` };
  }
  const total = deposit.lines.reduce((sum, line) => sum + line.amount_idr, 0);
  if (total === deposit.total_idr) return null;
  return {
    code: "amount_mismatch",
    reason: `the lines add up to Rp ${total}, the total says Rp ${deposit.total_idr}`,
  };
}

/** What is wrong with the deposit as a whole, whatever its lines are worth. */
function wrongWhole(deposit: Deposit): RecordFault | null {
  if (deposit.settlement === "share_of_sale" && deposit.purpose === "cash") {
    return {
      code: "nothing_to_pay",
      reason:
        "the waste is paid for when it is sold, so there is no cash to pay now; if the terminal paid any, settle it with the member",
    };
  }
  const fault = depositFault(deposit);
  return fault === null ? null : { code: "schema", reason: fault };
}

const nodePlace = statement<{ node: string }, { waste_bank_id: string | null }>((db, slot) =>
  db.selectFrom("nodes").select("waste_bank_id").where("id", "=", slot("node")),
);

/** The member, when the node stands where it says and the member may bring waste; else the fault. */
function partiesOf(
  node: string,
  deposit: Deposit,
  { place, depositor }: DepositGround,
): Depositor | RecordFault {
  if (place !== deposit.waste_bank) {
    return {
      code: "foreign_waste_bank",
      reason: `node ${node} does not stand at waste bank ${deposit.waste_bank}; register it there or correct its configuration`,
    };
  }
  if (depositor === null) {
    return {
      code: "unknown_member",
      reason: `member ${deposit.member} does not exist: register the member; the deposit is kept here, not posted`,
    };
  }
  if (depositor.mayAct) return depositor;
  return {
    code: "member_closed",
    reason: `member ${deposit.member} has left the waste bank: settle the waste with whoever brought it; the deposit is kept here, not posted`,
  };
}

/** A price. `parent_id`: the parent of the waste bank that took the deposit, whose prices hold there as well. */
export type Price = Selectable<Tables["prices"]> & { parent_id: string | null };

const pricesById = statement<{ wasteBank: string; ids: string[] }, Price>((db, slot) =>
  db
    .selectFrom("prices")
    .leftJoin("waste_banks", (join) => join.on("waste_banks.id", "=", slot("wasteBank")))
    .selectAll("prices")
    .select("waste_banks.parent_id")
    .where("prices.id", "in", slot("ids")),
);

/** Grams that each scale of the lines can weigh, of those that are or were registered at the node. */
const capacitiesById = statement<{ node: string; ids: string[] }, { id: string; capacityG: number }>(
  (db, slot) =>
    db
      .selectFrom("devices")
      .innerJoin("scales", "scales.id", "devices.scale_id")
      .select(["scales.id", "scales.capacity_g as capacityG"])
      .where("devices.node_id", "=", slot("node"))
      .where("scales.id", "in", slot("ids")),
);

type Supervisor = Pick<Selectable<Tables["users"]>, "id" | "role" | "waste_bank_id" | "disabled_ms">;

const supervisorsById = statement<{ ids: string[] }, Supervisor>((db, slot) =>
  db
    .selectFrom("users")
    .select(["id", "role", "waste_bank_id", "disabled_ms"])
    .where("id", "in", slot("ids")),
);

/** What the schema of a line cannot say. */
function wrongEvidence(line: DepositLine): RecordFault | null {
  const fault = lineFault(line);
  return fault === null ? null : { code: "schema", reason: fault };
}

/**
 * Who answers for a typed weight must have been someone who may: the terminal has checked the PIN, and a PIN that was changed
 * since does not undo that.
 */
function wrongSupervisor(
  deposit: Deposit,
  { typed }: DepositLine,
  supervisors: Map<string, Supervisor>,
): RecordFault | null {
  if (typed === undefined) return null;
  const unknown = (reason: string): RecordFault => ({
    code: "unknown_supervisor",
    reason: `the weight was typed and ${reason}; ask at ${deposit.waste_bank} who agreed to it`,
  });
  const user = supervisors.get(typed.supervisor);
  if (user === undefined) return unknown(`supervisor ${typed.supervisor} does not exist`);
  if (!maySupervise(user, deposit.waste_bank)) {
    return unknown(
      `user ${user.id}, ${user.role} of ${user.waste_bank_id ?? "no waste bank"}, does not supervise there`,
    );
  }
  if (user.disabled_ms === null || user.disabled_ms > deposit.t) return null;
  return unknown(`supervisor ${user.id} was shut out on ${new Date(user.disabled_ms).toISOString()}, before`);
}

/** A price that a later one has followed is accepted: the terminal may have been offline. */
function wrongPrice(deposit: Deposit, line: DepositLine, price: Price | undefined): RecordFault | null {
  const unknown = (reason: string): RecordFault => ({ code: "unknown_price", reason });
  if (price === undefined)
    return unknown(`price ${line.price} does not exist; the terminal's price list is not ours`);
  if (price.material_id !== line.material)
    return unknown(`price ${line.price} is for ${price.material_id}, not for ${line.material}`);
  if (price.price_idr_per_kg === null)
    return unknown(`price ${line.price} only ends an own price; the terminal's price list is not ours`);
  if (price.waste_bank_id !== null && ![deposit.waste_bank, price.parent_id].includes(price.waste_bank_id))
    return unknown(`price ${line.price} holds at ${price.waste_bank_id}, not at ${deposit.waste_bank}`);
  if (price.valid_from_ms > deposit.t) {
    const [from, t] = [price.valid_from_ms, deposit.t].map((ms) => new Date(ms).toISOString());
    return unknown(`price ${line.price} holds only from ${from}, the deposit is of ${t}`);
  }
  return null;
}

/** `stable` may be null: not every scale tells whether its weight was at rest. */
function wrongWeight(node: string, line: DepositLine, capacityG: number | undefined): RecordFault | null {
  if (capacityG === undefined) {
    return {
      code: "unknown_device",
      reason: `scale ${line.scale} is not registered at node ${node}; register it there`,
    };
  }
  const loadG = line.gross_g ?? line.net_g;
  if (loadG > capacityG) {
    return {
      code: "weight_out_of_range",
      reason: `${loadG} g ${line.gross_g === undefined ? "net" : "gross"} is more than scale ${line.scale} can weigh, which is ${capacityG} g`,
    };
  }
  if (line.stable !== false) return null;
  return {
    code: "unstable_weight",
    reason: `scale ${line.scale} was not at rest when it showed ${line.net_g} g; weigh it again`,
  };
}

function wrongNet({ gross_g: grossG, tare_g: tareG, net_g: netG }: DepositLine): RecordFault | null {
  if (grossG === undefined || tareG === undefined || grossG - tareG === netG) return null;
  return {
    code: "amount_mismatch",
    reason: `${grossG} g gross less ${tareG} g tare is not ${netG} g net`,
  };
}
