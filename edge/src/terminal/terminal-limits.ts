/** Bounds of the terminal server. */
export interface TerminalLimits {
  /** Largest request body, in bytes: a deposit of 100 lines takes under 16 KiB. */
  bodyBytesMax: number;
  /** Longest time for a request to arrive, in milliseconds. */
  requestTimeoutMs: number;
  /** Most connections; further ones are closed at once. */
  connectionsMax: number;
  /** Screens that follow the weight; a further one is refused. */
  listenersMax: number;
  /** Pause between two looks at the weight for those screens, in milliseconds. */
  weightEveryMs: number;
  /** Pause after which a screen is written to although nothing has changed, in milliseconds. */
  heartbeatEveryMs: number;
  /** Bytes that may wait for a slow screen; beyond it the screen is disconnected. */
  listenerBytesMax: number;
  /** Time for which a weighing waits for its deposit, in milliseconds. */
  weighingHeldMs: number;
  /** Weighings that wait; the oldest makes way for a further one. */
  weighingsMax: number;
  /** Wrong PINs of a supervisor after which the supervisor is locked. */
  pinTriesMax: number;
  /** Time for which, in milliseconds; it doubles with each further wrong PIN. */
  pinLockedMs: number;
  /** Longest such time, in milliseconds. */
  pinLockedMsMax: number;
}

/** Bounds for one touch screen and a phone or two. */
export const TERMINAL_LIMITS: TerminalLimits = {
  bodyBytesMax: 64 * 1024,
  requestTimeoutMs: 10_000,
  connectionsMax: 64,
  listenersMax: 8,
  weightEveryMs: 100,
  heartbeatEveryMs: 15_000,
  listenerBytesMax: 64 * 1024,
  weighingHeldMs: 10 * 60_000,
  weighingsMax: 200,
  pinTriesMax: 5,
  pinLockedMs: 30_000,
  pinLockedMsMax: 3_600_000,
};
