/** What can go wrong in ingest that a person must mend. */
const INGEST_ERROR_CODES = ["mqtt_client_changed"] as const;

export type IngestErrorCode = (typeof INGEST_ERROR_CODES)[number];

/** Trouble that ingest cannot work around. */
export class IngestError extends Error {
  readonly code: IngestErrorCode;

  constructor(code: IngestErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "IngestError";
    this.code = code;
  }
}
