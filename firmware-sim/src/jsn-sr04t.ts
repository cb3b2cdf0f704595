/**
 * JSN-SR04T V3: waterproof ultrasonic sensor of car parking; its frames are in ultrasonic-sensor.ts.
 *
 * A resistor on the board chooses: 47 kOhm sends unasked every 100 ms, 120 kOhm sends one frame for each byte 55h, when
 * the echo is back. It measures from 200 to 6000 mm. Source: the maker's sheet of output modes. In the blind zone it
 * reports about 200 to 250 mm, or 0; no echo, which the sheet ends after 60 ms, is 0: both are general knowledge.
 */
import type { Random } from "@jumpa-madu/contracts/random";
import { type BinSensorOptions, UltrasonicSensor } from "./ultrasonic-sensor.ts";

/** Asks for one frame. */
const REQUEST = 0x55;

/** Longest time from a request to the frame. */
const ECHO_MS = 60;

/** A sensor over a bin, which sends unasked or is asked. Default noise: 3 mm. */
export class JsnSr04t extends UltrasonicSensor {
  constructor(options: BinSensorOptions, mode: "push" | "polled" = "push") {
    super(options, {
      noiseMm: options.noiseMm ?? 3,
      blindMm: 200,
      reachMm: 6000,
      drawBlindMm: (random) => (random.next() < 0.2 ? 0 : random.integer(200, 250)),
      noEchoMm: 0,
      drawIntervalMs: (random: Random) => (mode === "push" ? 100 : random.between(ECHO_MS / 2, ECHO_MS)),
      request: mode === "polled" ? REQUEST : undefined,
    });
  }
}
