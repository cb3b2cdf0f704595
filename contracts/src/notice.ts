/** Notice: trouble with one device that a person can mend, with what to do. Part of a node's status. */
import Type, { type Static } from "typebox";

/** Most notices in one status; beyond, the earliest ports win. */
export const NOTICES_MAX = 16;

/** Longest text of a notice, in characters. */
export const NOTICE_TEXT_LENGTH_MAX = 300;

/**
 * What can be wrong. `port_missing`, `port_busy`, `port_forbidden`: the port does not open. `silent`: nothing comes.
 * `wrong_line`: what comes looks like another baud or parity. `wrong_protocol`: it looks like another protocol.
 * `two_devices`: two devices talk on one line. `bad_checksum`: many frames are damaged. `unknown_unit`, `pounds`: the unit
 * of the scale. `polarity_inverted`: the sensor's level is inverted. `no_target`: the sensor finds no echo.
 * `board`: a Firmata board lacks what its sensor needs.
 * `scale_unbound`: the cloud would book no weight of the scale. `verification_expired`: the scale's tera. `printer`, `reader`: the device beside the scale.
 */
export const NOTICE_CODES = [
  "port_missing",
  "port_busy",
  "port_forbidden",
  "silent",
  "wrong_line",
  "wrong_protocol",
  "two_devices",
  "bad_checksum",
  "unknown_unit",
  "pounds",
  "polarity_inverted",
  "no_target",
  "board",
  "scale_unbound",
  "verification_expired",
  "printer",
  "reader",
] as const;
export type NoticeCode = (typeof NOTICE_CODES)[number];

/** One trouble. `device` is the bin, scale, or path of what has no name; `text` says what is wrong and what to do. */
export const Notice = Type.Object(
  {
    device: Type.String({ minLength: 1, maxLength: 255 }),
    code: Type.Enum(NOTICE_CODES),
    text: Type.String({ minLength: 1, maxLength: NOTICE_TEXT_LENGTH_MAX }),
  },
  { additionalProperties: false },
);
export type Notice = Static<typeof Notice>;
