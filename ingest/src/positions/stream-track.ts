/**
 * Track of one stream of one outbox: which numbers are settled here, whatever the order in which they came.
 *
 * A number is settled when its reading is stored, in quarantine, declared as thinned out, or a gap. `upto` is the
 * highest number below which all are settled; spans beyond it wait until what lies between arrives. Pure: no I/O.
 */
import type { StreamKey } from "@jumpa-madu/store/stream-positions";

/**
 * Spans beyond `upto`, claimed or settled, that one track holds. A node has at most 32 envelopes in flight. At the limit
 * an envelope that does not follow on `upto` is not taken; the node sends it again.
 */
export const SPANS_MAX = 64;

/** Numbers `from` to `last`, both included. */
export interface Span {
  from: number;
  last: number;
}

/** A settled span, with how many of its numbers were thinned out and whether it never arrived. */
interface Settled extends Span {
  thinned: number;
}

/** What to do with an envelope: nothing (all of it is settled), not take it, or take its numbers from `from` on. */
export type Arrival = { kind: "known" } | { kind: "refused" } | { kind: "claimed"; from: number };

/** What is to be made durable before `upto` is acknowledged. */
export interface Snapshot {
  upto: number;
  thinned: number;
  gaps: Span[];
}

export class StreamTrack {
  readonly key: StreamKey;
  #upto: number;
  #durableUpto: number;
  #thinned: number;
  /** Settled, beyond `upto`, in order, apart from each other. */
  #beyond: Settled[] = [];
  /** Being worked on. */
  readonly #claims: Span[] = [];
  /** Numbers that will never arrive and are not durable yet as such, in order. */
  #gaps: Span[] = [];

  constructor(key: StreamKey, position: { upto: number; thinned: number }) {
    this.key = key;
    this.#upto = position.upto;
    this.#durableUpto = position.upto;
    this.#thinned = position.thinned;
  }

  get upto(): number {
    return this.#upto;
  }

  /** Numbers up to `upto` that were thinned out, in all. */
  get thinned(): number {
    return this.#thinned;
  }

  /** What may be acknowledged. */
  get durableUpto(): number {
    return this.#durableUpto;
  }

  /** True when nothing would be lost by forgetting the track and reading it again. */
  get isIdle(): boolean {
    return this.#claims.length === 0 && this.#upto === this.#durableUpto;
  }

  /** Claims the numbers of an envelope that are not settled. Numbers below `floor` that are neither settled nor claimed become a gap. */
  arrive({ first, last, floor }: { first: number; last: number; floor: number }): Arrival {
    if (last <= this.#upto) return { kind: "known" };
    this.#noteGaps(floor - 1);
    this.#advance();
    const isSettled = this.#beyond.some((span) => span.from <= first && last <= span.last);
    if (isSettled || last <= this.#upto) return { kind: "known" };
    const isAhead = first > this.#upto + 1;
    if (isAhead && this.#beyond.length + this.#claims.length >= SPANS_MAX) return { kind: "refused" };
    const from = Math.max(first, this.#upto + 1);
    this.#claims.push({ from, last });
    return { kind: "claimed", from };
  }

  /** Settles a claim. */
  settle(from: number, last: number, thinned: number): void {
    this.#dropClaim(from, last);
    this.#insert({ from, last, thinned });
    this.#advance();
  }

  /** Gives up a claim without settling it. */
  release(from: number, last: number): void {
    this.#dropClaim(from, last);
  }

  /** Moves a track whose numbers come strictly in order to a position that is durable. */
  moveTo(upto: number, thinned: number): void {
    this.#upto = upto;
    this.#durableUpto = upto;
    this.#thinned = thinned;
  }

  /** What is to be made durable now. */
  snapshot(): Snapshot {
    const upto = this.#upto;
    return { upto, thinned: this.#thinned, gaps: this.#gaps.filter((gap) => gap.last <= upto) };
  }

  /** Notes that a snapshot is durable. */
  confirm(snapshot: Snapshot): void {
    this.#durableUpto = snapshot.upto;
    this.#gaps = this.#gaps.filter((gap) => gap.last > snapshot.upto);
  }

  #dropClaim(from: number, last: number): void {
    const index = this.#claims.findIndex((claim) => claim.from === from && claim.last === last);
    if (index >= 0) this.#claims.splice(index, 1);
  }

  #noteGaps(last: number): void {
    let from = this.#upto + 1;
    if (from > last) return;
    const taken = [...this.#beyond, ...this.#claims].sort((a, b) => a.from - b.from);
    for (const span of taken) {
      if (span.from > last) break;
      if (span.from > from) this.#noteGap({ from, last: span.from - 1 });
      from = Math.max(from, span.last + 1);
    }
    if (from <= last) this.#noteGap({ from, last });
  }

  #noteGap(gap: Span): void {
    this.#gaps.push(gap);
    this.#insert({ ...gap, thinned: 0 });
  }

  /** Inserts a span in order and joins it with those that it touches. */
  #insert(span: Settled): void {
    if (this.#beyond.some((other) => other.from <= span.from && span.last <= other.last)) return;
    const before = this.#beyond.filter((other) => other.last < span.from - 1);
    const after = this.#beyond.filter((other) => other.from > span.last + 1);
    const joined = this.#beyond.slice(before.length, this.#beyond.length - after.length).reduce(
      (sum, other) => ({
        from: Math.min(sum.from, other.from),
        last: Math.max(sum.last, other.last),
        thinned: sum.thinned + other.thinned,
      }),
      span,
    );
    this.#beyond = [...before, joined, ...after];
  }

  #advance(): void {
    const [next] = this.#beyond;
    if (next === undefined || next.from > this.#upto + 1) return;
    this.#beyond.shift();
    this.#upto = Math.max(this.#upto, next.last);
    this.#thinned += next.thinned;
    this.#advance();
  }
}
