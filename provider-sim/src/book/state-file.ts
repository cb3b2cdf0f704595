/**
 * The file in which the books outlive the process: one JSON object a line, only ever appended to.
 *
 * The first line is `{"kind":"opened","version":1,"seed":1}`, each further one an event. A line is handed to the kernel before
 * the request is answered, so that a killed process forgets nothing that it said; against a power cut it does not guard. A last line
 * that was cut off was never answered, and goes.
 */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import Type from "typebox";
import { FAILURE_CODES } from "../destinations.ts";
import { PROVIDERS } from "../provider-name.ts";
import { SimError } from "../sim-error.ts";
import type { BookEvent } from "./book-event.ts";
import { STATUSES } from "./payout.ts";

const VERSION = 1;

const headers = checkerOf(
  Type.Object({ kind: Type.Literal("opened"), version: Type.Literal(VERSION), seed: Type.Integer() }),
);

const provider = Type.Enum(PROVIDERS);
const time = Type.Number({ minimum: 0 });
const amount = Type.Integer({ minimum: 0 });
const events = checkerOf(
  Type.Union([
    Type.Object({ kind: Type.Literal("topped-up"), provider, amountIdr: amount, atMs: time }),
    Type.Object({
      kind: Type.Literal("moved"),
      provider,
      id: Type.String(),
      status: Type.Enum(STATUSES),
      failureCode: Type.Union([Type.Enum(FAILURE_CODES), Type.Null()]),
      atMs: time,
    }),
    Type.Object({
      kind: Type.Literal("created"),
      provider,
      id: Type.String(),
      request: Type.Object({
        key: Type.String(),
        bodyHash: Type.String(),
        reference: Type.String(),
        channel: Type.String(),
        category: Type.Union([Type.Literal("BANK"), Type.Literal("EWALLET")]),
        accountNumber: Type.String(),
        accountName: Type.String(),
        amountIdr: amount,
        description: Type.String(),
        extra: Type.Record(Type.String(), Type.Unknown()),
      }),
      fate: Type.Union([
        Type.Enum(FAILURE_CODES),
        Type.Enum(["paid", "reversed", "stays-accepted", "stays-requested", "compliance-rejected"] as const),
      ]),
      feeIdr: amount,
      atMs: time,
      visibleFromMs: time,
    }),
  ]),
);

/** An opened state file. */
export interface StateFile {
  /** What it held when it was opened, in order. */
  events: BookEvent[];
  append(event: BookEvent): void;
  close(): void;
}

/**
 * Opens the file, or makes it. Throws SimError STATE_UNREADABLE with the number of the line, or STATE_OF_ANOTHER_SEED: with
 * another seed the keys would be other ones. One process at a time; a second is not noticed.
 */
export function openStateFile(path: string, seed: number): StateFile {
  const descriptor = openSync(path, "a+", 0o600);
  try {
    const lines = wholeLines(path, descriptor);
    const [first, ...rest] = lines;
    if (first === undefined)
      writeSync(descriptor, `${JSON.stringify({ kind: "opened", version: VERSION, seed })}\n`);
    else checkHeader(first, seed);
    return {
      events: rest.map((line, index) => eventOf(line, index + 2)),
      append: (event) => void writeSync(descriptor, `${JSON.stringify(event)}\n`),
      close: () => closeSync(descriptor),
    };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function wholeLines(path: string, descriptor: number): string[] {
  const bytes = readFileSync(path);
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  if (wholeBytes < bytes.length) ftruncateSync(descriptor, wholeBytes);
  return bytes.subarray(0, wholeBytes).toString("utf8").split("\n").slice(0, -1);
}

function checkHeader(line: string, seed: number): void {
  const checked = headers.check(parsed(line, 1));
  if (!checked.ok) throw new SimError("STATE_UNREADABLE", `line 1: ${checked.faults.join("; ")}`);
  if (checked.value.seed !== seed) {
    throw new SimError(
      "STATE_OF_ANOTHER_SEED",
      `the file is of seed ${checked.value.seed}; give that seed, or another file`,
    );
  }
}

function eventOf(line: string, number: number): BookEvent {
  const checked = events.check(parsed(line, number));
  if (!checked.ok) throw new SimError("STATE_UNREADABLE", `line ${number}: ${checked.faults.join("; ")}`);
  return checked.value;
}

function parsed(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new SimError("STATE_UNREADABLE", `line ${number} is not JSON`, { cause });
  }
}
