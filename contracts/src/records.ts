/**
 * Records: what a waste bank must never lose, one object a record, told apart by `kind`.
 *
 * A record is an event with an `id` drawn where it happened. Sent ten times it counts once; sent again with another
 * body it is refused.
 */
import Type, { type Static } from "typebox";
import { EventId, MemberId, NameId } from "./ids.ts";
import { AmountIdr, EpochMs, NetWeightG, PriceIdrPerKg, ShownWeightG, WeightG } from "./units.ts";

const strict = { additionalProperties: false } as const;

/** Most lines of one deposit. The largest real visit that was found had 21. */
export const DEPOSIT_LINES_MAX = 100;

/** A weight that a person typed because no scale could give it; a supervisor has agreed. */
const TypedWeight = Type.Object(
  {
    supervisor: EventId,
    reason: Type.String({ minLength: 3, maxLength: 200 }),
  },
  strict,
);

/**
 * One material of a deposit: what the scale showed, and what it is worth by the price that the member was shown.
 *
 * A line has either `raw`, the frame of its weight, or `typed`; `lineFault` says so. `gross_g` and `tare_g` are there both or
 * neither: an indicator that shows only the net has a tare that nobody knows. `verified_until` is when the scale's
 * verification (tera) expires, as the terminal knew it.
 */
export const DepositLine = Type.Object(
  {
    material: NameId,
    price: EventId,
    price_idr_per_kg: PriceIdrPerKg,
    gross_g: Type.Optional(WeightG),
    tare_g: Type.Optional(WeightG),
    net_g: NetWeightG,
    stable: Type.Union([Type.Boolean(), Type.Null()]),
    scale: NameId,
    verified_until: Type.Optional(EpochMs),
    raw: Type.Optional(
      Type.String({ pattern: "^([0-9a-f]{2}){1,64}$", description: "the scale's frame, hexadecimal" }),
    ),
    typed: Type.Optional(TypedWeight),
    amount_idr: AmountIdr,
  },
  strict,
);
export type DepositLine = Static<typeof DepositLine>;

/** What is wrong with a line although its shape is right, in words; null when nothing is. */
export function lineFault({ raw, typed, stable, gross_g, tare_g }: DepositLine): string | null {
  if ((raw === undefined) === (typed === undefined)) {
    return "a line has either raw, the scale's frame, or typed, a weight that a supervisor answers for";
  }
  if ((gross_g === undefined) !== (tare_g === undefined)) {
    return "a line has gross_g and tare_g, or neither when the tare is not known";
  }
  if (typed !== undefined && gross_g === undefined) return "a typed line has gross_g and tare_g";
  return typed !== undefined && stable !== null ? "the weight of a typed line has no stable flag" : null;
}

/** What a member wants for the waste: savings, cash at once, or nothing because it is a gift. */
export const PURPOSES = ["save", "cash", "donate"] as const;
export const Purpose = Type.Enum(PURPOSES);
export type Purpose = (typeof PURPOSES)[number];

/** When a member is owed something: at the deposit by the price list, or when the waste is sold by a share of that sale. */
export const SETTLEMENTS = ["purchase", "share_of_sale"] as const;
export const Settlement = Type.Enum(SETTLEMENTS);
export type Settlement = (typeof SETTLEMENTS)[number];

/** The member's part of a sale, in hundredths of a percent. */
export const ShareBps = Type.Integer({ minimum: 1, maximum: 10_000 });

/**
 * A member's waste, weighed and priced at a terminal.
 *
 * Without `purpose` it is saved, without `settlement` it is bought. `share_bps` is there with `share_of_sale` alone, and then
 * every amount is 0, because nothing is owed before the waste is sold; `depositFault` says so.
 */
export const Deposit = Type.Object(
  {
    kind: Type.Literal("deposit"),
    id: EventId,
    t: EpochMs,
    waste_bank: NameId,
    member: MemberId,
    purpose: Type.Optional(Purpose),
    settlement: Type.Optional(Settlement),
    share_bps: Type.Optional(ShareBps),
    receipt_no: Type.String({ pattern: "^[A-Z0-9-]{1,40}$" }),
    lines: Type.Array(DepositLine, { minItems: 1, maxItems: DEPOSIT_LINES_MAX }),
    total_idr: AmountIdr,
  },
  strict,
);
export type Deposit = Static<typeof Deposit>;

/** What is wrong with a deposit although its shape is right, in words; null when nothing is. Its lines: `lineFault`. */
export function depositFault({ settlement, share_bps, lines, total_idr }: Deposit): string | null {
  if (settlement !== "share_of_sale") {
    return share_bps === undefined ? null : "share_bps stands beside the settlement share_of_sale alone";
  }
  if (share_bps === undefined) return "the settlement share_of_sale needs share_bps, as the receipt says it";
  if (total_idr === 0 && lines.every(({ amount_idr }) => amount_idr === 0)) return null;
  return "nothing is owed for waste that is paid for when it is sold: its amounts are 0";
}

/**
 * How long after a deposit it may be voided, in milliseconds: while everybody still stands at the scale. What is found later is
 * corrected by staff.
 */
export const VOID_WINDOW_MS = 15 * 60_000;

/** Takes a deposit back. Posted as a reversal; the deposit itself stays in the books. */
export const DepositVoid = Type.Object(
  {
    kind: Type.Literal("deposit_void"),
    id: EventId,
    t: EpochMs,
    deposit: EventId,
    reason: Type.String({ minLength: 3, maxLength: 200 }),
  },
  strict,
);
export type DepositVoid = Static<typeof DepositVoid>;

/** A known weight put on a scale to see whether it still shows the truth. */
export const ScaleCheck = Type.Object(
  {
    kind: Type.Literal("scale_check"),
    id: EventId,
    t: EpochMs,
    scale: NameId,
    reference_g: NetWeightG,
    shown_g: ShownWeightG,
  },
  strict,
);
export type ScaleCheck = Static<typeof ScaleCheck>;

/** Any record. */
export type LedgerRecord = Deposit | DepositVoid | ScaleCheck;

/** Schema of a record by its kind. */
export const RECORD_SCHEMAS = {
  deposit: Deposit,
  deposit_void: DepositVoid,
  scale_check: ScaleCheck,
} as const;

/** Names of the kinds of record. */
export type RecordKind = keyof typeof RECORD_SCHEMAS;
