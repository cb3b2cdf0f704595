/** Analog sensor: a distance sensor whose voltage, on an analog channel of a board, follows a curve. */
import type { BoardSensor } from "@jumpa-madu/contracts/node-config";
import type { Trouble } from "../serial/trouble.ts";
import { analogLack, TEN_BITS } from "./analog-channel.ts";
import type { AttachedSensor, SensorParts } from "./board-sensor.ts";
import { distanceOnCurve } from "./curve.ts";

type AnalogSensor = Extract<BoardSensor, { kind: "analog" }>;

/** Pause between two distances; each is the median of the readings since the last. */
const DISTANCE_EVERY_MS = 300;

/** Begins to read the channel. */
export function attachAnalog(sensor: AnalogSensor, parts: SensorParts): AttachedSensor | Trouble {
  const { session, clock, observe, fault, replyMsMax } = parts;
  const { io, board, library } = session;
  const { pin: channel, curve } = sensor;
  const lack = analogLack(channel, parts);
  if (lack !== null) return lack;
  let heardAtMs = clock().monotonicMs;
  // johnny-five repeats the last median for ever when nothing new comes.
  let isFresh = false;
  io.on(`analog-read-${channel}`, () => {
    heardAtMs = clock().monotonicMs;
    isFresh = true;
  });
  const reader = new library.Sensor({ board, pin: `A${channel}`, freq: DISTANCE_EVERY_MS });
  reader.on("data", (median: number) => {
    if (!isFresh) return;
    isFresh = false;
    const distanceMm = distanceOnCurve(curve, (median * TEN_BITS) / (io.RESOLUTION.ADC ?? TEN_BITS));
    if (distanceMm === null) fault({ error: "out_of_range" });
    observe({ distanceMm });
  });
  return {
    look(nowMs) {
      if (nowMs - heardAtMs <= replyMsMax) return;
      heardAtMs = nowMs;
      fault({ error: "no_reply" });
    },
    end: () => void reader.disable(),
  };
}
