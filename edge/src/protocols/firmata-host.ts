/**
 * Firmata, the host's side: what a host sends to a board. Only for `decode`: on a port it is johnny-five that speaks.
 * Source: Firmata protocol 2.5.1 (protocol.md of github.com/firmata/protocol); PING_READ is PingFirmata's, from real traffic.
 *
 *     message  = command (bit 7 set), data bytes of 7 bits, as many as the command takes
 *     sysex    = F0, feature, data bytes of 7 bits, F7
 *     C0+n on  report analog channel n        F4 pin mode     set the mode of a pin
 *     D0+n on  report digital port n          F5 pin level    set a digital pin
 *     90+n v v write digital port n           F9              report version
 *     E0+n v v write to a pin                 FF              reset
 */

/** Most messages that are decoded of one input; what follows is left out, with a fault. */
export const HOST_MESSAGES_MAX = 10_000;

/** Most data bytes of one value: 32 bits and more. */
const VALUE_BYTES_MAX = 5;

/** One message in words; `firmata` names it. */
export interface FirmataHostReading {
  readonly firmata: string;
  readonly [member: string]: string | number | boolean | readonly number[];
}

/** Why bytes are no message. */
export interface FirmataHostFault {
  readonly error: "partial_frame" | "unparseable" | "flood";
}

/** What bytes of a host say, in their order. */
export interface FirmataHostDecoded {
  readonly readings: FirmataHostReading[];
  readonly faults: FirmataHostFault[];
}

type Message = FirmataHostReading | null;

/** Messages without data. */
const BARE: Readonly<Record<number, string>> = { 249: "report_version_request", 255: "system_reset" };

/** Commands whose low half is a port or a channel, by their high half. */
const NUMBERED: Readonly<Record<number, (number: number, data: readonly number[]) => Message>> = {
  144: (port, data) => ({ firmata: "digital_write_port", port, value: wide(data) }),
  192: (channel, [on]) => ({ firmata: "report_analog", channel, on: on !== 0 }),
  208: (port, [on]) => ({ firmata: "report_digital", port, on: on !== 0 }),
  224: (pin, data) => ({ firmata: "analog_write", pin, value: wide(data) }),
};

/** Commands about a pin. */
const PIN_COMMANDS: Readonly<Record<number, (pin: number, value: number) => Message>> = {
  244: (pin, mode) => ({ firmata: "pin_mode", pin, mode }),
  245: (pin, value) => ({ firmata: "digital_write_pin", pin, value }),
};

/** Sysex features without data. */
const QUERIES: Readonly<Record<number, string>> = {
  105: "analog_mapping_query",
  107: "capability_query",
  121: "firmware_query",
};

/** Sysex features with data; null when the data are none of theirs. */
const SYSEX: Readonly<Record<number, (data: readonly number[]) => Message>> = {
  109: ([pin, ...rest]) =>
    pin === undefined || rest.length > 0 ? null : { firmata: "pin_state_query", pin },
  111: ([pin, ...bits]) =>
    pin === undefined || bits.length === 0 || bits.length > VALUE_BYTES_MAX
      ? null
      : { firmata: "extended_analog_write", pin, value: wide(bits) },
  112: ([pin, ...pulses]) =>
    pin === undefined || pulses.length !== 4
      ? null
      : {
          firmata: "servo_config",
          pin,
          min_pulse_us: wide(pulses.slice(0, 2)),
          max_pulse_us: wide(pulses.slice(2)),
        },
  113: (data) =>
    data.length % 2 === 1
      ? null
      : {
          firmata: "string",
          text: pairs(data)
            .map((code) => String.fromCharCode(code))
            .join("")
            .replaceAll("\0", ""),
        },
  117: ([pin, value, ...data]) => {
    const bytes = pairs(data);
    return pin === undefined || value === undefined || data.length !== 16 || bytes.some((byte) => byte > 0xff)
      ? null
      : {
          firmata: "ping_read",
          pin,
          value,
          pulse_out_us: bigEndian(bytes.slice(0, 4)),
          timeout_us: bigEndian(bytes.slice(4)),
        };
  },
  122: (data) => (data.length === 2 ? { firmata: "sampling_interval", ms: wide(data) } : null),
};

/** Decodes bytes of a host. Pure; never throws, whatever the bytes. */
export function decodeFirmataHost(bytes: Uint8Array): FirmataHostDecoded {
  const readings: FirmataHostReading[] = [];
  const faults: FirmataHostFault[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (readings.length + faults.length >= HOST_MESSAGES_MAX) {
      faults.push({ error: "flood" });
      break;
    }
    const end = endOf(bytes, at);
    const outcome = messageIn(bytes.subarray(at, end));
    if (isFault(outcome)) faults.push(outcome);
    else readings.push(outcome);
    at = end;
  }
  return { readings, faults };
}

/** Where the message that begins at `at` ends: stray data end at the next command, and so does a message that lacks data. */
function endOf(bytes: Uint8Array, at: number): number {
  const command = bytes[at] ?? 0;
  const most = command === 0xf0 || command < 0x80 ? bytes.length : at + 1 + dataLengthOf(command);
  let end = at + 1;
  while (end < most && (bytes[end] ?? 0) < 0x80) end += 1;
  return command === 0xf0 && bytes[end] === 0xf7 ? end + 1 : Math.min(end, bytes.length);
}

/** How many data bytes a command takes. */
function dataLengthOf(command: number): number {
  if (command in PIN_COMMANDS) return 2;
  const kind = command & 0xf0;
  if (kind === 0xc0 || kind === 0xd0) return 1;
  return kind === 0x90 || kind === 0xe0 ? 2 : 0;
}

function isFault(outcome: FirmataHostReading | FirmataHostFault): outcome is FirmataHostFault {
  return "error" in outcome;
}

function messageIn(frame: Uint8Array): FirmataHostReading | FirmataHostFault {
  const [command = 0, ...data] = frame;
  if (command === 0xf0) return sysexIn(data);
  if (data.length < dataLengthOf(command)) return { error: "partial_frame" };
  const bare = BARE[command];
  if (bare !== undefined) return { firmata: bare };
  const [first = 0, second = 0] = data;
  const message =
    command < 0x80
      ? null
      : (PIN_COMMANDS[command]?.(first, second) ?? NUMBERED[command & 0xf0]?.(command & 0x0f, data) ?? null);
  return message ?? { error: "unparseable" };
}

/** What stands between F0 and F7; the last byte is F7 when the message is whole. */
function sysexIn(inside: readonly number[]): FirmataHostReading | FirmataHostFault {
  if (inside.at(-1) !== 0xf7) return { error: "partial_frame" };
  const [feature = 0xf7, ...data] = inside.slice(0, -1);
  const query = QUERIES[feature];
  if (query !== undefined) return data.length === 0 ? { firmata: query } : { error: "unparseable" };
  const known = SYSEX[feature];
  if (known !== undefined) return known(data) ?? { error: "unparseable" };
  return feature === 0xf7 ? { error: "unparseable" } : { firmata: "sysex", feature, data };
}

/** A value in data bytes of 7 bits, the lowest first. */
function wide(data: readonly number[]): number {
  return data.reduceRight((value, bits) => value * 128 + bits, 0);
}

/** Values in pairs of data bytes, the low 7 bits first. */
function pairs(data: readonly number[]): number[] {
  return Array.from({ length: data.length >> 1 }, (_, index) => wide(data.slice(2 * index, 2 * index + 2)));
}

function bigEndian(bytes: readonly number[]): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
