/**
 * What hangs on the pins of a simulated board.
 *
 * HC-SR04 and JSN-SR04T in mode 1: a pulse as long as the sound needs to the waste and back (datasheets: 2 to 400 cm and
 * 20 to 600 cm). Sound in dry air: 331.3 m/s · √(1 + T / 273.15 °C). LM35: 10 mV per °C. TMP36: 500 mV at 0 °C and 10 mV
 * per °C. Analog distance sensor: MaxBotix HRXL-MaxSonar-WR of 5 m, supply voltage / 5120 for each millimetre. The
 * board's converter has 10 bits over its supply of 5 V.
 */
import type { Bin } from "./bin.ts";

/** Highest number of the converter. */
export const ADC_MAX = 1023;

const SUPPLY_MV = 5000;
const MM_PER_STEP = 5;

/** Echoes that the sensors can hear. */
export const REACHES_MM = { "hc-sr04": [20, 4000], "jsn-sr04t": [200, 6000] } as const;

/** An ultrasonic sensor on a digital pin. */
export interface PingSensor {
  readonly pin: number;
  readonly kind: keyof typeof REACHES_MM;
  readonly bin: Bin;
}

/** A thermometer on an analog channel. */
export interface Thermometer {
  readonly channel: number;
  readonly kind: "LM35" | "TMP36";
}

/** A distance sensor on an analog channel. */
export interface AnalogSensor {
  readonly channel: number;
  readonly bin: Bin;
}

/** Length of the echo pulse over `distanceMm` in air of `airTempC`, in whole microseconds; 0 when no echo comes. */
export function echoUs(kind: PingSensor["kind"], distanceMm: number, airTempC: number): number {
  const [minMm, maxMm] = REACHES_MM[kind];
  if (distanceMm > maxMm) return 0;
  const mmPerUs = (331.3 * Math.sqrt(1 + airTempC / 273.15)) / 1000;
  // Inside the blind zone the echo drowns in the ringing of the sensor, which ends where the zone ends.
  return Math.round((2 * Math.max(minMm, distanceMm)) / mmPerUs);
}

/** What the converter reads from a thermometer. */
export function thermometerReading(kind: Thermometer["kind"], tempC: number): number {
  const mV = kind === "LM35" ? 10 * tempC : 500 + 10 * tempC;
  return toReading((mV * ADC_MAX) / SUPPLY_MV);
}

/** What the converter reads from a distance sensor. */
export function distanceReading(distanceMm: number): number {
  return toReading(distanceMm / MM_PER_STEP);
}

function toReading(value: number): number {
  return Math.min(ADC_MAX, Math.max(0, Math.round(value)));
}
