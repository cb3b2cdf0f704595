/** Deposits at a simulated scale: a member comes, puts one to three materials on it, and is shown the price. */
import { amountIdr } from "@jumpa-madu/contracts/amount";
import { newEventId } from "@jumpa-madu/contracts/ids";
import { Random } from "@jumpa-madu/contracts/random";
import type { ScaleWeight } from "@jumpa-madu/contracts/readings";
import type { Deposit, DepositLine } from "@jumpa-madu/contracts/records";
import type { Credentials } from "./credentials.ts";

/** Scale interval of the simulated scales, in grams. */
const DIVISION_G = 50;

/** Mean weight of one material of a visit, in grams, and the heaviest. */
const LINE_G = { mean: 2_500, max: 60_000 };

/** Most materials of one visit. */
const LINES_MAX = 3;

/** Milliseconds between two weighings of one visit. */
const WEIGHING_MS = 1;

/** What a node needs to make deposits. */
export type DepositMeans = Required<Pick<Credentials, "waste_bank" | "members" | "prices">>;

/** What a node has of it; null when something is missing, so that it makes none. */
export function depositMeansOf({ waste_bank, members = [], prices = [] }: Credentials): DepositMeans | null {
  if (waste_bank === undefined || members.length === 0 || prices.length === 0) return null;
  return { waste_bank, members, prices };
}

/** A scale with its visitors. */
export class SimScale {
  readonly #id: string;
  readonly #means: DepositMeans;
  readonly #random: Random;
  #lastMs = 0;

  constructor({ id, means, seed }: { id: string; means: DepositMeans; seed: number }) {
    this.#id = id;
    this.#means = means;
    this.#random = new Random(seed);
  }

  /** Milliseconds until the next visitor, when there are on average this many in a minute. */
  pauseMs(depositsPerMinute: number): number {
    return this.#random.exponential(60_000 / depositsPerMinute);
  }

  /** One visit: its deposit, and the stable weights that the scale showed meanwhile. */
  visitAt(nowMs: number): { deposit: Deposit; weights: ScaleWeight[] } {
    const { waste_bank, members } = this.#means;
    const lines = this.#drawPrices().map((price) => this.#lineOf(price));
    const startMs = Math.max(nowMs, this.#lastMs + WEIGHING_MS);
    const weights = lines.map(({ gross_g, net_g }, at): ScaleWeight => {
      this.#lastMs = startMs + at * WEIGHING_MS;
      return {
        kind: "scale_weight",
        scale: this.#id,
        t: this.#lastMs,
        weight_g: gross_g ?? net_g,
        stable: true,
        mode: "gross",
      };
    });
    const id = newEventId(startMs);
    const deposit: Deposit = {
      kind: "deposit",
      id,
      t: startMs,
      waste_bank,
      member: this.#pick(members),
      // A counter would begin again with every run; the id of the event never does.
      receipt_no: id.toUpperCase(),
      lines,
      total_idr: lines.reduce((sum, line) => sum + line.amount_idr, 0),
    };
    return { deposit, weights };
  }

  /** One to three different materials. */
  #drawPrices(): DepositMeans["prices"] {
    const left = [...this.#means.prices];
    const count = Math.min(left.length, this.#random.integer(1, LINES_MAX));
    return Array.from({ length: count }, () =>
      left.splice(this.#random.integer(0, left.length - 1), 1),
    ).flat();
  }

  #lineOf(price: DepositMeans["prices"][number]): DepositLine {
    const drawnG = Math.min(LINE_G.max, this.#random.exponential(LINE_G.mean));
    const netG = Math.max(1, Math.round(drawnG / DIVISION_G)) * DIVISION_G;
    return {
      material: price.material,
      price: price.id,
      price_idr_per_kg: price.price_idr_per_kg,
      gross_g: netG,
      tare_g: 0,
      net_g: netG,
      stable: true,
      scale: this.#id,
      raw: Buffer.from(`ST,GS,+${(netG / 1_000).toFixed(2).padStart(7, "0")}kg\r\n`).toString("hex"),
      amount_idr: amountIdr(netG, price.price_idr_per_kg),
    };
  }

  #pick(among: string[]): string {
    return among[this.#random.integer(0, among.length - 1)] ?? "";
  }
}
