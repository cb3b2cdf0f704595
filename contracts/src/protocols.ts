/** Protocols that the edge can read, by the keys that configuration and `decode` use; their files are in `edge/src/protocols`. */

/** Of scales. */
export const SCALE_PROTOCOLS = [
  "st-gs",
  "st-gs-colon",
  "and-standard",
  "baxtran-uf",
  "tenzo-eq",
  "cas-22",
  "cas-pd2",
  "cas-dc1",
  "mt-sics",
  "toledo-8217",
  "toledo-continuous",
  "ti400-p08",
  "xk3190-a9",
  "xk3190-a12-w",
  "xk3190-a12e-chk",
  "xk3190-rev",
  "xk3190-fwd",
  "ohaus",
  "sartorius-sbi",
  "adam-cpw",
  "nci",
  "berkel",
  "dibal-g310",
  "plain",
] as const;
export type ScaleProtocol = (typeof SCALE_PROTOCOLS)[number];

/** Of bin sensors on a serial port. */
export const BIN_SENSOR_PROTOCOLS = [
  "a02yyuw",
  "me007ys",
  "a01nyub",
  "jsn-sr04t",
  "jsn-sr04t-polled",
  "maxbotix-mm",
  "tfmini",
  "tfmini-pix",
] as const;
export type BinSensorProtocol = (typeof BIN_SENSOR_PROTOCOLS)[number];

/** Of readers of members' cards: QR codes as lines of text, and RFID cards of 125 kHz. */
export const READER_PROTOCOLS = ["gm65", "rdm6300"] as const;
export type ReaderProtocol = (typeof READER_PROTOCOLS)[number];

/** Of everything that is read. */
export type Protocol = ScaleProtocol | BinSensorProtocol | ReaderProtocol;
