/** Bounds of an outbox. Every one has a policy in `outbox.ts` for when it is reached. */
export interface OutboxLimits {
  /** Most readings kept, in rows; beyond it older telemetry is thinned. */
  readingsRowsMax: number;
  /** Most readings kept, in bytes of JSON; beyond it older telemetry is thinned. */
  readingsBytesMax: number;
  /** Largest size of the database file in bytes, without its write-ahead log. */
  fileBytesMax: number;
  /** Longest time that a reading waits for its commit, in milliseconds. */
  commitDelayMs: number;
  /** Most readings that wait for one commit. */
  commitRowsMax: number;
  /** Rows that one step of thinning looks at. Bounds how long one step holds up the process. */
  thinRowsMax: number;
  /** Answers that are remembered after their record was acknowledged, so that a late repeat gets the same one. */
  answersKeptMax: number;
  /** Bytes of the file that is given up when the disk is full, so that there is room to make room; 0 for none. */
  reserveBytes: number;
}

/** Bounds for a Raspberry Pi with an SD card: about four months of one node's readings. */
export const OUTBOX_LIMITS: OutboxLimits = {
  readingsRowsMax: 500_000,
  readingsBytesMax: 128 * 1024 * 1024,
  fileBytesMax: 512 * 1024 * 1024,
  commitDelayMs: 250,
  commitRowsMax: 200,
  thinRowsMax: 4_000,
  answersKeptMax: 20_000,
  reserveBytes: 4 * 1024 * 1024,
};

/** Largest item of either stream, in bytes of JSON: a deposit of 100 lines has under 52 KiB. Half of an envelope. */
export const ITEM_BYTES_MAX = 64 * 1024;
