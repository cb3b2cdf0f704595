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

/** One material of a deposit: what the scale showed, and what it is worth by the price that the member was shown. */
export const DepositLine = Type.Object(
  {
    material: NameId,
    price: EventId,
    price_idr_per_kg: PriceIdrPerKg,
    gross_g: WeightG,
    tare_g: WeightG,
    net_g: NetWeightG,
    stable: Type.Union([Type.Boolean(), Type.Null()]),
    scale: NameId,
    raw: Type.String({ pattern: "^([0-9a-f]{2}){1,64}$", description: "the scale's frame, hexadecimal" }),
    amount_idr: AmountIdr,
  },
  strict,
);
export type DepositLine = Static<typeof DepositLine>;

/** A member's waste, weighed and priced at a terminal. */
export const Deposit = Type.Object(
  {
    kind: Type.Literal("deposit"),
    id: EventId,
    t: EpochMs,
    waste_bank: NameId,
    member: MemberId,
    receipt_no: Type.String({ pattern: "^[A-Z0-9-]{1,40}$" }),
    lines: Type.Array(DepositLine, { minItems: 1, maxItems: DEPOSIT_LINES_MAX }),
    total_idr: AmountIdr,
  },
  strict,
);
export type Deposit = Static<typeof Deposit>;

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
