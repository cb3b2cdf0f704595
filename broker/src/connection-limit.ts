/** Counts open connections, in total and by remote address. */

/** Outcome of a request to open one more. */
export type Admission = "admitted" | "connections" | "connections_per_address";

export class ConnectionLimit {
  readonly #totalMax: number;
  readonly #perAddressMax: number;
  /** Open connections of each address that has any, so that it is no larger than `connectionsMax`. */
  readonly #open = new Map<string, number>();
  #total = 0;

  constructor(limits: { connectionsMax: number; connectionsPerAddressMax: number }) {
    this.#totalMax = limits.connectionsMax;
    this.#perAddressMax = limits.connectionsPerAddressMax;
  }

  /** Counts one more connection of an address, unless that would be one too many. */
  admit(address: string): Admission {
    if (this.#total >= this.#totalMax) return "connections";
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#perAddressMax) return "connections_per_address";
    this.#total++;
    this.#open.set(address, open + 1);
    return "admitted";
  }

  /** Gives back what `admit` counted; once for each. */
  release(address: string): void {
    const open = this.#open.get(address) ?? 0;
    if (open === 0) return;
    this.#total--;
    if (open === 1) this.#open.delete(address);
    else this.#open.set(address, open - 1);
  }
}
