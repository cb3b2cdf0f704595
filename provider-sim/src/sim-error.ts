/** What the simulator throws. */

const SIM_ERROR_CODES = [
  "STATE_UNREADABLE",
  "STATE_OF_ANOTHER_SEED",
  "ORDER_INVALID",
  "FULL",
  "UNKNOWN",
] as const;

/** Why a call failed: `FULL` is a limit that was reached, `UNKNOWN` something that is not in the book. */
export type SimErrorCode = (typeof SIM_ERROR_CODES)[number];

/** Error of the simulator room. `code` tells the kind; branch on it, never on the message. */
export class SimError extends Error {
  override readonly name = "SimError";
  readonly code: SimErrorCode;

  constructor(code: SimErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
