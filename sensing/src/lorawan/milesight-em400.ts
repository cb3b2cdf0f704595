/**
 * Payload of the Milesight EM400 bin sensors: UDL and MUD (ultrasonic), TLD (laser).
 *
 *   payload = channel*        channel = id type data
 *
 *   01 75  battery, %                    1 byte
 *   03 67  temperature, tenths of °C     2 bytes, signed
 *   04 82  distance, mm                  2 bytes
 *   05 00  position                      1 byte: 0 upright, 1 tilted (20° or more)
 *   06 88  place (NB-IoT)                4 bytes latitude and 4 longitude in millionths of a degree, signed; 1 byte:
 *                                        high half 0 inside, 1 outside, 2 and 3 no fence; low half 0 unknown, 1 starts
 *                                        to move, 2 moves, 3 stands
 *   83 67  temperature with its alarm    2 bytes and 1: 0 over, 1 alarm
 *   84 82  distance with its alarm       2 bytes and 1: the same
 *   88 00  taken off its place           1 byte: 1
 *   ff ..  what the device is, sent when it joins; answers to a command
 *   fe ..  answers to a command
 *
 * Numbers have their lowest byte first. Sources: EM400-UDL user guide, 5.1 to 5.3; Milesight's own decoders and tables
 * for UDL, MUD and TLD (github.com/Milesight-IoT/SensorDecoders, em-series). Two of its tables name the longitude first;
 * its decoders and the TLD's table the latitude, as here. None of them has a history channel.
 */

/** What one payload says. A key is there when its channel is. */
export interface Em400Reading {
  battery_pct?: number;
  temp_c?: number;
  temp_alarm?: boolean;
  distance_mm?: number;
  distance_alarm?: boolean;
  /** True when it leans by 20° or more. */
  tilt?: boolean;
  lat?: number;
  lon?: number;
  motion?: "unknown" | "starts" | "moves" | "stands";
  /** Whether it is within the fence that the device itself was given; absent when it was given none. */
  outside_fence?: boolean;
  /** It was taken off its place. */
  taken_off?: boolean;
  /** Channels that tell of the device and not of the bin, each as hexadecimal digits. */
  device?: string[];
}

export type Em400Decoded = { ok: true; reading: Em400Reading } | { ok: false; fault: string };

/** Reads the data of one channel into the reading. Answers what is wrong with it, else null. */
type ReadChannel = (reading: Em400Reading, data: DataView) => string | null;

interface Channel {
  /** Bytes of its data. */
  length: number;
  read: ReadChannel;
}

const MOTIONS = ["unknown", "starts", "moves", "stands"] as const;
const DEGREE = 1_000_000;

/** Channels by id and type as hexadecimal digits. */
const CHANNELS: ReadonlyMap<string, Channel> = new Map([
  ["0175", { length: 1, read: readBattery }],
  ["0367", { length: 2, read: readTemperature }],
  ["0482", { length: 2, read: readDistance }],
  ["0500", { length: 1, read: readPosition }],
  ["0688", { length: 9, read: readPlace }],
  ["8367", { length: 3, read: readTemperatureAlarm }],
  ["8482", { length: 3, read: readDistanceAlarm }],
  ["8800", { length: 1, read: readTakenOff }],
]);

/** Bytes after `ff` or `fe` and each type. `09`, `0a`: versions; `16`: serial number; `06`: alarm settings. */
const DEVICE_LENGTHS: ReadonlyMap<number, number> = new Map([
  [0x01, 1],
  [0x02, 2],
  [0x03, 2],
  [0x06, 9],
  [0x09, 2],
  [0x0a, 2],
  [0x0b, 1],
  [0x0f, 1],
  [0x10, 1],
  [0x13, 1],
  [0x16, 8],
  [0x1c, 2],
  [0x28, 1],
  [0x3e, 1],
  [0x4a, 1],
  [0x56, 1],
  [0x70, 2],
  [0x71, 1],
  [0x77, 2],
  [0xa1, 1],
  [0xa2, 2],
  [0xa3, 1],
  [0xa4, 1],
  [0xfe, 1],
  [0xff, 2],
]);

