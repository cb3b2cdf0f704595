/** What can go wrong in the broker, for callers to branch on. */
export type BrokerErrorCode = "certificate_unreadable" | "listen_failed";

/** Trouble that keeps the broker from starting. */
export class BrokerError extends Error {
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "BrokerError";
    this.code = code;
  }
}
