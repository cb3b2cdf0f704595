/**
 * Checks of the PINs with which supervisors agree to typed weights, without a network.
 *
 * Each try is counted before it is looked at, so that none is free, and on disk, so that switching off does not help: after
 * `pinTriesMax` wrong ones the supervisor is locked for a time that doubles with each further one, up to `pinLockedMsMax`.
 * After a restart that time begins anew; the clock of a terminal without a network cannot be trusted to tell how much has
 * passed. The right PIN ends the counting. Equal tries at the same time are one guess, and one try: a request that comes again
 * while it is looked at gets the same answer. A PIN is neither logged nor kept for longer than that.
 */
import type { CatalogueSupervisor } from "@jumpa-madu/contracts/catalogue";
import { isPin } from "@jumpa-madu/contracts/pin-hash";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { Logger } from "pino";
import Type from "typebox";
import type { LastGood } from "../catalogue/last-good.ts";
import type { Fault } from "./problems.ts";
import type { TerminalLimits } from "./terminal-limits.ts";

/** Name of the counts among the documents kept. */
const DOCUMENT = "supervisor-tries";

/** Supervisors whose wrong tries are remembered; beyond, the one tried longest ago is forgotten. */
export const SUPERVISORS_TRIED_MAX = 100;

/** Wrong tries by supervisor. */
const checker = checkerOf(Type.Record(Type.String(), Type.Integer({ minimum: 1 })));

export interface SupervisorChecks {
  /** Why the PIN is not accepted; null when it is. Computed beside the event loop, one at a time. */
  faultOf(supervisor: CatalogueSupervisor, pin: string): Promise<Fault | null>;
}

/** Where the counts are kept: the part of `LastGood` that is needed. */
export type KeptTries = Pick<LastGood, "read" | "write">;

interface Tries {
  wrong: number;
  /** Until when the supervisor is locked, by the clock of `nowMs`. */
  lockedUntilMs: number;
}

/** Begins with the counts that are kept. `nowMs` is monotonic. */
export function supervisorChecksOf(
  limits: Pick<TerminalLimits, "pinTriesMax" | "pinLockedMs" | "pinLockedMsMax">,
  { kept, log, nowMs = () => performance.now() }: { kept: KeptTries; log: Logger; nowMs?: () => number },
): SupervisorChecks {
  const lockedUntilMs = (wrong: number): number => {
    const beyond = wrong - limits.pinTriesMax;
    return beyond < 0 ? 0 : nowMs() + Math.min(limits.pinLockedMsMax, limits.pinLockedMs * 2 ** beyond);
  };
  const earlier = checker.check(kept.read(DOCUMENT)?.value);
  const tried = new Map<string, Tries>(
    Object.entries(earlier.ok ? earlier.value : {}).map(([id, wrong]) => [
      id,
      { wrong, lockedUntilMs: lockedUntilMs(wrong) },
    ]),
  );
  // No more than there are requests at a time.
  const underWay = new Map<string, Promise<Fault | null>>();
  let turn: Promise<unknown> = Promise.resolve();

  const keep = (): void => {
    const value = Object.fromEntries([...tried].map(([id, { wrong }]) => [id, wrong]));
    try {
      kept.write(DOCUMENT, { value, etag: null });
    } catch (error) {
      // A full disk must not keep a waste bank from working; the count in memory holds until the restart.
      log.error({ err: error }, "wrong PINs could not be counted on disk");
    }
  };

  const count = (id: string): Tries => {
    const wrong = (tried.get(id)?.wrong ?? 0) + 1;
    const tries = { wrong, lockedUntilMs: lockedUntilMs(wrong) };
    // Set again, so that the map stays in the order of the tries.
    tried.delete(id);
    tried.set(id, tries);
    const [oldest] = tried.keys();
    if (tried.size > SUPERVISORS_TRIED_MAX && oldest !== undefined) tried.delete(oldest);
    keep();
    return tries;
  };

  const check = async ({ id, pin_hash }: CatalogueSupervisor, pin: string): Promise<Fault | null> => {
    const lockedMs = (tried.get(id)?.lockedUntilMs ?? 0) - nowMs();
    if (lockedMs > 0) return lockedFault(lockedMs);
    const tries = count(id);
    // One after another: each takes 16 MiB and a thread that reading the ports needs as well.
    const checked = turn.then(() => isPin(pin, pin_hash));
    turn = checked.catch(() => undefined);
    if (await checked) {
      tried.delete(id);
      keep();
      return null;
    }
    log.warn({ supervisor: id, wrong: tries.wrong }, "wrong PIN of a supervisor");
    const left = limits.pinTriesMax - tries.wrong;
    return {
      code: "wrong_pin",
      detail: left > 0 ? `masih ${left} kali: ${left} tries left` : "terkunci: locked for a while now",
    };
  };

  return {
    async faultOf(supervisor, pin) {
      const guess = JSON.stringify([supervisor.id, supervisor.pin_hash, pin]);
      const twin = underWay.get(guess);
      if (twin !== undefined) return await twin;
      const checking = check(supervisor, pin).finally(() => underWay.delete(guess));
      underWay.set(guess, checking);
      return await checking;
    },
  };
}

function lockedFault(lockedMs: number): Fault {
  const seconds = Math.ceil(lockedMs / 1000);
  return {
    code: "supervisor_locked",
    detail: `coba lagi dalam ${seconds} detik: try again in ${seconds} seconds`,
    retryAfterS: seconds,
  };
}
