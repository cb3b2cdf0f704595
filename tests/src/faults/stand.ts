/** A stand: one simulated device on a pseudo-terminal, the edge's channel that reads it, and someone who looks on. */
import type { Port } from "@jumpa-madu/contracts/node-config";
import type { BinSensorProtocol, ScaleProtocol } from "@jumpa-madu/contracts/protocols";
import type { Reading } from "@jumpa-madu/contracts/readings";
import { type Channel, startChannel } from "@jumpa-madu/edge/channel";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import {
  type CatalogueDevice,
  DEVICE_CATALOGUE,
  type DeviceKey,
} from "@jumpa-madu/firmware-sim/device-catalogue";
import { type SimulatedDevice, startDevice } from "@jumpa-madu/firmware-sim/simulated-device";
import pino from "pino";
import { exactG, Witness, type WitnessedModel } from "./witness.ts";

/** Loads, in divisions of the scale, and levels, far apart: a value made of both would be neither. */
const LOADS = { first: 251, second: 547 };

/**
 * Levels of 700 and 600 mm. From 256 to 511 mm the heads of three ultrasonic frames that were cut off, `FF 01`, `FF` and `FF`,
 * make a frame of 511 mm with a right sum, which nobody can tell from one.
 */
const FILLS = { first: 0.5, second: 0.6 };

const CALIBRATION = { empty_mm: 1_200, full_mm: 200 };

/** Fixes the pieces that the bytes travel in, and the damage. */
const LINE_SEED = 7;

/** One device under test, whose port is the symbolic link at `link`. */
export class Stand {
  readonly device: SimulatedDevice<Witness>;
  readonly channel: Channel;
  /** Everything that has left the channel. */
  readonly readings: Reading[] = [];
  /** Values that were shown, could be sold by or left the channel though the device never said them. */
  readonly untruths = new Set<number>();
  /** All values that were shown, could be sold by or left the channel. */
  readonly seen = new Set<number>();
  /** Is done at every step of the device, each 10 ms or more after the last. */
  everyMoment: () => void = () => {};
  #moments = 0;
  readonly #model: WitnessedModel;
  readonly #abort = new AbortController();

  readonly #key: DeviceKey;

  constructor(key: DeviceKey, link: string) {
    this.#key = key;
    this.#model = modelOf(key);
    this.device = startDevice({
      model: new Witness(this.#model),
      link,
      seed: LINE_SEED,
      actors: [{ tick: () => this.#passMoment() }],
    });
    this.channel = startChannel(portOf(key, this.device.path, this.#model), {
      log: pino({ level: "silent" }),
      signal: this.#abort.signal,
      sink: (reading) => this.#take(reading),
    });
  }

  /** Steps of the device so far. */
  get moments(): number {
    return this.#moments;
  }

  /** What the edge would report or sell by now; null when there is nothing. */
  get shown(): number | null {
    if (this.channel.kind === "scale") {
      const capture = this.channel.captureStable();
      return capture.ok ? capture.weight.weightG : null;
    }
    const last = this.readings.at(-1);
    return last?.kind === "bin_level" && last.quality === "accepted" ? last.distance_mm : null;
  }

  /** Why nothing can be sold by now; null when something can, or when the device is no scale. */
  get refusal(): string | null {
    return this.channel.kind === "scale" ? this.channel.live.refusal : null;
  }

  /** What lies on the pan, or the distance to the waste. */
  get truth(): number {
    return "bin" in this.#model ? this.#model.bin.distanceMm : exactG(this.#model.pan.loadG);
  }

  /** Largest weight of the scale; of a bin sensor, infinite. */
  get maxG(): number {
    return "bin" in this.#model ? Number.POSITIVE_INFINITY : this.#model.cell.maxG;
  }

  /** Changes the load or the level. */
  change(): void {
    if ("bin" in this.#model) this.#model.bin.setFill(FILLS.second);
    else this.load(LOADS.second * this.#model.cell.divisionG);
  }

  /** Puts this load, in grams, on the pan of a scale in place of what lies there. */
  load(weightG: number): void {
    if ("bin" in this.#model) return;
    this.#model.pan.remove();
    this.#model.pan.place(weightG);
  }

  /** Ends it; settles when the port is closed. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.channel.device.done;
    this.device.stop();
  }

  #take(reading: Reading): void {
    this.readings.push(reading);
    if (reading.kind === "bin_level") this.#see(reading.distance_mm);
    if (reading.kind === "scale_weight") this.#see(reading.weight_g);
  }

  #see(value: number): void {
    this.seen.add(value);
    // The noise of a sketch is steadied: what is shown is the middle of what it said, rounded to whole grams.
    const isSteadied = this.#key === "plain";
    for (const untruth of this.device.model.untruths([value], isSteadied ? 1 : 0)) this.untruths.add(untruth);
  }

  /** Looks at the screen as often as the device moves: also at a weight that is gone before a feed would tell of it. */
  #passMoment(): void {
    this.#moments += 1;
    this.everyMoment();
    if (this.channel.kind !== "scale") return;
    const { weight, refusal } = this.channel.live;
    // A stale weight stands there with its refusal, and says nothing about now.
    if (weight !== null && refusal !== "stale") this.#see(weight.weightG);
    if (this.shown !== null) this.#see(this.shown);
  }
}

/** A device that shows the truth to the last figure as soon as its load rests. */
function modelOf(key: DeviceKey): WitnessedModel {
  const device: CatalogueDevice = DEVICE_CATALOGUE[key];
  if (device.kind === "bin-sensor") {
    const { empty_mm: emptyMm, full_mm: fullMm } = CALIBRATION;
    const bin = new Bin({ seed: 1, emptyMm, fullMm, fill: FILLS.first, fillPerDay: 0, emptyEveryDays: 0 });
    return device.create({ seed: 1, bin, noiseMm: 0, output: "raw" } as never);
  }
  const scale = device.create({ seed: 1, noiseG: 0, driftGPerH: 0 } as never);
  scale.pan.place(LOADS.first * scale.cell.divisionG);
  return scale;
}

function portOf(key: DeviceKey, path: string, model: WitnessedModel): Port {
  const line = { path, baud: model.baud };
  if ("bin" in model) {
    const protocol = key as BinSensorProtocol;
    return { ...line, protocol, bin: "bin-1", calibration: CALIBRATION, report_every_s: 0.1 };
  }
  return { ...line, protocol: key as ScaleProtocol, scale: "scale-1", max_g: model.cell.maxG };
}
