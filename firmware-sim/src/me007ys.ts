/**
 * ME007YS (DFRobot SEN0312) and A01NYUB (SEN0313): waterproof ultrasonic sensors, which send as the A02YYUW does.
 *
 * Smoothed values every 100 to 300 ms, or with the RX pin low raw ones every 100 ms. A01NYUB measures from 280 to
 * 7500 mm, ME007YS from 30 to 4500 mm. Source: wiki.dfrobot.com SEN0312, SEN0313. What is sent out of range is not said:
 * here the lower limit in the blind zone, and 0 when no echo returns.
 */
import { type A02yyuwOptions, BLIND_MM, RANGE_MM_MAX } from "./a02yyuw.ts";
import { type UltrasonicParts, UltrasonicSensor } from "./ultrasonic-sensor.ts";

type Range = Pick<UltrasonicParts, "blindMm" | "reachMm">;

function partsOf({ output, noiseMm }: A02yyuwOptions, range: Range): UltrasonicParts {
  const isRaw = output === "raw";
  return {
    ...range,
    noiseMm: noiseMm ?? (isRaw ? 6 : 2),
    drawBlindMm: () => range.blindMm,
    noEchoMm: 0,
    drawIntervalMs: (random) => (isRaw ? 100 : random.between(100, 300)),
  };
}

/** An ME007YS over a bin. It takes no commands. */
export class Me007ys extends UltrasonicSensor {
  constructor(options: A02yyuwOptions) {
    super(options, partsOf(options, { blindMm: BLIND_MM, reachMm: RANGE_MM_MAX }));
  }
}

/** An A01NYUB over a bin. It takes no commands. */
export class A01nyub extends UltrasonicSensor {
  constructor(options: A02yyuwOptions) {
    super(options, partsOf(options, { blindMm: 280, reachMm: 7500 }));
  }
}
