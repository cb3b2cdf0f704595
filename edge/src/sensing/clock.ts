/** The two clocks of a node, passed to whatever needs the time. */
import type { Instant } from "@jumpa-madu/sensing/instant";

/** Tells the moment. */
export type Clock = () => Instant;

/** The clocks of this machine. */
export const systemClock: Clock = () => ({ monotonicMs: performance.now(), epochMs: Date.now() });