/** Decodes one payload; an empty one has an empty reading. Never throws. An unknown channel makes it a fault: its length is not known. */
export function decodeMilesightEm400(bytes: Uint8Array): Em400Decoded {
  const reading: Em400Reading = {};
  const seen = new Set<string>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; ) {
    const id = bytes[at] ?? 0;
    const type = bytes[at + 1];
    if (type === undefined)
      return { ok: false, fault: `ends within a channel that begins with ${hexOf(id)}` };
    const name = hexOf(id) + hexOf(type);
    const isOfDevice = id === 0xff || id === 0xfe;
    const channel = CHANNELS.get(name);
    const length = isOfDevice ? DEVICE_LENGTHS.get(type) : channel?.length;
    if (length === undefined) return { ok: false, fault: `unknown channel ${name}` };
    const end = at + 2 + length;
    if (end > bytes.length) return { ok: false, fault: `channel ${name} is cut off` };
    if (channel === undefined) {
      reading.device = [...(reading.device ?? []), bytesHex(bytes.subarray(at, end))];
    } else {
      // An alarm takes the place of the plain channel, so either of them twice is a contradiction.
      const quantity = hexOf(id & 0x7f) + hexOf(type);
      if (seen.has(quantity)) return { ok: false, fault: `channel ${name} comes twice` };
      seen.add(quantity);
      const fault = channel.read(reading, new DataView(view.buffer, view.byteOffset + at + 2, length));
      if (fault !== null) return { ok: false, fault: `channel ${name}: ${fault}` };
    }
    at = end;
  }
  return { ok: true, reading };
}

function readBattery(reading: Em400Reading, data: DataView): string | null {
  const percent = data.getUint8(0);
  if (percent > 100) return `a battery at ${percent} %`;
  reading.battery_pct = percent;
  return null;
}

function readTemperature(reading: Em400Reading, data: DataView): string | null {
  reading.temp_c = data.getInt16(0, true) / 10;
  return null;
}

function readDistance(reading: Em400Reading, data: DataView): string | null {
  reading.distance_mm = data.getUint16(0, true);
  return null;
}

function readPosition(reading: Em400Reading, data: DataView): string | null {
  const tilt = flagOf(data.getUint8(0));
  if (tilt === null) return `position ${data.getUint8(0)} is neither 0 nor 1`;
  reading.tilt = tilt;
  return null;
}

function readPlace(reading: Em400Reading, data: DataView): string | null {
  const lat = data.getInt32(0, true) / DEGREE;
  const lon = data.getInt32(4, true) / DEGREE;
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return `${lat}, ${lon} is no place on earth`;
  const status = data.getUint8(8);
  const fence = status >> 4;
  const motion = MOTIONS[status & 0x0f];
  if (motion === undefined || fence > 3) return `status ${hexOf(status)} is none of the documented ones`;
  Object.assign(reading, { lat, lon, motion });
  if (fence < 2) reading.outside_fence = fence === 1;
  return null;
}

function readTemperatureAlarm(reading: Em400Reading, data: DataView): string | null {
  const alarm = flagOf(data.getUint8(2));
  if (alarm === null) return `alarm ${data.getUint8(2)} is neither 0 nor 1`;
  reading.temp_alarm = alarm;
  return readTemperature(reading, data);
}

function readDistanceAlarm(reading: Em400Reading, data: DataView): string | null {
  const alarm = flagOf(data.getUint8(2));
  if (alarm === null) return `alarm ${data.getUint8(2)} is neither 0 nor 1`;
  reading.distance_alarm = alarm;
  return readDistance(reading, data);
}

function readTakenOff(reading: Em400Reading, data: DataView): string | null {
  if (data.getUint8(0) !== 1) return `${data.getUint8(0)} is not 1, the only documented value`;
  reading.taken_off = true;
  return null;
}

function flagOf(byte: number): boolean | null {
  if (byte === 0) return false;
  return byte === 1 ? true : null;
}

function hexOf(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

function bytesHex(bytes: Uint8Array): string {
  return Array.from(bytes, hexOf).join("");
}
