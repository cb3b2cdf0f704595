/** Reader: what one opening of a port makes of its bytes. Decodes within the byte budget, counts, logs faults once per burst. */

import type { Instant } from "@jumpa-madu/sensing/instant";
import type { Logger } from "pino";
import { type Decoder, decoderOf } from "../protocols/decoder.ts";
import type { DeviceProtocol, Fault, ParseSettings, RawReading } from "../protocols/protocol.ts";
import type { Clock } from "../sensing/clock.ts";
import { byteBudget } from "./byte-budget.ts";
import type { DeviceEvent, DeviceStats } from "./device-event.ts";
import type { Diagnosis } from "./diagnosis.ts";
import { faultBurst } from "./fault-burst.ts";

/** What a reader needs; `stats` is counted up, `onGood` is called with every reading. */
export interface ReaderOptions {
  readonly path: string;
  readonly protocol: DeviceProtocol;
  readonly settings?: ParseSettings;
  readonly clock: Clock;
  readonly log: Logger;
  readonly on: (event: DeviceEvent) => void;
  readonly stats: DeviceStats;
  readonly diagnosis: Diagnosis;
  readonly onGood: (reading: RawReading) => void;
}

/** Reads one opening of a port. */
export interface Reader {
  /** Takes bytes as they come. */
  readonly read: (chunk: Uint8Array, at: Instant) => void;
  /** Takes a fault that is not in the bytes, such as a missing answer. */
  readonly fault: (fault: Fault, at?: Instant) => void;
  /** Looks at the time, to tell when a burst of faults is over. */
  readonly look: (nowMs: number) => void;
}

/** Makes the reader of one opening of a port. */
export function readerOf(options: ReaderOptions): Reader {
  const { path, protocol, settings = {}, clock, log, on, stats, diagnosis, onGood } = options;
  const budget = byteBudget();
  const burst = faultBurst();
  let decoder: Decoder = decoderOf(protocol, "mid_stream", settings);
  let discardedBefore = 0;
  let flooded = false;

  function fault(one: Fault, at: Instant = clock()): void {
    stats.faults[one.error] = (stats.faults[one.error] ?? 0) + 1;
    if (burst.take(at.monotonicMs)) log.warn({ path, fault: one }, "device faults begin");
    on({ kind: "fault", at, fault: one });
  }

  function countDiscarded(): void {
    stats.discardedBytes += decoder.discardedBytes - discardedBefore;
    discardedBefore = decoder.discardedBytes;
  }

  /** Drops bytes beyond the budget. What follows the gap may begin in the middle of a frame. */
  function drop(bytes: number, at: Instant): void {
    stats.discardedBytes += bytes;
    decoder = decoderOf(protocol, "mid_stream", settings);
    discardedBefore = 0;
    if (!flooded) fault({ error: "flood", discarded: bytes }, at);
    flooded = true;
  }

  return {
    fault,
    read(chunk, at) {
      const granted = budget.grant(chunk.length, at.monotonicMs);
      const decoded = decoder.push(chunk.subarray(0, granted));
      diagnosis.hear(chunk.subarray(0, granted), decoded);
      for (const one of decoded) {
        if ("fault" in one) {
          fault(one.fault, at);
        } else {
          stats.readings += 1;
          onGood(one.reading);
          on({ kind: "reading", at, reading: one.reading, frame: one.frame });
        }
      }
      countDiscarded();
      if (granted < chunk.length) drop(chunk.length - granted, at);
      else flooded = false;
    },
    look(nowMs) {
      diagnosis.look(nowMs);
      const ended = burst.ended(nowMs);
      if (ended !== null) log.info({ path, ...ended }, "device faults are over");
    },
  };
}
