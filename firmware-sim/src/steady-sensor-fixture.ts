/** For tests: a bin sensor that always sends the same frame. */
import { A02yyuw } from "./a02yyuw.ts";
import { Bin } from "./bin.ts";

/** The frame of the steady sensor, in hexadecimal. */
export const STEADY_FRAME = "ff07a1a7";

/** A sensor of 9600 baud that sends `STEADY_FRAME` every 100 ms. */
export function newSteadySensor(): A02yyuw {
  const bin = new Bin({ seed: 1, emptyMm: 1953, fillPerDay: 0 });
  return new A02yyuw({ seed: 1, bin, output: "raw", noiseMm: 0 });
}
