/** The book of one provider: its float, every payout, and the money that has really left. */
import { createHash } from "node:crypto";
import type { FailureCode, Fate } from "../destinations.ts";
import type { Durations } from "../durations.ts";
import type { ProviderName } from "../provider-name.ts";
import { SimError } from "../sim-error.ts";
import type { BookEvent, Created, Moved } from "./book-event.ts";
import {
  isHeld,
  mayGo,
  nextStep,
  type Payout,
  type PayoutRequest,
  type Status,
  type Step,
} from "./payout.ts";

/** Most payouts of one book; a request for more is answered as by a provider that is down. */
export const BOOK_PAYOUTS_MAX = 1_000_000;

/** Money that went out of the float to a destination, or came back from it. */
export interface Movement {
  payout: string;
  kind: "paid" | "returned";
  amountIdr: number;
  atMs: number;
}

/** The book as a test compares it; all amounts are whole rupiah. */
export interface BookView {
  toppedUpIdr: number;
  /** What is there, held or not: topped up less what has left and fees. */
  balanceIdr: number;
  /** Part of the balance that is kept for payouts under way. */
  heldIdr: number;
  /** Paid less returned. */
  moneyLeftIdr: number;
  feesIdr: number;
  payouts: Payout[];
  movements: Movement[];
}

/** A key that has come before: with the same body, or with another. */
export type KeyState = { kind: "replay"; payout: Payout } | { kind: "key-conflict" };

/** Outcome of a request to pay. */
export type Creation =
  | KeyState
  | { kind: "created"; payout: Payout }
  | { kind: "insufficient" }
  | { kind: "full" };

export interface BookOptions {
  provider: ProviderName;
  seed: number;
  feeIdr: number;
  durations: Durations;
  /** `true`: a payout that the float cannot bear is refused; `false`: it is accepted and fails. */
  refusesInsufficient: boolean;
  payoutsMax: number;
  /** Keeps an event before it counts. Throws when it cannot. */
  keep: (event: BookEvent) => void;
  /** Hears of each move right after it, but not of those that are replayed. */
  onMoved: (payout: Payout) => void;
}

/** One provider's book. It changes by events alone. */
export class Book {
  readonly #options: BookOptions;
  readonly #byId = new Map<string, Payout>();
  readonly #byKey = new Map<string, Payout>();
  /** Payouts that time still moves, with their next step. */
  readonly #open = new Map<Payout, DueStep>();
  readonly #movements: Movement[] = [];
  #toppedUpIdr = 0;
  #heldIdr = 0;
  #movedIdr = 0;
  #feesIdr = 0;

  constructor(options: BookOptions) {
    this.#options = options;
  }

  get balanceIdr(): number {
    return this.#toppedUpIdr - this.#movedIdr - this.#feesIdr;
  }

  /** What a new payout may take. */
  get availableIdr(): number {
    return this.balanceIdr - this.#heldIdr;
  }

  topUp(amountIdr: number, nowMs: number): void {
    this.#happen({ kind: "topped-up", provider: this.#options.provider, amountIdr, atMs: nowMs });
  }

  /** What is known of a key: the payout that it stands for, or that it was used with another body. Null when it is free. */
  keyState(key: string, bodyHash: string): KeyState | null {
    const payout = this.#byKey.get(key);
    if (!payout) return null;
    return payout.bodyHash === bodyHash ? { kind: "replay", payout } : { kind: "key-conflict" };
  }

