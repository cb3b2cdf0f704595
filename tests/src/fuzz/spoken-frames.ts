/** Frames that the models of devices say, each with the one value that it means. */

import { Random } from "@jumpa-madu/contracts/random";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import {
  type BinSensorModel,
  type CatalogueDevice,
  DEVICE_CATALOGUE,
  type DeviceKey,
} from "@jumpa-madu/firmware-sim/device-catalogue";
import type { ScaleModel } from "@jumpa-madu/firmware-sim/scale-model";
import { decoderOf } from "../../../edge/src/protocols/decoder.ts";
import type { DeviceProtocol, RawReading } from "../../../edge/src/protocols/protocol.ts";
import { protocolOf } from "../../../edge/src/protocols/registry.ts";

/** A frame and its value, in grams or millimetres. */
export interface SpokenFrame {
  readonly bytes: Uint8Array;
  readonly value: number;
}

/** Loads or levels that a device is given, one after the other. */
const LOADS = 40;

/** Time for one load: it comes to rest meanwhile. */
const LOAD_MS = 4_000;

/** Step of a model, and pause between two questions to it. */
const STEP_MS = 10;
const ASK_MS = 500;

/** The second question, which follows an answer that is no reading yet. */
const ACK = 0x06;
const SECOND_QUESTION = Uint8Array.of(0x11);

/** Weight or distance of a reading; undefined for any other, and for a distance that the sensor cannot measure. */
export function meaningOf(reading: RawReading): number | undefined {
  if ("weight_g" in reading) return reading.weight_g;
  return "distance_mm" in reading && reading.in_range ? reading.distance_mm : undefined;
}

/** All values in the decoded bytes of whole frames. */
export function valuesIn(protocol: DeviceProtocol, chunks: readonly Uint8Array[]): number[] {
  const decoder = decoderOf(protocol, "at_frame");
  const decoded = [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
  return decoded.flatMap((one) => ("reading" in one ? (meaningOf(one.reading) ?? []) : []));
}

/** Different frames of a device, over all its range. The same for the same seed. */
export function spokenFrames(key: DeviceKey, seed: number): SpokenFrame[] {
  const protocol = protocolOf(key);
  const frames = new Map<string, SpokenFrame>();
  for (const bytes of sayings(key, protocol, new Random(seed))) {
    const [value, ...more] = valuesIn(protocol, [bytes]);
    if (value !== undefined && more.length === 0)
      frames.set(Buffer.from(bytes).toString("hex"), { bytes, value });
  }
  return [...frames.values()];
}

function* sayings(key: DeviceKey, protocol: DeviceProtocol, random: Random): Generator<Uint8Array> {
  const device: CatalogueDevice = DEVICE_CATALOGUE[key];
  const bin = new Bin({ seed: 1, emptyMm: 4_000, fullMm: 300, fillPerDay: 0 });
  const model: ScaleModel | BinSensorModel = device.create({ seed: 1, bin, noiseG: 0 } as never);
  const question = Buffer.from(protocol.isPolled ? (protocol.commands.read ?? "") : "", "latin1");
  for (let nowMs = 0; nowMs < LOADS * LOAD_MS; nowMs += STEP_MS) {
    if (nowMs % LOAD_MS === 0) change(model, random);
    yield* model.tick(nowMs);
    if (nowMs % ASK_MS === 0 && question.length > 0) yield* answers(model, question, nowMs);
  }
}

function* answers(
  model: ScaleModel | BinSensorModel,
  question: Uint8Array,
  nowMs: number,
): Generator<Uint8Array> {
  for (const answer of model.receive(question, nowMs)) {
    if (answer.length === 1 && answer[0] === ACK) yield* model.receive(SECOND_QUESTION, nowMs);
    else yield answer;
  }
}

function change(model: ScaleModel | BinSensorModel, random: Random): void {
  if ("bin" in model) {
    model.bin.setFill(random.next());
    return;
  }
  const { maxG, divisionG, pan } = model.cell;
  pan.remove();
  // As many small loads as great ones: a deposit of a kilogram on a scale for sixty is the usual case.
  pan.place(divisionG * Math.round((maxG / divisionG) * 0.9 * random.next() ** 3));
}
