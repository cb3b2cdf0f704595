/**
 * The quantities of the system, each with its unit and its range.
 *
 * Every number that crosses a wire uses one of these, so that a range is stated once.
 */
import Type from "typebox";

/** Earliest device time that is believed: 2020-01-01T00:00:00Z. A clock before it was never set. */
export const EPOCH_MS_MIN = 1_577_836_800_000;

/** Latest device time that is representable: 2100-01-01T00:00:00Z. */
export const EPOCH_MS_MAX = 4_102_444_800_000;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export const EpochMs = Type.Integer({ minimum: EPOCH_MS_MIN, maximum: EPOCH_MS_MAX });

/** Heaviest load that any scale of the programme can show, in grams: 100 t, a weighbridge. */
export const WEIGHT_G_MAX = 100_000_000;

/** A weight in grams as a scale shows it; negative when the pan is lighter than its zero. Tenths are allowed. */
export const ShownWeightG = Type.Number({ minimum: -WEIGHT_G_MAX, maximum: WEIGHT_G_MAX });

/** A weight in whole grams that is kept in the books. */
export const WeightG = Type.Integer({ minimum: 0, maximum: WEIGHT_G_MAX });

/** A weight in whole grams that money is paid for: at least one gram. */
export const NetWeightG = Type.Integer({ minimum: 1, maximum: WEIGHT_G_MAX });

/** Longest distance that a bin sensor reports, in millimetres. */
export const DISTANCE_MM_MAX = 20_000;

/** Distance from a sensor to what is below it, in millimetres. */
export const DistanceMm = Type.Integer({ minimum: 0, maximum: DISTANCE_MM_MAX });

/** A share of a whole, 0 to 1. */
export const Fraction = Type.Number({ minimum: 0, maximum: 1 });

/** Air temperatures that a reading may hold, in degrees Celsius. */
export const TEMP_C_MIN = -60;
export const TEMP_C_MAX = 200;

/** Air temperature at a sensor, in degrees Celsius. */
export const TempC = Type.Number({ minimum: TEMP_C_MIN, maximum: TEMP_C_MAX });

/** Most rupiah that one transfer may move: one million million. */
export const AMOUNT_IDR_MAX = 1_000_000_000_000;

/** Whole rupiah, zero or more. Fits a JSON number exactly. */
export const AmountIdr = Type.Integer({ minimum: 0, maximum: AMOUNT_IDR_MAX });

/** Whole rupiah for one kilogram. */
export const PriceIdrPerKg = Type.Integer({ minimum: 0, maximum: 10_000_000 });

/** Position of an item in a stream of one outbox file: 1, 2, 3, … */
export const SequenceNumber = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER });

/** Angle between a bin's axis and the vertical, in degrees: 0 stands, 90 lies. */
export const TiltDeg = Type.Number({ minimum: 0, maximum: 180 });