  /** Accepts a payout once for its key. No lookup finds it within `lagMs`. */
  create(
    request: PayoutRequest,
    { fate, nowMs, lagMs }: { fate: Fate; nowMs: number; lagMs: number },
  ): Creation {
    const known = this.keyState(request.key, request.bodyHash);
    if (known) return known;
    if (this.#byId.size >= this.#options.payoutsMax) return { kind: "full" };
    const { provider, feeIdr } = this.#options;
    const isShort = fate === "INSUFFICIENT_BALANCE" || request.amountIdr + feeIdr > this.availableIdr;
    if (isShort && this.#options.refusesInsufficient) return { kind: "insufficient" };
    const event: Created = {
      kind: "created",
      provider,
      id: this.#newId(),
      request,
      fate: isShort ? "INSUFFICIENT_BALANCE" : fate,
      feeIdr,
      atMs: nowMs,
      visibleFromMs: nowMs + lagMs,
    };
    this.#happen(event);
    return { kind: "created", payout: this.#payout(event.id) };
  }

  /** Takes all steps that time has brought, in order. Returns them. */
  settle(nowMs: number): Moved[] {
    const taken: Moved[] = [];
    const due = [...this.#open.values()].filter(({ dueMs }) => dueMs <= nowMs).sort(isEarlier);
    for (let step = due.shift(); step !== undefined; step = due.shift()) {
      const { payout, status, failureCode, dueMs } = step;
      const event: Moved = {
        kind: "moved",
        provider: payout.provider,
        id: payout.id,
        status,
        failureCode,
        atMs: dueMs,
      };
      this.#happen(event);
      taken.push(event);
      // The next step of this payout may come before those of others.
      const next = this.#open.get(payout);
      if (next !== undefined && next.dueMs <= nowMs) due.splice(placeOf(next, due), 0, next);
    }
    return taken;
  }

  /** When time brings the next step, or null. */
  nextDueMs(): number | null {
    let next: number | null = null;
    for (const { dueMs } of this.#open.values()) if (next === null || dueMs < next) next = dueMs;
    return next;
  }

  /** Moves a payout off its way. Null when it may not go there from where it stands. */
  move(to: { id: string; status: Status; failureCode: FailureCode | null }, nowMs: number): Moved | null {
    const payout = this.#payout(to.id);
    if (!mayGo(payout.status, to.status)) return null;
    // Nothing is held for it, so paying it could overdraw the float.
    if (to.status === "SUCCEEDED" && payout.fate === "INSUFFICIENT_BALANCE") return null;
    const event: Moved = { kind: "moved", provider: payout.provider, ...to, atMs: nowMs };
    this.#happen(event);
    return event;
  }

  /** Finds a payout however late lookups are. */
  find(id: string): Payout | undefined {
    return this.#byId.get(id);
  }

  /** Finds a payout as a lookup does. */
  lookUp(id: string, nowMs: number): Payout | undefined {
    return visible(this.#byId.get(id), nowMs);
  }

  lookUpKey(key: string, nowMs: number): Payout | undefined {
    return visible(this.#byKey.get(key), nowMs);
  }

  /** All that a lookup finds, the newest first. */
  list(nowMs: number): Payout[] {
    return [...this.#byId.values()].filter((payout) => visible(payout, nowMs)).reverse();
  }

  view(): BookView {
    return {
      toppedUpIdr: this.#toppedUpIdr,
      balanceIdr: this.balanceIdr,
      heldIdr: this.#heldIdr,
      moneyLeftIdr: this.#movedIdr,
      feesIdr: this.#feesIdr,
      payouts: structuredClone([...this.#byId.values()]),
      movements: structuredClone(this.#movements),
    };
  }

  /** Counts an event that was kept before. Throws SimError STATE_UNREADABLE when it cannot have happened. */
  replay(event: BookEvent): void {
    if (event.kind === "topped-up") this.#toppedUpIdr += event.amountIdr;
    else if (event.kind === "created") this.#applyCreated(event);
    else this.#applyMoved(event);
  }

  #happen(event: BookEvent): void {
    this.#options.keep(event);
    this.replay(event);
    if (event.kind === "moved") this.#options.onMoved(this.#payout(event.id));
  }

  #applyCreated({ provider, id, request, fate, feeIdr, atMs, visibleFromMs }: Created): void {
    if (this.#byId.has(id) || this.#byKey.has(request.key))
      throw new SimError("STATE_UNREADABLE", `payout ${id} was created twice`);
    const payout: Payout = {
      ...request,
      provider,
      id,
      sequence: this.#byId.size + 1,
      fate,
      feeIdr,
      createdMs: atMs,
      visibleFromMs,
      status: "ACCEPTED",
      failureCode: null,
      updatedMs: atMs,
      history: [{ status: "ACCEPTED", atMs }],
    };
    this.#byId.set(id, payout);
    this.#byKey.set(request.key, payout);
    this.#heldIdr += heldFor(payout);
    this.#keepOpen(payout);
  }

  #applyMoved({ id, status, failureCode, atMs }: Moved): void {
    const payout = this.#byId.get(id);
    if (!payout || !mayGo(payout.status, status))
      throw new SimError("STATE_UNREADABLE", `payout ${id} cannot have become ${status}`);
    this.#heldIdr -= heldFor(payout);
    payout.status = status;
    payout.failureCode = failureCode;
    payout.updatedMs = atMs;
    payout.history.push({ status, atMs });
    this.#heldIdr += heldFor(payout);
    if (status === "SUCCEEDED") {
      this.#movements.push({ payout: id, kind: "paid", amountIdr: payout.amountIdr, atMs });
      this.#movedIdr += payout.amountIdr;
      this.#feesIdr += payout.feeIdr;
    }
    if (status === "REVERSED") {
      this.#movements.push({ payout: id, kind: "returned", amountIdr: payout.amountIdr, atMs });
      this.#movedIdr -= payout.amountIdr;
    }
    this.#keepOpen(payout);
  }

  #keepOpen(payout: Payout): void {
    const step = nextStep(payout, this.#options.durations);
    if (step === null) this.#open.delete(payout);
    else this.#open.set(payout, { payout, ...step });
  }

  #payout(id: string): Payout {
    const payout = this.#byId.get(id);
    if (!payout) throw new SimError("UNKNOWN", `there is no payout ${id}`);
    return payout;
  }

  /** From the seed and the sequence, so that a book that was read again draws no id twice. */
  #newId(): string {
    const sequence = this.#byId.size + 1;
    // Millions apart, so that simulators of two seeds never give the same id.
    if (this.#options.provider === "flip")
      return String((79 + (this.#options.seed % 1_000_000)) * 1_000_000 + sequence);
    const hex = createHash("sha256").update(`${this.#options.seed}:${sequence}`).digest("hex");
    const variant = ((Number.parseInt(hex.slice(15, 16), 16) & 3) | 8).toString(16);
    return `disb-${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-${variant}${hex.slice(16, 19)}-${hex.slice(19, 31)}`;
  }
}

/** The step that a payout takes at `dueMs`. */
type DueStep = Step & { payout: Payout; dueMs: number };

function isEarlier(a: DueStep, b: DueStep): number {
  return a.dueMs - b.dueMs || a.payout.sequence - b.payout.sequence;
}

/** Where a step belongs among those that are sorted. */
function placeOf(step: DueStep, sorted: readonly DueStep[]): number {
  const place = sorted.findIndex((other) => isEarlier(step, other) < 0);
  return place === -1 ? sorted.length : place;
}

/** What the float keeps for the payout. One that the float could not bear keeps nothing: it will fail. */
function heldFor({ status, fate, amountIdr, feeIdr }: Payout): number {
  return isHeld(status) && fate !== "INSUFFICIENT_BALANCE" ? amountIdr + feeIdr : 0;
}

function visible(payout: Payout | undefined, nowMs: number): Payout | undefined {
  return payout !== undefined && payout.visibleFromMs <= nowMs ? payout : undefined;
}
