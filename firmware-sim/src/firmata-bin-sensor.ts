/** A Firmata board with one bin sensor, and a thermometer beside it if so wished. */
import type { Bin } from "./bin.ts";
import { FirmataBoard, type FirmataBoardOptions } from "./firmata-board.ts";
import type { REACHES_MM, Thermometer } from "./firmata-sensors.ts";

/** What a board with one sensor is like. */
export interface FirmataBinSensorOptions
  extends Omit<FirmataBoardOptions, "pings" | "analogs" | "thermometers"> {
  bin: Bin;
  /** Default `hc-sr04`. */
  sensor?: keyof typeof REACHES_MM | "analog" | undefined;
  /** Pin of an ultrasonic sensor, default 7; channel of an analog one, default 1. */
  pin?: number | undefined;
  /** None unless given; on channel 0. */
  thermometer?: Thermometer["kind"] | undefined;
}

/** A board over a bin. */
export class FirmataBinSensor extends FirmataBoard {
  readonly bin: Bin;

  constructor({ bin, sensor = "hc-sr04", pin, thermometer, ...board }: FirmataBinSensorOptions) {
    super({
      ...board,
      ...(sensor === "analog"
        ? { analogs: [{ channel: pin ?? 1, bin }] }
        : { pings: [{ kind: sensor, pin: pin ?? 7, bin }] }),
      thermometers: thermometer === undefined ? [] : [{ channel: 0, kind: thermometer }],
    });
    this.bin = bin;
  }
}
