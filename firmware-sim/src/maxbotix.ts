/**
 * MaxBotix HRXL-MaxSonar-WR (MB73xx): outdoor ultrasonic sensor with text output in millimetres.
 *
 *     frame = "R" 4 digits CR
 *
 * 9600 8N1, unasked, 7.5 times a second. Below its minimum (300 mm of the 5 m types, 500 mm of the 10 m types) it reports
 * the minimum, without a target the maximum (5000 or 9999). The RS-232 types have the other polarity than the TTL ones:
 * on the wrong input `R999` was seen to arrive as 2B 63 63 63. Source: HRXL-MaxSonar-WR datasheet PD11500; the bytes of
 * the wrong polarity: forum.arduino.cc 351427.
 */
import { latin1 } from "./device-model.ts";
import { spoilHead } from "./spoil.ts";
import { StreamingBinSensor } from "./streaming-bin-sensor.ts";
import { hearInverted } from "./uart.ts";
import type { BinSensorOptions } from "./ultrasonic-sensor.ts";

const PERIOD_MS = 133;
const DIGITS = 4;

/** Ranges of the types: least and greatest value that is reported. */
const RANGES_MM = {
  "5-m": { leastMm: 300, greatestMm: 5000 },
  "10-m": { leastMm: 500, greatestMm: 9999 },
} as const;
export type MaxbotixType = keyof typeof RANGES_MM;

/** Names of the types. */
export const MAXBOTIX_TYPES = Object.keys(RANGES_MM) as MaxbotixType[];

/** What a sensor is like. Default noise: 1 mm. */
export interface MaxbotixOptions extends BinSensorOptions {
  /** Default 5 m. */
  type?: MaxbotixType | undefined;
  /** Inverted is an RS-232 type on a TTL input; default normal. */
  polarity?: "normal" | "inverted" | undefined;
}

/** Encodes a distance of 0 to 9999 whole millimetres. */
export function encodeMaxbotix(distanceMm: number): Uint8Array {
  return latin1(`R${String(distanceMm).padStart(DIGITS, "0")}\r`);
}

/** A sensor over a bin. */
export class Maxbotix extends StreamingBinSensor {
  constructor(options: MaxbotixOptions) {
    const { type = "5-m", polarity = "normal", noiseMm = 1 } = options;
    const { leastMm, greatestMm } = RANGES_MM[type];
    super(options, {
      baud: 9600,
      // A digit never ends a frame.
      endlessByte: 0x30,
      periodMs: PERIOD_MS,
      encode: (distanceMm, random) => {
        const measuredMm = Math.round(distanceMm + noiseMm * random.gaussian());
        const frame = encodeMaxbotix(Math.min(greatestMm, Math.max(leastMm, measuredMm)));
        return polarity === "inverted" ? hearInverted(frame) : frame;
      },
      // The R or a digit.
      spoil: (frame, random) => spoilHead(frame, 1 + DIGITS, random),
    });
  }
}
