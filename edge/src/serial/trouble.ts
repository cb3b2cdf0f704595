/** Trouble with a device that a person can mend: what a notice will say, but for the device's name. */
import type { NoticeCode } from "@jumpa-madu/contracts/notice";

/** Something that a person can mend, and how. */
export interface Trouble {
  readonly code: NoticeCode;
  readonly text: string;
}

/** Two devices of different protocols talk on the line at `path`. */
export function twoDevices(path: string, one: string, other: string): Trouble {
  return {
    code: "two_devices",
    text: `${path}: two devices talk on this line, ${one} and ${other}; give each a port of its own`,
  };
}
