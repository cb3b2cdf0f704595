/** Speed of sound: corrects the distance of an ultrasonic sensor that takes 20 °C for granted. */

/** Temperature that such sensors assume, and that is assumed of the air when nobody knows better, in degrees Celsius. */
export const AIR_TEMP_C_DEFAULT = 20;

/** Speed of sound in dry air in metres a second: linear, and right to 0.2 % from -20 to 50 °C. */
function soundSpeedMps(tempC: number): number {
  return 331.3 + 0.606 * tempC;
}

/** True distance of what a sensor that assumes 20 °C reports in air of `tempC`: 2.6 % farther at 35 °C. */
export function correctedMm(distanceMm: number, tempC: number): number {
  return (distanceMm * soundSpeedMps(tempC)) / soundSpeedMps(AIR_TEMP_C_DEFAULT);
}
