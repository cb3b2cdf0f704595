/**
 * A Dibal G310 counter scale, which is told a price and answers with weight and amount.
 *
 *     request = "98" price(5) check CR LF                               `98000001`: price 0
 *     answer  = "99" "0" weight(5) "0" amount(6) check CR LF            `9900031600000004`: 316 g
 *     check   = XOR of all bytes before it
 *
 * 9600 8N1; grams; the amount is price times kilograms. A request with a wrong check gets no answer. Source: a page of SBZ
 * Systems, whose words for the check (a sum) do not fit its own two examples; XOR fits both. The page says nothing of a weight
 * that moves or is out of range. Here it is as the manual of the DPOS 400 by the same maker has it (p. 45): the scale
 * waits up to 7 s for rest and then blanks the weight; negative and too heavy loads are answered as zero.
 */
import { latin1 } from "./device-model.ts";
import { exclusiveOr } from "./exclusive-or.ts";
import { cellOf, lineOf, type ScaleOptions } from "./scale-model.ts";
import { misreadDigit } from "./spoil.ts";
import { type Order, TextScale } from "./text-scale.ts";
import type { WeighCell } from "./weigh-cell.ts";

/** Longest wait for a weight at rest. */
const STABLE_WAIT_MS = 7000;

const REQUEST = /^98(\d{5})(.)$/;

/** Most that the field of the amount holds. */
const AMOUNT_MAX = 999_999;

/** Encodes a request, as a till sends it. */
export function encodeDibalRequest(price: number): Uint8Array {
  return encodeChecked(`98${String(price).padStart(5, "0")}`);
}

/** Encodes an answer; a weight of null is one that did not come to rest. */
export function encodeDibalAnswer(weightG: number | null, price: number): Uint8Array {
  const weight = weightG === null ? "     " : String(weightG).padStart(5, "0");
  const amount = Math.min(AMOUNT_MAX, Math.round(((weightG ?? 0) * price) / 1000));
  return encodeChecked(`990${weight}0${String(amount).padStart(6, "0")}`);
}

function encodeChecked(text: string): Uint8Array {
  return latin1(`${text}${checkOf(text)}\r\n`);
}

function checkOf(text: string): string {
  return String.fromCharCode(exclusiveOr(latin1(text)));
}

/** A scale with a pan to put things on. Defaults: 15 kg by 5 g. */
export class DibalScale extends TextScale {
  constructor(options: ScaleOptions) {
    let price = 0;
    super({
      cell: cellOf(options, { maxG: 15_000, divisionG: 5 }),
      line: lineOf(options),
      isContinuous: false,
      stabilityTimeoutMs: STABLE_WAIT_MS,
      encode: (cell) => encodeDibalAnswer(cell.isStable ? weightOf(cell) : null, price),
      orderOf: (command): Order | undefined => {
        const [, digits, check] = REQUEST.exec(command) ?? [];
        if (digits === undefined || check !== checkOf(`98${digits}`)) return undefined;
        price = Number(digits);
        return "weigh-stable";
      },
      spoil: misreadDigit,
    });
  }
}

function weightOf({ range, netG }: WeighCell): number {
  return range === "in-range" ? Math.max(0, netG) : 0;
}
