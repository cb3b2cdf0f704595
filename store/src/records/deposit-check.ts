/** Checks a deposit against the books before it is posted: who, what, at which price, and whether the sum is right. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { type Deposit, type DepositLine, lineFault } from "@jumpa-madu/contracts/records";
import type { Selectable } from "kysely";
import { maySupervise } from "../people/supervisors.ts";
import type { Tx } from "../relational/relational-store.ts";
import type { Tables } from "../relational/tables.ts";
import type { QuarantineCode } from "./quarantine.ts";

/** Why a record is not accepted, for a program and for a person. */
export interface RecordFault {
  code: QuarantineCode;
  reason: string;
}

/**
 * First fault of the deposit; null when it may be posted. Three statements, however many lines the deposit has, and a fourth
 * when a weight was typed.
 */
export async function faultOfDeposit(tx: Tx, node: string, deposit: Deposit): Promise<RecordFault | null> {
  const fault = await faultOfParties(tx, node, deposit);
  if (fault !== null) return fault;
  const prices = await pricesOf(tx, deposit.lines);
  const capacities = await capacitiesOf(tx, node, deposit.lines);
  const supervisors = await supervisorsOf(tx, deposit.lines);
  for (const [index, line] of deposit.lines.entries()) {
    const price = prices.get(line.price);
    const capacityG = capacities.get(line.scale);
    const inLine =
      wrongEvidence(line) ??
      wrongPrice(deposit, line, price) ??
      wrongWeight(node, line, capacityG) ??
      wrongSupervisor(deposit, line, supervisors) ??
      wrongAmount(line);
    if (inLine !== null) return { code: inLine.code, reason: `line ${index + 1}: ${inLine.reason}` };
  }
  const total = deposit.lines.reduce((sum, line) => sum + line.amount_idr, 0);
  if (total !== deposit.total_idr) {
    return {
      code: "amount_mismatch",
      reason: `the lines add up to Rp ${total}, the total says Rp ${deposit.total_idr}`,
    };
  }
  return null;
}

/** Whether the node stands where it says, and the member exists. */
async function faultOfParties(tx: Tx, node: string, deposit: Deposit): Promise<RecordFault | null> {
  const parties = await tx
    .selectFrom("nodes")
    .leftJoin("members", (join) => join.on("members.id", "=", deposit.member))
    .select(["nodes.waste_bank_id as wasteBank", "members.id as member"])
    .where("nodes.id", "=", node)
    .executeTakeFirst();
  if (parties?.wasteBank !== deposit.waste_bank) {
    return {
      code: "foreign_waste_bank",
      reason: `node ${node} does not stand at waste bank ${deposit.waste_bank}; register it there or correct its configuration`,
    };
  }
  if (parties.member === null) {
    return {
      code: "unknown_member",
      reason: `member ${deposit.member} does not exist: register the member; the deposit is kept here, not posted`,
    };
  }
  return null;
}

type Price = Selectable<Tables["prices"]>;

async function pricesOf(tx: Tx, lines: DepositLine[]): Promise<Map<string, Price>> {
  const ids = [...new Set(lines.map(({ price }) => price))];
  if (ids.length === 0) return new Map();
  const rows = await tx.selectFrom("prices").selectAll().where("id", "in", ids).execute();
  return new Map(rows.map((price) => [price.id, price]));
}

/** Grams that each scale of the lines can weigh, of those that are or were registered at the node. */
async function capacitiesOf(tx: Tx, node: string, lines: DepositLine[]): Promise<Map<string, number>> {
  const ids = [...new Set(lines.map(({ scale }) => scale))];
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom("devices")
    .innerJoin("scales", "scales.id", "devices.scale_id")
    .select(["scales.id", "scales.capacity_g as capacityG"])
    .where("devices.node_id", "=", node)
    .where("scales.id", "in", ids)
    .execute();
  return new Map(rows.map(({ id, capacityG }) => [id, capacityG]));
}

type Supervisor = Pick<Selectable<Tables["users"]>, "id" | "role" | "waste_bank_id" | "disabled_ms">;

async function supervisorsOf(tx: Tx, lines: DepositLine[]): Promise<Map<string, Supervisor>> {
  const ids = [...new Set(lines.flatMap(({ typed }) => (typed === undefined ? [] : [typed.supervisor])))];
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom("users")
    .select(["id", "role", "waste_bank_id", "disabled_ms"])
    .where("id", "in", ids)
    .execute();
  return new Map(rows.map((row) => [row.id, row]));
}

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
  if (price.waste_bank_id !== null && price.waste_bank_id !== deposit.waste_bank)
    return unknown(`price ${line.price} holds at ${price.waste_bank_id}, not at ${deposit.waste_bank}`);
  if (price.valid_from_ms > deposit.t) {
    const [from, t] = [price.valid_from_ms, deposit.t].map((ms) => new Date(ms).toISOString());
    return unknown(`price ${line.price} holds only from ${from}, the deposit is of ${t}`);
  }
  if (price.price_idr_per_kg === line.price_idr_per_kg) return null;
  return {
    code: "amount_mismatch",
    reason: `price ${line.price} is Rp ${price.price_idr_per_kg} a kg, the line says Rp ${line.price_idr_per_kg}`,
  };
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

function wrongAmount(line: DepositLine): RecordFault | null {
  const { gross_g: grossG, tare_g: tareG } = line;
  if (grossG !== undefined && tareG !== undefined && grossG - tareG !== line.net_g) {
    return {
      code: "amount_mismatch",
      reason: `${grossG} g gross less ${tareG} g tare is not ${line.net_g} g net`,
    };
  }
  const amount = amountIdr(line.net_g, line.price_idr_per_kg);
  if (amount === line.amount_idr) return null;
  return {
    code: "amount_mismatch",
    reason: `${line.net_g} g at Rp ${line.price_idr_per_kg} a kg is Rp ${amount}, the line says Rp ${line.amount_idr}`,
  };
}
