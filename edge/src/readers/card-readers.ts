/** Card readers of a node: opens those that are configured, and tells of each card once. */
import type { CodeReader } from "@jumpa-madu/contracts/node-config";
import type { Notice } from "@jumpa-madu/contracts/notice";
import type { Logger } from "pino";
import { protocolOf } from "../protocols/registry.ts";
import { lineSettings } from "../sensing/channel-options.ts";
import { type Clock, systemClock } from "../sensing/clock.ts";
import { type Device, startDevice } from "../serial/device.ts";
import { debounce, REST_MS, SCANS_PER_S_MAX, type Scan, type ScanBudget, scanBudget } from "./card-scans.ts";

/** The readers. */
export interface CardReaders {
  /** Opens and closes readers until they are those of the configuration; one that is the same goes on. */
  configure(readers: readonly CodeReader[]): void;
  /** The last scan; null before the first. */
  readonly latest: Scan | null;
  /** What a person can mend about them now. */
  notices(): Notice[];
  /** Closes all for good. */
  stop(): Promise<void>;
}

interface Running {
  readonly reader: CodeReader;
  readonly device: Device;
  readonly budget: ScanBudget;
  readonly abort: AbortController;
}

/** Begins without a reader. */
export function cardReadersOf({ log, clock = systemClock }: { log: Logger; clock?: Clock }): CardReaders {
  const running = new Map<string, Running>();
  let latest: Scan | null = null;
  let isStopped = false;

  function take(code: string, atMs: number): void {
    latest = { number: (latest?.number ?? 0) + 1, code, atMs };
  }

  function run(reader: CodeReader): Running {
    const abort = new AbortController();
    const once = debounce();
    const budget = scanBudget();
    const ofReader = log.child({ device: reader.path });
    const ignore = (nowMs: number): void => {
      if (!budget.isExceededAt(nowMs))
        ofReader.warn({ perSMax: SCANS_PER_S_MAX }, "reader sends too many codes and is ignored");
      budget.exceed(nowMs);
      device.rest(REST_MS);
    };
    const device = startDevice({
      path: reader.path,
      protocol: protocolOf(reader.protocol),
      line: lineSettings(reader),
      clock,
      log: ofReader,
      signal: abort.signal,
      on(event) {
        const { monotonicMs, epochMs } = event.at;
        if (event.kind === "fault" && event.fault.error === "flood") ignore(monotonicMs);
        if (event.kind !== "reading" || !("code" in event.reading)) return;
        const { code } = event.reading;
        if (!once.isNew(code, monotonicMs)) return;
        const verdict = budget.judge(monotonicMs);
        if (verdict === "taken") take(code, epochMs);
        if (verdict === "too_many") ignore(monotonicMs);
      },
    });
    return { reader, device, budget, abort };
  }

  return {
    configure(readers) {
      if (isStopped) return;
      const wanted = new Map(readers.map((reader) => [JSON.stringify(reader), reader]));
      for (const [key, { abort }] of running) {
        if (wanted.has(key)) continue;
        abort.abort();
        running.delete(key);
      }
      for (const [key, reader] of wanted) if (!running.has(key)) running.set(key, run(reader));
    },
    get latest() {
      return latest;
    },
    notices: () =>
      [...running.values()].flatMap(({ reader: { path }, device, budget }) => {
        const text = budget.isExceededAt(clock().monotonicMs) ? tooManyText(path) : device.trouble?.text;
        return text === undefined ? [] : [{ device: path, code: "reader" as const, text }];
      }),
    async stop() {
      isStopped = true;
      const closing = [...running.values()].map(({ abort, device }) => {
        abort.abort();
        return device.done;
      });
      running.clear();
      await Promise.all(closing);
    },
  };
}

function tooManyText(path: string): string {
  return `${path}: the reader sends more than ${SCANS_PER_S_MAX} codes a second and is ignored; hold one card at a time and set it to read a code once; if none is held before it, check that it is a reader, its baud and its cable`;
}
