/**
 * One stream of a simulated outbox, as the edge sends it: numbered from 1 under one epoch, at most a window of envelopes
 * in flight, everything unacknowledged again after a timeout and after every reconnect, forgotten only when ingest
 * acknowledges it. Held in memory: a simulated node does not survive its process.
 */
import { type Ack, WINDOW_MAX } from "@jumpa-madu/contracts/ack";
import { ENVELOPE_BYTES_MAX, ENVELOPE_ITEMS_MAX, type Stream } from "@jumpa-madu/contracts/envelope";
import type { TimerWheel, Wait } from "./timer-wheel.ts";

/** First and longest wait for an acknowledgement, in milliseconds, ±25 %. */
const RESEND_MS = { first: 10_000, longest: 120_000, spread: 0.25 };

/** Bytes of an envelope that are not items. */
const ENVELOPE_FRAME_BYTES = 128;

/** What a stream needs of its node. */
export interface StreamSenderOptions {
  stream: Stream;
  epoch: string;
  /** Envelopes in flight at first. Records have 1 for good: a void must not overtake its deposit. */
  window: number;
  /** Items that are gathered for one envelope, 1 to 500. */
  batchItems: number;
  /** Items that may be held. Beyond, a new one is refused and counts as never acknowledged. */
  itemsHeldMax: number;
  /** Publishes an envelope; false when there is no connection or its socket is full. */
  send: (envelope: string) => boolean;
  wheel: TimerWheel;
  /** Told of each envelope when all of it is acknowledged, with the time since it was first published. */
  onAcknowledged: (items: number, latencyMs: number) => void;
}

interface Envelope {
  first: number;
  last: number;
  /** The items as JSON, joined by commas. */
  body: string;
  firstSentMs: number | null;
}

/** A stream of a node. */
export class StreamSender {
  readonly #options: StreamSenderOptions;
  /** Full envelopes that are not acknowledged, in order; the first `#inFlight` of them are sent. */
  #envelopes: Envelope[] = [];
  #inFlight = 0;
  #gathered: string[] = [];
  #gatheredBytes = 0;
  #next = 1;
  #refused = 0;
  #windowNow: number;
  #attempt = 0;
  #isConnected = false;
  #resend: Wait | undefined;

  constructor(options: StreamSenderOptions) {
    if (options.batchItems < 1 || options.batchItems > ENVELOPE_ITEMS_MAX) {
      throw new RangeError(`an envelope has 1 to ${ENVELOPE_ITEMS_MAX} items, not ${options.batchItems}`);
    }
    this.#options = options;
    this.#windowNow = options.window;
  }

  /** Items that are not acknowledged, with those that were refused. */
  get unacknowledged(): number {
    return this.held + this.#refused;
  }

  /** Items that are kept to be sent or sent again. */
  get held(): number {
    const first = this.#envelopes[0]?.first ?? this.#next - this.#gathered.length;
    return this.#next - first;
  }

  /** True when another envelope would be sent at once. */
  get hasRoom(): boolean {
    return this.#isConnected && this.#envelopes.length < this.#windowNow;
  }

  /** Takes an item as JSON; false when the stream is full. Sends as soon as a batch is together. */
  add(item: string): boolean {
    if (this.held >= this.#options.itemsHeldMax) {
      this.#refused++;
      return false;
    }
    const bytes = Buffer.byteLength(item) + 1;
    if (this.#gatheredBytes + bytes > ENVELOPE_BYTES_MAX - ENVELOPE_FRAME_BYTES) this.flush();
    this.#gathered.push(item);
    this.#gatheredBytes += bytes;
    this.#next++;
    if (this.#gathered.length >= this.#options.batchItems) this.flush();
    return true;
  }

  /** Sends what is gathered although it is no full batch. */
  flush(): void {
    if (this.#gathered.length === 0) return;
    const last = this.#next - 1;
    const first = this.#next - this.#gathered.length;
    this.#envelopes.push({ first, last, body: this.#gathered.join(","), firstSentMs: null });
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.pump();
  }

  /** There is a connection: everything unacknowledged is sent. */
  connected(): void {
    this.#isConnected = true;
    this.#attempt = 0;
    this.#goBack();
  }

  /** There is none any more. */
  disconnected(): void {
    this.#isConnected = false;
    this.#inFlight = 0;
    this.#stopWaiting();
  }

  /** Takes an acknowledgement; one of another stream, epoch or number than was sent changes nothing. */
  acknowledged(ack: Ack): void {
    const { stream, epoch } = this.#options;
    if (ack.stream !== stream || ack.epoch !== epoch || ack.upto >= this.#next) return;
    if (ack.window !== undefined && stream === "readings") this.#windowNow = Math.min(ack.window, WINDOW_MAX);
    let done = 0;
    for (const envelope of this.#envelopes) {
      if (envelope.last > ack.upto) break;
      done++;
      const latencyMs = envelope.firstSentMs === null ? 0 : performance.now() - envelope.firstSentMs;
      this.#options.onAcknowledged(envelope.last - envelope.first + 1, latencyMs);
    }
    if (done > 0) {
      this.#envelopes.splice(0, done);
      this.#inFlight = Math.max(0, this.#inFlight - done);
      this.#attempt = 0;
      this.#stopWaiting();
    }
    this.pump();
  }

  /** Sends as much as the window allows. */
  pump(): void {
    const { send, wheel } = this.#options;
    while (this.#isConnected && this.#inFlight < this.#windowNow) {
      const envelope = this.#envelopes[this.#inFlight];
      if (envelope === undefined || !send(this.#wordsOf(envelope))) break;
      envelope.firstSentMs ??= performance.now();
      this.#inFlight++;
    }
    if (this.#inFlight > 0) this.#resend ??= wheel.after(this.#resendMs(), () => this.#sendAgain());
  }

  #sendAgain(): void {
    this.#attempt++;
    this.#goBack();
  }

  #goBack(): void {
    this.#stopWaiting();
    this.#inFlight = 0;
    this.pump();
  }

  #stopWaiting(): void {
    this.#options.wheel.cancel(this.#resend);
    this.#resend = undefined;
  }

  #resendMs(): number {
    const { first, longest, spread } = RESEND_MS;
    const waitMs = Math.min(longest, first * 2 ** Math.min(this.#attempt, 30));
    return waitMs * (1 - spread + 2 * spread * Math.random());
  }

  #wordsOf({ first, body }: Envelope): string {
    const floor = this.#envelopes[0]?.first ?? first;
    return `{"epoch":"${this.#options.epoch}","first":${first},"floor":${floor},"items":[${body}]}`;
  }
}
