/** Savings products: what a waste bank, or every one, offers its members. */
import { newEventId } from "@jumpa-madu/contracts/ids";
import { dayOf, startOfDayMs } from "@jumpa-madu/contracts/local-day";
import { recordDeed } from "../proof/audit.ts";
import type { Db, Tx } from "../relational/relational-store.ts";
import { type Page, type PageRequest, pageOf } from "../rows/page.ts";
import { refuse, type SavingsRefusal } from "./refusal.ts";
import { insertRules, rulesOf, type SavingsRules, type WithdrawalRules } from "./rules.ts";

/** A product with every set of rules that it ever had or will have, the one that begins latest first. */
export interface SavingsProduct {
  id: string;
  /** Waste bank that offers it; null: every one. */
  wasteBank: string | null;
  name: string;
  rules: SavingsRules[];
  createdMs: number;
  createdBy: string;
}

/** What became of a product or of rules. */
export type ProductOutcome = { kind: "made"; product: SavingsProduct } | SavingsRefusal;
export type RulesOutcome = { kind: "set"; rules: SavingsRules } | SavingsRefusal;

/** Who does it, and when. */
export interface Doer {
  actor: string;
  nowMs: number;
}

/**
 * Makes a product whose rules begin at once. Throws the database's refusal when the id is taken or the waste bank unknown.
 */
export async function addProduct(
  tx: Tx,
  product: { id: string; wasteBank: string | null; name: string; rules: WithdrawalRules },
  { actor, nowMs }: Doer,
): Promise<ProductOutcome> {
  const { id, wasteBank, name } = product;
  const fault = faultOfRules(product.rules);
  if (fault !== null) return refuse("rules_invalid", fault);
  await tx
    .insertInto("savings_products")
    .values({ id, waste_bank_id: wasteBank, name, created_ms: nowMs, created_by: actor })
    .execute();
  const rules = rulesFrom(product.rules, { product: id, validFromMs: nowMs }, { actor, nowMs });
  await insertRules(tx, rules);
  await recordDeed(tx, {
    actor,
    action: "savings_product.made",
    subject: `savings_product:${id}`,
    atMs: nowMs,
  });
  return {
    kind: "made",
    product: { id, wasteBank, name, rules: [rules], createdMs: nowMs, createdBy: actor },
  };
}

/**
 * Gives a product new rules: at once when `validFrom` is null, else from the beginning of that day, which must be one to come.
 * They hold for old books as well. Throws the database's refusal when there are rules with the same start.
 */
export async function setRules(
  tx: Tx,
  given: { product: string; validFrom: string | null; rules: WithdrawalRules },
  { actor, nowMs }: Doer,
): Promise<RulesOutcome> {
  const { product, validFrom } = given;
  const known = await tx
    .selectFrom("savings_products")
    .select("id")
    .where("id", "=", product)
    .executeTakeFirst();
  if (known === undefined) return refuse("product_unknown", `there is no savings product ${product}`);
  const fault = faultOfRules(given.rules) ?? faultOfStart(validFrom, nowMs);
  if (fault !== null) return refuse("rules_invalid", fault);
  const validFromMs = validFrom === null ? nowMs : startOfDayMs(validFrom);
  const rules = rulesFrom(given.rules, { product, validFromMs }, { actor, nowMs });
  await insertRules(tx, rules);
  await recordDeed(tx, {
    actor,
    action: "savings_rules.set",
    subject: `savings_product:${product}`,
    atMs: nowMs,
  });
  return { kind: "set", rules };
}

/** Products by id; those that one waste bank offers when it is given. */
export async function listProducts(
  db: Db,
  wasteBank: string | null,
  { limit, after }: PageRequest,
): Promise<Page<SavingsProduct>> {
  let query = db
    .selectFrom("savings_products")
    .selectAll()
    .orderBy("id")
    .limit(limit + 1);
  if (after !== null) query = query.where("id", ">", after);
  if (wasteBank !== null) {
    query = query.where((eb) =>
      eb.or([eb("waste_bank_id", "is", null), eb("waste_bank_id", "=", wasteBank)]),
    );
  }
  const { items, next } = pageOf(await query.execute(), limit, ({ id }) => id);
  const rules = Map.groupBy(
    await rulesOf(
      db,
      items.map(({ id }) => id),
    ),
    ({ product }) => product,
  );
  return {
    items: items.map((row) => ({
      id: row.id,
      wasteBank: row.waste_bank_id,
      name: row.name,
      rules: rules.get(row.id) ?? [],
      createdMs: row.created_ms,
      createdBy: row.created_by,
    })),
    next,
  };
}

/** What is wrong with rules beyond the ranges of their numbers, which the schema keeps; null when nothing is. */
export function faultOfRules({ windows, lockedUntil }: WithdrawalRules): string | null {
  const days = windows.flatMap(({ from, until }) => [from, until]);
  const unreal = [...days, ...(lockedUntil === null ? [] : [lockedUntil])].find((day) => !isDay(day));
  if (unreal !== undefined) return `there is no day ${unreal}`;
  const backward = windows.find(({ from, until }) => from > until);
  if (backward !== undefined)
    return `a window ends on ${backward.until} before it begins on ${backward.from}`;
  const late = windows.findIndex(({ from }, index) => index > 0 && from <= (windows[index - 1]?.until ?? ""));
  if (late !== -1) return `window ${late + 1} begins before the one before it has ended; give them in order`;
  return null;
}

function faultOfStart(validFrom: string | null, nowMs: number): string | null {
  if (validFrom === null) return null;
  if (!isDay(validFrom)) return `there is no day ${validFrom}`;
  if (validFrom > dayOf(nowMs)) return null;
  return `${validFrom} has begun already, and withdrawals were judged by the older rules; choose a day to come, or none to begin at once`;
}

function isDay(text: string): boolean {
  try {
    startOfDayMs(text);
    return true;
  } catch {
    return false;
  }
}

function rulesFrom(
  rules: WithdrawalRules,
  { product, validFromMs }: Pick<SavingsRules, "product" | "validFromMs">,
  { actor, nowMs }: Doer,
): SavingsRules {
  return { ...rules, id: newEventId(nowMs), product, validFromMs, createdMs: nowMs, createdBy: actor };
}
