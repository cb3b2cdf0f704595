/** What a device tells while it runs. */

import type { Instant } from "@jumpa-madu/sensing/instant";
import type { Fault, FaultCode, RawReading } from "../protocols/protocol.ts";

/** Why a port is not open. */
export type CloseReason = "open_failed" | "vanished" | "silent" | "stopped";

/** What a device does. Every `opened` is followed by a `closed` before the next; `open_failed` comes without one. */
export type DeviceEvent =
  | { readonly kind: "opened"; readonly at: Instant }
  | { readonly kind: "closed"; readonly at: Instant; readonly reason: CloseReason }
  | {
      readonly kind: "reading";
      readonly at: Instant;
      readonly reading: RawReading;
      readonly frame: Uint8Array;
    }
  | { readonly kind: "fault"; readonly at: Instant; readonly fault: Fault };

/** Counts since the start. */
export interface DeviceStats {
  opened: number;
  readings: number;
  faults: Partial<Record<FaultCode, number>>;
  /** Bytes that were in no frame, or beyond the byte budget. */
  discardedBytes: number;
}
