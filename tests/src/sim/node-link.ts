/** A node on the wire: connects, and again after every loss; says how it is; sends its two streams. */
import { Ack } from "@jumpa-madu/contracts/ack";
import { STREAMS, type Stream } from "@jumpa-madu/contracts/envelope";
import { newOutboxEpoch } from "@jumpa-madu/contracts/ids";
import type { Status } from "@jumpa-madu/contracts/status";
import { type Channel, topicOf } from "@jumpa-madu/contracts/topics";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import type { ConnectTurns } from "./connect-turns.ts";
import { type BrokerAddress, MqttConnection } from "./mqtt-connection.ts";
import { StreamSender } from "./stream-sender.ts";
import type { TimerWheel, Wait } from "./timer-wheel.ts";

/** What the status calls the version of a simulated node. */
const VERSION = "sim";

/** Envelopes of readings in flight until ingest asks for more or fewer, as the edge has. */
const READINGS_WINDOW = 8;

/** Wait before the next attempt to connect: doubled from try to try, ±25 %, in milliseconds. */
const RECONNECT_MS = { first: 1_000, longest: 60_000 };

/** A connection that held this long was a good one: the waits begin anew after it, in milliseconds. */
const STEADY_MS = 30_000;

const ackChecker = checkerOf(Ack);

/** What all nodes of a fleet share. */
export interface NodeLinkParts {
  address: BrokerAddress;
  shard: string;
  wheel: TimerWheel;
  turns: ConnectTurns;
  batchItems: number;
  itemsHeldMax: number;
  /** Time between two statuses in milliseconds, ±25 %; 0: only on connecting. */
  statusEveryMs: number;
  /** An envelope is acknowledged, this long after it was first published. */
  onAcknowledged: (stream: Stream, items: number, latencyMs: number) => void;
  /** A connection was lost or an attempt failed. */
  onLost: (reason: string) => void;
}

/** A node from `start` to `leave`. */
export class NodeLink {
  readonly id: string;
  readonly #secret: string;
  readonly #parts: NodeLinkParts;
  readonly #senders: Record<Stream, StreamSender>;
  #connection: MqttConnection | null = null;
  #upSinceMs: number | null = null;
  #failures = 0;
  #isLeaving = false;
  #takeBackTurn: () => void = () => undefined;
  #retry: Wait | undefined;
  #statusDue: Wait | undefined;

  constructor({ id, secret }: { id: string; secret: string }, parts: NodeLinkParts) {
    this.id = id;
    this.#secret = secret;
    this.#parts = parts;
    const epoch = newOutboxEpoch();
    const sender = (stream: Stream, window: number, batchItems: number) =>
      new StreamSender({
        stream,
        epoch,
        window,
        batchItems,
        itemsHeldMax: parts.itemsHeldMax,
        wheel: parts.wheel,
        send: (envelope) => this.#connection?.publish(this.#topic(stream), envelope) ?? false,
        onAcknowledged: (items, latencyMs) => parts.onAcknowledged(stream, items, latencyMs),
      });
    this.#senders = {
      readings: sender("readings", READINGS_WINDOW, parts.batchItems),
      records: sender("records", 1, 1),
    };
  }

  /** True while the subscriptions are granted. */
  get isUp(): boolean {
    return this.#upSinceMs !== null;
  }

  /** True when another envelope of readings would be sent at once. */
  get hasRoom(): boolean {
    return this.#senders.readings.hasRoom;
  }

  /** Readings and records that are not acknowledged. */
  get unacknowledged(): number {
    return this.#senders.readings.unacknowledged + this.#senders.records.unacknowledged;
  }

  /** Connects when it is its turn. */
  start(): void {
    this.#takeBackTurn = this.#parts.turns.ask(() => this.#connect());
  }

  /** Takes a reading or record as JSON. */
  add(stream: Stream, item: string): void {
    this.#senders[stream].add(item);
  }

  /** Sends what is gathered although it is no full batch. */
  flush(): void {
    for (const stream of STREAMS) this.#senders[stream].flush();
  }

  /** Says farewell and does not come back. */
  leave(): void {
    this.#isLeaving = true;
    this.#takeBackTurn();
    this.#parts.wheel.cancel(this.#retry);
    this.#connection?.publish(this.#topic("status"), this.#status(false), true);
    this.#connection?.leave();
  }

  /** Drops the connection as a dead network would, so that the broker publishes the will. */
  cut(): void {
    this.#connection?.end("cut");
  }

  #connect(): void {
    const { address, wheel, onLost } = this.#parts;
    this.#connection = new MqttConnection({
      address,
      clientId: this.id,
      secret: this.#secret,
      will: { topic: this.#topic("status"), payload: this.#status(false) },
      filters: [this.#topic("ack"), this.#topic("config")],
      wheel,
      onUp: () => this.#up(),
      onDown: (reason) => {
        this.#down();
        if (this.#isLeaving) return;
        onLost(reason);
        this.#retry = wheel.after(this.#reconnectMs(), () => this.start());
      },
      onMessage: (topic, payload) => this.#take(topic, payload),
      onDrain: () => {
        for (const stream of STREAMS) this.#senders[stream].pump();
      },
    });
  }

  #up(): void {
    this.#upSinceMs = performance.now();
    this.#tellStatus();
    for (const stream of STREAMS) this.#senders[stream].connected();
  }

  #down(): void {
    const upMs = this.#upSinceMs === null ? 0 : performance.now() - this.#upSinceMs;
    if (upMs >= STEADY_MS) this.#failures = 0;
    this.#connection = null;
    this.#upSinceMs = null;
    this.#parts.wheel.cancel(this.#statusDue);
    for (const stream of STREAMS) this.#senders[stream].disconnected();
  }

  #take(topic: string, payload: Buffer): void {
    // Its configuration says what hangs on serial ports, of which a simulated node has none.
    if (topic !== this.#topic("ack")) return;
    const ack = parseAck(payload);
    if (ack !== null) this.#senders[ack.stream].acknowledged(ack);
  }

  #tellStatus(): void {
    const { statusEveryMs, wheel } = this.#parts;
    this.#connection?.publish(this.#topic("status"), this.#status(true), true);
    if (statusEveryMs > 0) this.#statusDue = wheel.after(spread(statusEveryMs), () => this.#tellStatus());
  }

  #status(online: boolean): string {
    const { readings, records } = this.#senders;
    const status: Status = {
      online,
      version: VERSION,
      outbox: { readings: readings.held, records: records.held },
      clock_ms: Date.now(),
    };
    return JSON.stringify(status);
  }

  #reconnectMs(): number {
    const waitMs = Math.min(RECONNECT_MS.longest, RECONNECT_MS.first * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return spread(waitMs);
  }

  #topic(channel: Channel): string {
    return topicOf({ shard: this.#parts.shard, node: this.id, channel });
  }
}

function parseAck(payload: Buffer): Ack | null {
  try {
    const value: unknown = JSON.parse(payload.toString());
    return ackChecker.fits(value) ? value : null;
  } catch {
    return null;
  }
}

/** A wait ±25 %, so that a fleet does not act as one. */
function spread(waitMs: number): number {
  return waitMs * (0.75 + 0.5 * Math.random());
}
