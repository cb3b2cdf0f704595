/** What the simulator throws. */

const SIM_ERROR_CODES = ["PTY_FAILED", "LINK_TAKEN", "FLEET_INVALID", "STOPPED"] as const;

/** Why a simulator call failed. */
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
