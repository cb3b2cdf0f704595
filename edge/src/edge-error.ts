/** What can go wrong in the edge agent, for callers to branch on. */
const EDGE_ERROR_CODES = [
  "outbox_locked",
  "outbox_corrupt",
  "outbox_foreign",
  "outbox_full",
  "item_too_large",
  "config_invalid",
] as const;

export type EdgeErrorCode = (typeof EDGE_ERROR_CODES)[number];

/** Trouble in the edge agent that the caller cannot mend by another argument. */
export class EdgeError extends Error {
  readonly code: EdgeErrorCode;

  constructor(code: EdgeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "EdgeError";
    this.code = code;
  }
}
