/**
 * A02YYUW (DFRobot SEN0311): ultrasonic distance sensor, 30 to 4500 mm; its frames are in ultrasonic-sensor.ts.
 *
 * Sends unasked. With its RX pin high (or open) it sends a smoothed value every 100 to 300 ms, with RX low the raw value
 * every 100 ms. Source: wiki.dfrobot.com SEN0311. The page does not say what is sent out of range: here 0 to 30 mm in the
 * blind zone, and 65535 (seen in the field) when no echo returns.
 */
import { type BinSensorOptions, UltrasonicSensor } from "./ultrasonic-sensor.ts";

/** Below this distance the sensor is blind. */
export const BLIND_MM = 30;

/** Beyond this distance no echo returns. */
export const RANGE_MM_MAX = 4500;

/** What is sent when no echo returns. */
export const NO_ECHO_MM = 0xffff;

/** What a sensor is like. Default noise: 2 mm processed, 6 mm raw. */
export interface A02yyuwOptions extends BinSensorOptions {
  /** Level of the RX pin: high gives processed values, low raw ones; default processed. */
  output?: "processed" | "raw" | undefined;
}

/** A sensor over a bin. It takes no commands. */
export class A02yyuw extends UltrasonicSensor {
  constructor(options: A02yyuwOptions) {
    const isRaw = options.output === "raw";
    super(options, {
      noiseMm: options.noiseMm ?? (isRaw ? 6 : 2),
      blindMm: BLIND_MM,
      reachMm: RANGE_MM_MAX,
      drawBlindMm: (random) => random.integer(0, BLIND_MM),
      noEchoMm: NO_ECHO_MM,
      drawIntervalMs: (random) => (isRaw ? 100 : random.between(100, 300)),
    });
  }
}
