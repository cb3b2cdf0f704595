/** Analog channel: what every sensor on one needs of its board. */
import type { Trouble } from "../serial/trouble.ts";
import type { SensorParts } from "./board-sensor.ts";

/** Highest number of a converter of ten bits, in which a curve is written. */
export const TEN_BITS = 1_023;

/** Why a channel cannot be read; null when it can. */
export function analogLack(
  channel: number,
  { session, path }: Pick<SensorParts, "session" | "path">,
): Trouble | null {
  const { pins, analogPins, MODES } = session.io;
  const pin = analogPins[channel];
  if (pin !== undefined && pins[pin]?.supportedModes.includes(MODES.ANALOG)) return null;
  return {
    code: "board",
    text: `${path}: the board has no analog channel A${channel}, only ${analogPins.length} from A0 on; set the pin that the sensor is connected to`,
  };
}
