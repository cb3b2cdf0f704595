/** Lines of a deposit that people hand in at a counter, at a door or for a correction: from what was weighed to what it is worth. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import type { Settlement } from "@jumpa-madu/contracts/records";
import type { Tx } from "../relational/relational-store.ts";
import { type DepositRefusal, refusedDeposit } from "./deposit-refusal.ts";
import type { PostedLine } from "./deposits.ts";
import { type HoldingPrice, priceInForce } from "./price-in-force.ts";

/** How a weight is known. `of_line`: as it was weighed on a line of the deposit that is corrected. */
export type Evidence =
  | { kind: "scale"; scale: string; raw: string; stable: boolean | null; verifiedUntilMs: number | null }
  | { kind: "typed"; reason: string; scale: string | null }
  | { kind: "of_line"; line: number };

/** One material as it is handed in. Without weight it has the one of the line that its evidence names. */
export interface NewLine {
  material: string;
  weight: { grossG: number | null; tareG: number | null; netG: number } | null;
  evidence: Evidence;
  /** What a receipt says that was given out without a network. */
  printed: { priceIdrPerKg: number; amountIdr: number } | null;
}

/** A line with its price, and what the books say of that price. */
export interface PricedLine extends PostedLine {
  booksPriceIdrPerKg: number;
}

/** What the lines are handed in with. */
export interface LineMeans {
  wasteBank: string;
  settlement: Settlement;
  /** Time of which the prices are. */
  atMs: number;
  /** Who answers for what was typed. */
  takenBy: string;
  /** Lines of the deposit that is corrected. */
  original: PostedLine[];
}

/** Prices the lines; the first thing that is wrong is the refusal. One statement for each material, and one for the scales. */
export async function priceLines(
  tx: Tx,
  lines: NewLine[],
  means: LineMeans,
): Promise<{ kind: "priced"; lines: PricedLine[] } | DepositRefusal> {
  const prices = await pricesOf(tx, lines, means);
  const scales = await scalesOf(tx, lines);
  const priced: PricedLine[] = [];
  for (const [index, line] of lines.entries()) {
    const made = priceLine(line, { ...means, price: prices.get(line.material) ?? null, scales });
    if ("code" in made) return { ...made, reason: `line ${index + 1}: ${made.reason}` };
    priced.push(made);
  }
  return { kind: "priced", lines: priced };
}

async function pricesOf(
  tx: Tx,
  lines: NewLine[],
  { wasteBank, atMs }: LineMeans,
): Promise<Map<string, HoldingPrice>> {
  const prices = new Map<string, HoldingPrice>();
  for (const material of new Set(lines.map((line) => line.material))) {
    const price = await priceInForce(tx, { material, wasteBank, atMs });
    if (price !== null) prices.set(material, price);
  }
  return prices;
}

interface Scale {
  wasteBank: string;
  capacityG: number;
  verifiedUntilMs: number | null;
}

async function scalesOf(tx: Tx, lines: NewLine[]): Promise<Map<string, Scale>> {
  const ids = lines.flatMap(({ evidence }) =>
    "scale" in evidence && evidence.scale !== null ? [evidence.scale] : [],
  );
  if (ids.length === 0) return new Map();
  const rows = await tx
    .selectFrom("scales")
    .select([
      "id",
      "waste_bank_id as wasteBank",
      "capacity_g as capacityG",
      "verified_until_ms as verifiedUntilMs",
    ])
    .where("id", "in", [...new Set(ids)])
    .execute();
  return new Map(rows.map(({ id, ...scale }) => [id, scale]));
}

interface LineBooks extends LineMeans {
  price: HoldingPrice | null;
  scales: Map<string, Scale>;
}

function priceLine(
  { material, weight, evidence, printed }: NewLine,
  books: LineBooks,
): PricedLine | DepositRefusal {
  const weighed = weighedBy(evidence, weight, books);
  if ("code" in weighed) return weighed;
  const { price, wasteBank, settlement } = books;
  if (price === null) {
    const day = new Date(books.atMs).toISOString();
    return refusedDeposit(
      "no_price",
      `no price of ${material} holds at ${wasteBank} on ${day}: set one first`,
    );
  }
  const priceIdrPerKg = printed?.priceIdrPerKg ?? price.priceIdrPerKg;
  const owed = settlement === "purchase" ? amountIdr(weighed.netG, price.priceIdrPerKg) : 0;
  return {
    ...weighed,
    material,
    price: price.id,
    priceIdrPerKg,
    amountIdr: printed?.amountIdr ?? owed,
    booksPriceIdrPerKg: price.priceIdrPerKg,
  };
}

type Weighed = Omit<PostedLine, "material" | "price" | "priceIdrPerKg" | "amountIdr">;

function weighedBy(
  evidence: Evidence,
  weight: NewLine["weight"],
  { original, scales, wasteBank, takenBy }: LineBooks,
): Weighed | DepositRefusal {
  if (evidence.kind === "of_line") {
    const line = original[evidence.line];
    if (line !== undefined) return line;
    return refusedDeposit("unknown_line", `the deposit has no line ${evidence.line}; its lines count from 0`);
  }
  if (weight === null)
    return refusedDeposit("bad_line", "the weight is missing: give net_g, or gross_g and tare_g");
  const scale = evidence.scale === null ? null : scales.get(evidence.scale);
  if (scale === undefined || (scale !== null && scale.wasteBank !== wasteBank)) {
    return refusedDeposit(
      "unknown_scale",
      `scale ${evidence.scale} does not stand at ${wasteBank}: register it there, or type the weight with a reason`,
    );
  }
  const loadG = weight.grossG ?? weight.netG;
  if (scale !== null && loadG > scale.capacityG) {
    return refusedDeposit(
      "weight_out_of_range",
      `${loadG} g are more than scale ${evidence.scale} can weigh, which is ${scale.capacityG} g`,
    );
  }
  if (evidence.kind === "typed") {
    return {
      ...weight,
      stable: null,
      scale: evidence.scale,
      verifiedUntilMs: scale?.verifiedUntilMs ?? null,
      raw: null,
      typed: { supervisor: takenBy, reason: evidence.reason },
    };
  }
  if (evidence.stable === false)
    return refusedDeposit("unstable_weight", `scale ${evidence.scale} was not at rest; weigh it again`);
  return {
    ...weight,
    stable: evidence.stable,
    scale: evidence.scale,
    verifiedUntilMs: evidence.verifiedUntilMs ?? scale?.verifiedUntilMs ?? null,
    raw: evidence.raw,
    typed: null,
  };
}
