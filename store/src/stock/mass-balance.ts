/**
 * Mass balance: what was there and came in equals what left and is still there, for each material.
 *
 *     opening + intake + received + surplus = sold + delivered + shrinkage + rejects + closing
 */
import { DAY_MS, dayOf } from "@jumpa-madu/contracts/local-day";
import type { AccountKind } from "../ledger/account.ts";
import type { Db } from "../relational/relational-store.ts";
import { isBeyondTolerance } from "./count-stock.ts";
import { type Flow, flowsOf, type Period } from "./period-flows.ts";
import { countsWithin } from "./stock-counts.ts";

/** Share of what was there and came in that may be lost before a person should look. */
export const SHRINKAGE_SHARE_MAX = 0.05;

const SOURCES = ["intake", "received", "surplus"] as const;
const SINKS = ["sold", "delivered", "shrinkage", "rejects"] as const;

/** Grams of one material. Takings back are taken off: a voided deposit is no intake. */
export type MaterialBalance = Record<(typeof SOURCES)[number] | (typeof SINKS)[number], number> & {
  material: string;
  opening: number;
  closing: number;
  /** What the equality lacks; anything but 0 is a defect of the books. */
  difference: number;
};

/** What a person should look at. */
export interface BalanceAlarm {
  code:
    | "shrinkage"
    | "count_difference"
    | "unbalanced"
    | "counters_differ"
    | "value_without_stock"
    | "below_zero"
    | "closing_differs";
  material: string;
  detail: string;
}

export interface MassBalance {
  materials: MaterialBalance[];
  alarms: BalanceAlarm[];
}

/** Balances the grams of a waste bank over a time. Reads every transfer of its stock: its cost grows with the books. */
export async function massBalance(db: Db, period: Period, nowMs: number): Promise<MassBalance> {
  const flows = await flowsOf(db, period, ["stock", ...SOURCES, ...SINKS]);
  const values = await flowsOf(db, period, ["stock_value"]);
  const materials: MaterialBalance[] = [];
  const alarms: BalanceAlarm[] = [];
  for (const [ledger, ofMaterial] of Map.groupBy(flows, (flow) => flow.ledger)) {
    const balance = balanceOf(ledger.slice("g:".length), ofMaterial);
    materials.push(balance);
    const value = values.find(({ part }) => part === balance.material);
    alarms.push(
      ...alarmsOf(balance, ofMaterial, value),
      ...alarmsOfDates(balance, ofMaterial, { period, nowMs }),
    );
  }
  materials.sort((one, other) => (one.material < other.material ? -1 : 1));
  for (const count of await countsWithin(db, period)) {
    if (!isBeyondTolerance(count.countedG, count.bookG)) continue;
    const state = count.state === "waiting" ? "waits for a second person" : "was written off";
    alarms.push({
      code: "count_difference",
      material: count.material,
      detail: `count ${count.id} found ${count.countedG} g where the books said ${count.bookG} g; it ${state}`,
    });
  }
  return { materials, alarms };
}

function balanceOf(material: string, flows: Flow[]): MaterialBalance {
  const of = (kind: AccountKind, span: "before" | "within") =>
    flows.filter((flow) => flow.kind === kind).reduce((sum, flow) => sum + flow[span], 0);
  const moved = Object.fromEntries(
    [...SOURCES, ...SINKS].map((kind) => [kind, of(kind, "within")]),
  ) as Record<(typeof SOURCES)[number] | (typeof SINKS)[number], number>;
  const opening = of("stock", "before");
  const closing = opening + of("stock", "within");
  const came = SOURCES.reduce((sum, kind) => sum + moved[kind], 0);
  const left = SINKS.reduce((sum, kind) => sum + moved[kind], 0);
  return { material, opening, ...moved, closing, difference: opening + came - left - closing };
}

function alarmsOf(balance: MaterialBalance, flows: Flow[], value: Flow | undefined): BalanceAlarm[] {
  const { material, opening, intake, received, surplus, shrinkage, difference } = balance;
  const alarms: BalanceAlarm[] = [];
  const alarm = (code: BalanceAlarm["code"], detail: string) => alarms.push({ code, material, detail });
  const handled = opening + intake + received + surplus;
  if (shrinkage > handled * SHRINKAGE_SHARE_MAX)
    alarm(
      "shrinkage",
      `${shrinkage} g of ${handled} g were lost; look at scales, moisture and the store's door`,
    );
  if (difference !== 0)
    alarm("unbalanced", `${difference} g came in and neither left nor are there; verify the ledger`);
  for (const { kind, before, within, since, counted } of flows) {
    if (before + within + since !== counted)
      alarm(
        "counters_differ",
        `the transfers of ${kind} add up to ${before + within + since} g, its account says ${counted} g; verify the ledger`,
      );
  }
  const ownedG = flows.find(({ kind, part }) => kind === "stock" && part === null)?.counted ?? 0;
  if (ownedG === 0 && (value?.counted ?? 0) !== 0)
    alarm(
      "value_without_stock",
      `Rp ${value?.counted} stand on the books for no own grams; a count of what is there writes them off`,
    );
  return alarms;
}

/**
 * What dates have done to the balance: more left the store than was there by then, which only a sale or a count with a wrong
 * date can have done, and what a time that is not over leaves out because it is dated later.
 */
function alarmsOfDates(
  { material, opening, closing }: MaterialBalance,
  flows: Flow[],
  { period: { fromMs, toMs }, nowMs }: { period: Period; nowMs: number },
): BalanceAlarm[] {
  const alarms: BalanceAlarm[] = [];
  const ends = [
    { grams: opening, name: "opening", when: `at the beginning of ${dayOf(fromMs)}` },
    { grams: closing, name: "closing", when: `at the end of ${dayOf(toMs - DAY_MS)}` },
  ];
  for (const { grams, name, when } of ends) {
    if (grams < 0)
      alarms.push({
        code: "below_zero",
        material,
        detail: `the ${name} is ${grams} g: ${when} more had left than had come; look for a sale or count dated before its waste came`,
      });
  }
  const stock = flows.filter(({ kind }) => kind === "stock");
  const nowG = stock.reduce((sum, { counted }) => sum + counted, 0);
  if (toMs > nowMs && closing !== nowG)
    alarms.push({
      code: "closing_differs",
      material,
      detail: `the closing is ${closing} g, the stock now ${nowG} g; look for what is dated after ${dayOf(toMs - DAY_MS)}, and verify the ledger`,
    });
  return alarms;
}
