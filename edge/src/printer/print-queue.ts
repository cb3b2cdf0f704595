/**
 * Print queue: receipts on their way to the printer. A deposit never waits for it.
 *
 * A receipt that the printer does not take is tried again for a while, then given up: paper that comes out ten minutes
 * later belongs to a member who has gone. What is printed again after it may have begun is marked as a copy.
 */

import type { Printer } from "@jumpa-madu/contracts/node-config";
import type { Notice } from "@jumpa-madu/contracts/notice";
import type { Logger } from "pino";
import { waited } from "../serial/line.ts";
import type { Printed } from "./printer-link.ts";

/** Most receipts that wait; with one more the earliest is given up. */
export const RECEIPTS_MAX = 16;

/** Time for which a receipt is tried, in milliseconds. */
export const RECEIPT_MS_MAX = 300_000;

/** Pause before a receipt is tried again. */
export const RETRY_EVERY_MS = 3_000;

/** Receipts whose printing is remembered, so that the next one is known to be a copy; the earliest is forgotten first. */
export const REMEMBERED_MAX = 1_000;

/** One receipt: `encode` makes its bytes for the printer that is in force when its turn comes. */
export interface Receipt {
  /** The deposit. */
  readonly id: string;
  encode(style: { paperMm: Printer["paper_mm"]; isCopy: boolean }): Uint8Array;
}

/** What the queue stands on. `print` is `printBytes` in the field. */
export interface PrintQueueParts {
  readonly print: (printer: Printer, bytes: Uint8Array, signal: AbortSignal) => Promise<Printed>;
  readonly log: Logger;
  readonly retryEveryMs?: number;
  readonly receiptMsMax?: number;
}

/** The receipts of one node. */
export interface PrintQueue {
  /** Puts another printer in force, or none. */
  configure(printer: Printer | undefined): void;
  /** True when there is a printer. */
  readonly hasPrinter: boolean;
  /**
   * Adds a receipt. It is printed as the original when `mayBeFirst` says that none can have been printed before, as with a
   * deposit that was just made, and none was since. Gives how many wait.
   */
  add(receipt: Receipt, mayBeFirst: boolean): number;
  readonly waiting: number;
  /** What is wrong with the printer now, or doubtful because it never answers; null when the last receipt came out. */
  readonly notice: Notice | null;
  /** Stops; what waits is given up. */
  stop(): Promise<void>;
}

interface Job {
  readonly receipt: Receipt;
  readonly untilMs: number;
  isCopy: boolean;
}

/** Starts an empty queue. */
export function startPrintQueue(parts: PrintQueueParts): PrintQueue {
  const { print, log, retryEveryMs = RETRY_EVERY_MS, receiptMsMax = RECEIPT_MS_MAX } = parts;
  const stopping = new AbortController();
  const jobs: Job[] = [];
  const printed = new Set<string>();
  let printer: Printer | undefined;
  let notice: Notice | null = null;
  let working: Promise<void> | null = null;

  function remember(id: string): void {
    printed.add(id);
    const [oldest] = printed;
    if (printed.size > REMEMBERED_MAX && oldest !== undefined) printed.delete(oldest);
  }

  function giveUp(job: Job, why: string): void {
    log.warn({ deposit: job.receipt.id, why }, "receipt given up");
  }

  /** Prints one receipt; true when it is done with. */
  async function work(job: Job, to: Printer): Promise<boolean> {
    const isCopy = job.isCopy || printed.has(job.receipt.id);
    const bytes = job.receipt.encode({ paperMm: to.paper_mm, isCopy });
    const outcome = await print(to, bytes, stopping.signal);
    if (outcome.ok || outcome.begun) remember(job.receipt.id);
    if (outcome.ok && outcome.doubt !== undefined) {
      if (notice?.text !== outcome.doubt) log.warn({ path: to.path }, "printer does not answer");
      notice = { device: to.path, code: "printer", text: outcome.doubt };
      return true;
    }
    if (outcome.ok) {
      if (notice !== null) log.info({ path: to.path }, "printer works again");
      notice = null;
      return true;
    }
    if (notice === null) log.warn({ path: to.path, fault: outcome.fault }, "printer does not print");
    notice = { device: to.path, code: "printer", text: outcome.fault };
    return false;
  }

  async function run(): Promise<void> {
    for (let job = jobs[0]; job !== undefined && !stopping.signal.aborted; job = jobs[0]) {
      if (printer === undefined || performance.now() > job.untilMs) {
        giveUp(job, printer === undefined ? "there is no printer" : "the printer did not take it in time");
        drop(job);
        continue;
      }
      if (await isDone(job, printer)) drop(job);
      else await waited(retryEveryMs, stopping.signal);
    }
  }

  /** True also for a receipt that cannot be made at all: to try it again would not help. */
  async function isDone(job: Job, to: Printer): Promise<boolean> {
    try {
      return await work(job, to);
    } catch (error) {
      log.error({ deposit: job.receipt.id, err: error }, "receipt cannot be made");
      return true;
    }
  }

  /** Takes a receipt off the queue; it may have made way for another meanwhile. */
  function drop(job: Job): void {
    const index = jobs.indexOf(job);
    if (index >= 0) jobs.splice(index, 1);
  }

  function wake(): void {
    if (stopping.signal.aborted) return;
    working ??= run().finally(() => {
      working = null;
      if (jobs.length > 0) wake();
    });
  }

  return {
    configure(next) {
      if (JSON.stringify(next) !== JSON.stringify(printer)) notice = null;
      printer = next;
    },
    get hasPrinter() {
      return printer !== undefined;
    },
    add(receipt, mayBeFirst) {
      jobs.push({ receipt, untilMs: performance.now() + receiptMsMax, isCopy: !mayBeFirst });
      const earliest = jobs.length > RECEIPTS_MAX ? jobs.shift() : undefined;
      if (earliest !== undefined) giveUp(earliest, "too many wait");
      wake();
      return jobs.length;
    },
    get waiting() {
      return jobs.length;
    },
    get notice() {
      return notice;
    },
    async stop() {
      stopping.abort();
      await working;
      for (const job of jobs.splice(0)) giveUp(job, "the terminal was stopped");
    },
  };
}
