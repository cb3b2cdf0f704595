/** A scale that shows at once what a test puts on it: no swing, no noise, so that many bags can be weighed in a minute. */
import { encodeStGs } from "@jumpa-madu/firmware-sim/st-gs-scale";

/** Time between two frames; two that agree make a weight. */
const FRAME_MS = 50;

/** A device model that speaks `ST,GS`. */
export class QuickScale {
  readonly baud = 9600;
  readonly endlessByte = 0x30;
  /** What lies on the pan, in whole grams. */
  weightG = 0;
  #nextFrameMs = 0;

  tick(nowMs: number): Uint8Array[] {
    if (nowMs < this.#nextFrameMs) return [];
    this.#nextFrameMs = nowMs + FRAME_MS;
    const style = { unit: "kg", decimals: 3, overload: "nines" } as const;
    return [encodeStGs({ header1: "ST", header2: "GS", weightG: this.weightG }, style)];
  }

  receive(): Uint8Array[] {
    return [];
  }

  spoil(frame: Uint8Array): Uint8Array {
    return frame.with(0, 0x23);
  }
}
