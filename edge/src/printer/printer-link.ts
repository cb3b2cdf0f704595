/**
 * Printer link: brings bytes to a receipt printer, on a serial port, a USB printer device or TCP 9100.
 *
 * A printer is opened for each receipt, so that it may be switched off and on, unplugged and exchanged in between.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Printer } from "@jumpa-madu/contracts/node-config";
import type { SerialLine } from "../protocols/protocol.ts";
import { closeLine, openLine, waited } from "../serial/line.ts";

/** Longest times for one receipt, in milliseconds. */
export interface PrinterTiming {
  /** For the printer to be opened. */
  openMsMax: number;
  /** For it to take the bytes: a slow printer takes 20 lines a second, one without paper none. */
  writeMsMax: number;
  /** For it to answer whether it has paper; many do not answer at all. */
  statusMsMax: number;
}

/** Timing in the field. */
export const PRINTER_TIMING: PrinterTiming = { openMsMax: 5_000, writeMsMax: 30_000, statusMsMax: 300 };

/** Factory setting of most serial receipt printers. */
const BAUD_DEFAULT = 9600;
const EIGHT_BITS: Omit<SerialLine, "baud"> = { dataBits: 8, parity: "none", stopBits: 1 };

/** Pause before a USB printer that takes no more is tried again. */
const RETRY_MS = 50;

/** Asks for the paper sensor (ESC/POS `DLE EOT 4`); bits 5 and 6 of the answer: the roll has ended. */
const ASK_PAPER = Uint8Array.of(0x10, 0x04, 0x04);
const PAPER_END = 0x60;

/** Outcome of one print. `doubt`: all bytes were taken, but nothing tells that paper came out. `begun`: bytes may be on paper already. */
export type Printed =
  | { readonly ok: true; readonly doubt?: string }
  | { readonly ok: false; readonly begun: boolean; readonly fault: string };

/** Prints bytes. Never rejects. */
export async function printBytes(
  printer: Printer,
  bytes: Uint8Array,
  { timing = PRINTER_TIMING, signal }: { timing?: PrinterTiming; signal: AbortSignal },
): Promise<Printed> {
  return /(?:^|\/)lp\d+$/.test(printer.path)
    ? await printToFile(printer.path, bytes, { timing, signal })
    : await printToLine(printer, bytes, { timing, signal });
}

interface Wait {
  timing: PrinterTiming;
  signal: AbortSignal;
}

async function printToLine(printer: Printer, bytes: Uint8Array, { timing, signal }: Wait): Promise<Printed> {
  const line = { baud: printer.baud ?? BAUD_DEFAULT, ...EIGHT_BITS };
  const opened = await openLine({ path: printer.path, line, openMsMax: timing.openMsMax, signal });
  if (opened instanceof Error) return notOpened(printer.path, opened);
  const outOfPaper = (begun: boolean): Printed => ({
    ok: false,
    begun,
    fault: `${printer.path}: the printer is out of paper`,
  });
  try {
    const before = await paperOf(opened, timing.statusMsMax, signal);
    if (before === "ended") return outOfPaper(false);
    if (!(await written(opened, bytes, { timing, signal }))) {
      return {
        ok: false,
        begun: true,
        fault: `${printer.path}: the printer does not take the receipt; check its paper, cover and cable`,
      };
    }
    // The buffers on the way take a whole receipt, also of a printer that has hung up: only its answer tells that it reads.
    const after = await paperOf(opened, timing.statusMsMax, signal);
    if (after === "ended") return outOfPaper(true);
    await hangUp(opened, timing.statusMsMax, signal);
    return before === "unknown" && after === "unknown"
      ? { ok: true, doubt: doubtOf(printer.path) }
      : { ok: true };
  } finally {
    await closeLine(opened, timing.openMsMax);
  }
}

/** Many cheap printers print and never answer, so that to try again would print twice. */
function doubtOf(path: string): string {
  return `${path}: the printer does not answer; look whether the receipt came out, and if not, check its power, paper and cable, then print it again`;
}

/** What the printer says of its paper; a printer that does not answer is believed to have some. */
async function paperOf(
  line: Duplex,
  statusMsMax: number,
  signal: AbortSignal,
): Promise<"there" | "ended" | "unknown"> {
  const answered = new AbortController();
  let status: number | null = null;
  const hear = (answer: Uint8Array): void => {
    status = answer.at(-1) ?? null;
    answered.abort();
  };
  line.on("data", hear);
  line.write(ASK_PAPER);
  await waited(statusMsMax, AbortSignal.any([answered.signal, signal]));
  line.off("data", hear);
  // Without a listener the stream would go on, but an answer that comes late must be read: else closing would cast away the receipt.
  line.resume();
  if (status === null) return "unknown";
  return (status & PAPER_END) === PAPER_END ? "ended" : "there";
}

/** Ends a connection in order, so that what is under way still arrives: waits for the printer to end it too, but not for long. */
async function hangUp(line: Duplex, msMax: number, signal: AbortSignal): Promise<void> {
  if (!(line instanceof Socket) || line.destroyed) return;
  const ended = new AbortController();
  line.once("close", () => ended.abort());
  line.end();
  await waited(msMax, AbortSignal.any([ended.signal, signal]));
}

/** True when all bytes have left for the printer in time. */
async function written(line: Duplex, bytes: Uint8Array, { timing, signal }: Wait): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const over = new AbortController();
  line.once("close", () => resolve(false));
  line.once("error", () => resolve(false));
  line.write(bytes, (error) => {
    if (error) resolve(false);
    // A serial port has taken the bytes when its driver's buffer is empty.
    else if ("drain" in line && typeof line.drain === "function")
      line.drain((fault: unknown) => resolve(!fault));
    else resolve(true);
  });
  void waited(timing.writeMsMax, AbortSignal.any([over.signal, signal])).then(() => resolve(false));
  const isTaken = await promise;
  over.abort();
  return isTaken;
}

/** A USB printer is a file that may not be waited on: without paper a plain write would hang, and with it a thread. */
async function printToFile(path: string, bytes: Uint8Array, { timing, signal }: Wait): Promise<Printed> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    return notOpened(path, error);
  }
  const lateAtMs = performance.now() + timing.writeMsMax;
  let sent = 0;
  try {
    while (sent < bytes.length) {
      if (signal.aborted || performance.now() > lateAtMs) {
        return {
          ok: false,
          begun: sent > 0,
          fault: `${path}: the printer does not take the receipt; check its paper and cover`,
        };
      }
      const taken = await writeSome(file, bytes.subarray(sent));
      sent += taken;
      if (taken === 0) await waited(RETRY_MS, signal);
    }
    return { ok: true };
  } catch (error) {
    return {
      ok: false,
      begun: sent > 0,
      fault: `${path}: ${wordsOf(error)}; check the printer's cable and power`,
    };
  } finally {
    await file.close();
  }
}

/** Writes as much as the printer takes now; 0 when it takes nothing. */
async function writeSome(file: FileHandle, bytes: Uint8Array): Promise<number> {
  try {
    return (await file.write(bytes)).bytesWritten;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return 0;
    throw error;
  }
}

function notOpened(path: string, error: unknown): Printed {
  return {
    ok: false,
    begun: false,
    fault: `${path}: the printer cannot be reached (${wordsOf(error)}); check that it is switched on and its cable`,
  };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 100) : "unknown";
}
