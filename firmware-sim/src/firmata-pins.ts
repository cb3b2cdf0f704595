/**
 * Pins of the simulated board, an Arduino Uno: 0 and 1 are its serial port, 2 to 13 digital, 14 to 19 also analog channels
 * 0 to 5. Modes and their resolutions in bits: Firmata protocol 2.5.1, "Capability Query" and "Analog Mapping Query".
 */

/** Number of pins. */
export const PIN_COUNT = 20;

/** Pin of analog channel 0. */
export const ANALOG_PIN_FIRST = 14;

/** Analog channels. */
export const CHANNEL_COUNT = PIN_COUNT - ANALOG_PIN_FIRST;

/** Modes of a pin. `ping` is PingFirmata's; 15 in its place would be taken for it by firmata-io, which keeps modes modulo 32. */
export const MODES = {
  input: 0x00,
  output: 0x01,
  analog: 0x02,
  pwm: 0x03,
  servo: 0x04,
  i2c: 0x06,
  pullup: 0x0b,
  ping: 0x75,
};

const END_OF_PIN = 0x7f;
const NO_CHANNEL = 0x7f;
const PWM_PINS = new Set([3, 5, 6, 9, 10, 11]);
const I2C_PINS = new Set([18, 19]);

/** Tells whether a pin can do anything. */
export function isPin(pin: number): boolean {
  return pin >= 2 && pin < PIN_COUNT;
}

/** Data of the capability response: for each pin its modes with their resolutions, then 7F. */
export function capabilities(hasPing: boolean): number[] {
  return Array.from({ length: PIN_COUNT }, (_, pin) => [...modesOf(pin, hasPing).flat(), END_OF_PIN]).flat();
}

/** Data of the analog mapping response: for each pin its channel, or 7F. */
export function analogMapping(): number[] {
  return Array.from({ length: PIN_COUNT }, (_, pin) =>
    pin < ANALOG_PIN_FIRST ? NO_CHANNEL : pin - ANALOG_PIN_FIRST,
  );
}

function modesOf(pin: number, hasPing: boolean): [mode: number, resolution: number][] {
  if (!isPin(pin)) return [];
  const modes: [number, number][] = [
    [MODES.input, 1],
    [MODES.pullup, 1],
    [MODES.output, 1],
  ];
  if (pin >= ANALOG_PIN_FIRST) modes.push([MODES.analog, 10]);
  if (PWM_PINS.has(pin)) modes.push([MODES.pwm, 8]);
  if (pin < ANALOG_PIN_FIRST) modes.push([MODES.servo, 14]);
  if (I2C_PINS.has(pin)) modes.push([MODES.i2c, 1]);
  if (hasPing) modes.push([MODES.ping, 1]);
  return modes;
}
