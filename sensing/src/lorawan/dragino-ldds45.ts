/**
 * Payload of the Dragino LDDS45 distance sensor, on port 2: eight bytes, highest byte first.
 *
 *   battery 2   mV, lowest 14 bits
 *   distance 2  mm; 0: the measuring head does not answer; below 30, such as 20: nearer than the sensor can measure
 *   interrupt 1 1 when its pin, not its clock, made it send
 *   temp 2      tenths of °C of a DS18B20, signed
 *   flag 1      1 when the measuring head was found
 *
 * Sources: Dragino's user manual, 2.3; the decoder in The Things Network's device repository; fixtures in
 * github.com/ykm7/mini-farm-tracker. A real device without a DS18B20 sends temperature 0, so 0.0 °C is left out.
 */

/** Port that readings come on. */
export const LDDS45_PORT = 2;

/** What one payload says. */
export interface Ldds45Reading {
  battery_mv: number;
  /** As sent: 0 when the measuring head does not answer. Below 30 mm it says no more than "very near". */
  distance_mm: number;
  /** Absent without a DS18B20. */
  temp_c?: number;
  /** Present when the interrupt pin made it send. */
  interrupt?: true;
  /** Present when the measuring head does not answer: then the distance is none. */
  no_sensor?: true;
}

export type Ldds45Decoded = { ok: true; reading: Ldds45Reading } | { ok: false; fault: string };

const BYTES = 8;

/** Range of a DS18B20, in degrees Celsius (its datasheet, "Features"). Beyond it there is none. */
const TEMP_C_MIN = -55;
const TEMP_C_MAX = 125;

/** Decodes one payload. Never throws. */
export function decodeDraginoLdds45(bytes: Uint8Array): Ldds45Decoded {
  if (bytes.length !== BYTES) return { ok: false, fault: `${bytes.length} bytes; a payload has ${BYTES}` };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [interrupt, flag] = [view.getUint8(4), view.getUint8(7)];
  if (interrupt > 1) return { ok: false, fault: `interrupt ${interrupt} is neither 0 nor 1` };
  if (flag > 1) return { ok: false, fault: `sensor flag ${flag} is neither 0 nor 1` };
  const distanceMm = view.getUint16(2);
  const tempC = view.getInt16(5) / 10;
  const isFound = flag === 1 && distanceMm !== 0;
  const hasTemp = tempC !== 0 && tempC >= TEMP_C_MIN && tempC <= TEMP_C_MAX;
  return {
    ok: true,
    reading: {
      battery_mv: view.getUint16(0) & 0x3fff,
      distance_mm: distanceMm,
      ...(isFound ? {} : { no_sensor: true }),
      ...(hasTemp ? { temp_c: tempC } : {}),
      ...(interrupt === 1 ? { interrupt: true } : {}),
    },
  };
}
