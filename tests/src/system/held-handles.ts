/** What this process holds open: to prove that nothing is left of what has ended. */
import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";

/** How many of each kind: what the event loop waits for, and `terminal`, the pseudo-terminals that are open. */
export type HeldHandles = ReadonlyMap<string, number>;

/** Counts what is held now. */
export function heldHandles(): HeldHandles {
  const counts = new Map<string, number>([["terminal", openTerminals()]]);
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** What is held now beyond what was held before, by kind. The test runner has handles of its own, and may have let go of some. */
export function heldBeyond(before: HeldHandles): Record<string, number> {
  const beyond = [...heldHandles()].map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const);
  return Object.fromEntries(beyond.filter(([, count]) => count > 0));
}

/** Time in which what has ended must have let go of all, and pause between two looks, in milliseconds. */
const LEFT_MS_MAX = 10_000;
const LOOK_EVERY_MS = 20;

/** What is still held beyond `before` when it had time to end. A wait that asserts again and again would itself hold a timer. */
export async function leftBeyond(before: HeldHandles): Promise<Record<string, number>> {
  const endMs = performance.now() + LEFT_MS_MAX;
  while (Object.keys(heldBeyond(before)).length > 0 && performance.now() < endMs) await pause(LOOK_EVERY_MS);
  return heldBeyond(before);
}

function openTerminals(): number {
  const terminals = readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith("/dev/pts/");
    } catch {
      // The descriptor with which the folder was read is gone.
      return false;
    }
  });
  return terminals.length;
}
