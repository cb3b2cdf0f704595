/**
 * Messages of a Firmata board, and the reading of what its host sends. Source: Firmata protocol 2.5.1 (protocol.md of
 * github.com/firmata/protocol).
 *
 *     message = command with bit 7 set, then data bytes of 7 bits each; the command tells how many
 *     sysex   = F0, feature, data bytes of 7 bits, F7
 *
 * A wider value travels in several data bytes, the low 7 bits first. PING_READ (feature 75) is not in that document; it is
 * the addition of PingFirmata, a sketch for boards with ultrasonic sensors, and its bytes are known from real traffic.
 */

export const START_SYSEX = 0xf0;
export const END_SYSEX = 0xf7;

/** Commands that are no sysex; the low half of those below F0 is a port or a channel. */
export const COMMANDS = {
  digital: 0x90,
  reportAnalog: 0xc0,
  reportDigital: 0xd0,
  analog: 0xe0,
  pinMode: 0xf4,
  pinValue: 0xf5,
  version: 0xf9,
  reset: 0xff,
} as const;

/** Features of a sysex message. */
export const FEATURES = {
  analogMappingQuery: 0x69,
  analogMapping: 0x6a,
  capabilityQuery: 0x6b,
  capability: 0x6c,
  pinStateQuery: 0x6d,
  pinState: 0x6e,
  string: 0x71,
  pingRead: 0x75,
  firmware: 0x79,
  samplingInterval: 0x7a,
} as const;

/** Data bytes of one sysex that a board holds; of a longer one the rest is lost, as on an Arduino. */
export const SYSEX_DATA_BYTES_MAX = 64;

/** A whole message from the host: `command` is the first byte, for a sysex the feature. */
export interface HostMessage {
  readonly isSysex: boolean;
  readonly command: number;
  readonly data: readonly number[];
}

/** A sysex message. `data` are bytes of 7 bits. */
export function encodeSysex(feature: number, data: readonly number[] = []): Uint8Array {
  return Uint8Array.of(START_SYSEX, feature, ...data, END_SYSEX);
}

/** A command with a value of 14 bits. */
export function encodeValue(command: number, value: number): Uint8Array {
  return Uint8Array.of(command, value & 0x7f, (value >> 7) & 0x7f);
}

/** Whole bytes as two data bytes each. */
export function toPairs(bytes: Iterable<number>): number[] {
  return [...bytes].flatMap((byte) => [byte & 0x7f, byte >> 7]);
}

/** The whole bytes of pairs of data bytes. */
export function fromPairs(data: readonly number[]): number[] {
  return Array.from(
    { length: data.length >> 1 },
    (_, index) => (data[2 * index] ?? 0) | ((data[2 * index + 1] ?? 0) << 7),
  );
}

/** How many data bytes follow a command that is no sysex. */
function dataLengthOf(command: number): number {
  if (command === COMMANDS.version || command === COMMANDS.reset) return 0;
  if (command === COMMANDS.pinMode || command === COMMANDS.pinValue) return 2;
  const kind = command & 0xf0;
  if (kind === COMMANDS.reportAnalog || kind === COMMANDS.reportDigital) return 1;
  return kind === COMMANDS.digital || kind === COMMANDS.analog ? 2 : 0;
}

/** Cuts what the host sends into messages; stray data bytes and unfinished messages are lost. */
export class HostMessages {
  #command: number | undefined;
  #data: number[] = [];

  /** Takes bytes in any pieces; returns the messages that they complete. */
  push(bytes: Uint8Array): HostMessage[] {
    return [...bytes].flatMap((byte) => (byte < 0x80 ? this.#takeData(byte) : this.#takeCommand(byte)));
  }

  #takeCommand(byte: number): HostMessage[] {
    const [feature, ...data] = this.#data;
    const ended = this.#command === START_SYSEX && byte === END_SYSEX && feature !== undefined;
    this.#command = byte;
    this.#data = [];
    if (ended) return [{ isSysex: true, command: feature, data }];
    return byte === COMMANDS.version || byte === COMMANDS.reset ? [this.#end()] : [];
  }

  #takeData(byte: number): HostMessage[] {
    if (this.#command === undefined || this.#data.length > SYSEX_DATA_BYTES_MAX) return [];
    this.#data.push(byte);
    const isWhole = this.#command !== START_SYSEX && this.#data.length === dataLengthOf(this.#command);
    return isWhole ? [this.#end()] : [];
  }

  #end(): HostMessage {
    const message = { isSysex: false, command: this.#command ?? 0, data: this.#data };
    this.#command = undefined;
    this.#data = [];
    return message;
  }
}
