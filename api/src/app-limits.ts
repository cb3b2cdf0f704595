/** Bounds of the HTTP face that no installation needs to move. A test may, which cannot wait as long. */
export interface AppLimits {
  /** Largest body of a request, in bytes. Beyond: 413. */
  bodyBytesMax: number;
  /** Longest time in which a request must have arrived in full, in milliseconds. Beyond: 408, and the connection is cut. */
  requestMsMax: number;
  /** Longest time in which nothing passes over a connection, in milliseconds. Beyond: it is cut. */
  idleMsMax: number;
  /** Open connections. Beyond: the new one is closed at once. */
  connectionsMax: number;
  /** Counters of the rate limit that are kept. Beyond: the one longest unused is forgotten. */
  rateCountersMax: number;
}

export const APP_LIMITS: AppLimits = {
  bodyBytesMax: 256 * 1024,
  requestMsMax: 30_000,
  idleMsMax: 120_000,
  connectionsMax: 2_000,
  rateCountersMax: 20_000,
};
