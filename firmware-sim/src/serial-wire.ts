/**
 * The cable between a device and a host at the end of a pseudo-terminal, which tells the truth about their settings.
 *
 * A pseudo-terminal hands bytes on whatever the baud of its two ends. This wire looks at the baud that the host has set
 * and garbles the bytes, both ways, when it is not that of the device. Data bits and parity of the host cannot be seen:
 * the kernel shows 8N1 for every pseudo-terminal. It is therefore believed to have set those of the device, unless
 * `showsParityBit` says that it reads as 8N1.
 */

import type { Random } from "@jumpa-madu/contracts/random";
import type { DeviceModel } from "./device-model.ts";
import type { Wire } from "./line.ts";
import type { Pty } from "./pty.ts";
import { hear, type LineFormat } from "./uart.ts";

/** What a wire connects. */
export interface SerialWireOptions {
  pty: Pick<Pty, "isOpen" | "hostBaud" | "write">;
  model: Pick<DeviceModel, "baud" | "dataBits" | "parity">;
  /** The host is set to 8N1, whatever the device is set to: the parity bit of a 7E1 device shows in bit 7. */
  showsParityBit: boolean;
  random: Random;
}

/** A wire to a host, and what the device hears of the host. */
export class SerialWire implements Wire {
  readonly #options: SerialWireOptions;

  constructor(options: SerialWireOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#options.pty.isOpen;
  }

  write(bytes: Uint8Array): number {
    const { pty, random } = this.#options;
    const heard = hear(bytes, { from: this.#device, to: this.#host, random });
    if (heard.length === 0) return bytes.length;
    const taken = pty.write(heard);
    if (heard.length === bytes.length) return taken;
    // Of garbled bytes the kernel takes all, or the rest is lost: nobody can tell to which sent byte it belonged.
    return taken > 0 ? bytes.length : 0;
  }

  /** What the device hears when the host sends. */
  hear(bytes: Uint8Array): Uint8Array {
    return hear(bytes, { from: this.#host, to: this.#device, random: this.#options.random });
  }

  get #device(): LineFormat {
    const { baud, dataBits = 8, parity = "none" } = this.#options.model;
    return { baud, dataBits, parity };
  }

  get #host(): LineFormat {
    const { pty, showsParityBit } = this.#options;
    const baud = pty.hostBaud;
    return showsParityBit ? { baud, dataBits: 8, parity: "none" } : { ...this.#device, baud };
  }
}
