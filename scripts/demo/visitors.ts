/** People who bring waste to the demo's counters: put a bag on the scale, wait until it rests, have it booked, leave. */
import type { Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { MATERIALS } from "./sample-data.ts";

/** Pause between two visitors of one counter, in milliseconds. */
const VISIT_EVERY_MS = 12_000;

/** How long a visitor waits for the scale to rest and the terminal to answer, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Pause between two tries to have a deposit booked, in milliseconds. */
const RETRY_MS = 500;

/** What visitors bring their waste for, one after the other: most save. */
const PURPOSES_IN_TURN = ["save", "cash", "save", "save", "donate"] as const;

/** A counter where deposits are made. */
export interface Counter {
  /** URL of the terminal server. */
  terminal: string;
  scale: string;
  /** Numbers of the members who come here. */
  members: string[];
  /** Where in the round of bags this counter begins, so that two counters do not tell the same story. */
  firstVisit: number;
}

/** Lets visitors come until the signal aborts. `orders` takes the simulator's orders, one JSON object a line. */
export async function receiveVisitors(
  counter: Counter,
  { orders, signal, say }: { orders: Writable; signal: AbortSignal; say: (text: string) => void },
): Promise<void> {
  const order = (text: object) => orders.write(`${JSON.stringify({ device: counter.scale, ...text })}\n`);
  for (let visit = counter.firstVisit; !signal.aborted; visit++) {
    // The same bags in the same order each time; sizes as a waste bank's year has them, from 0.3 to some 20 kg.
    const weightG = 300 + ((visit * 7_919) % 400) * 50;
    const member = counter.members[visit % counter.members.length];
    const material = MATERIALS[(visit * 4) % MATERIALS.length]?.id;
    order({ place_g: weightG });
    const purpose = PURPOSES_IN_TURN[visit % PURPOSES_IN_TURN.length];
    const words = await makeDeposit(counter, { member, purpose, lines: [{ material }] }, signal);
    if (words !== null) say(words);
    order({ remove: true });
    await pause(VISIT_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** What is told of a terminal's answer. */
interface Answer {
  receipt_no?: string;
  purpose?: string;
  total_idr?: number;
  detail?: string;
  title?: string;
}

/** Asks the terminal until the weight rests; answers what was booked or why not, null when the demo is stopping. */
async function makeDeposit(counter: Counter, deposit: object, signal: AbortSignal): Promise<string | null> {
  const deadline = performance.now() + PATIENCE_MS;
  let refusal = "the terminal did not answer";
  while (performance.now() < deadline && !signal.aborted) {
    try {
      const response = await fetch(new URL("/deposits", counter.terminal), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(deposit),
        signal: AbortSignal.any([signal, AbortSignal.timeout(RETRY_MS * 10)]),
      });
      const answer: Answer = await response.json();
      if (response.ok) return `deposit ${answer.receipt_no} (${answer.purpose}): Rp ${answer.total_idr}`;
      refusal = answer.detail ?? answer.title ?? `status ${response.status}`;
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error);
    }
    await pause(RETRY_MS, undefined, { signal }).catch(() => undefined);
  }
  return signal.aborted ? null : `no deposit at ${counter.scale}: ${refusal}`;
}
