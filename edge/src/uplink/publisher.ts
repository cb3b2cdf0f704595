/**
 * Publisher of one stream: sends what the outbox holds, in order, and forgets only what ingest has acknowledged.
 *
 * At most `window` envelopes are in flight. Without an acknowledgement in time, and after every reconnect, all that is
 * unacknowledged is sent again from the first (go-back-N), after ever longer waits. The broker's PUBACK plays no part:
 * Aedes sends it before it has routed a message.
 */
import type { Ack } from "@jumpa-madu/contracts/ack";
import { ENVELOPE_BYTES_MAX, ENVELOPE_ITEMS_MAX, type Stream } from "@jumpa-madu/contracts/envelope";
import type { Logger } from "pino";
import { type Backoff, backoffMs } from "../backoff.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { Batch } from "../outbox/stream-table.ts";

/** Bytes of an envelope that are not items: names, epoch and two numbers of 16 digits. */
const ENVELOPE_FRAME_BYTES = 128;

export interface PublisherParts {
  stream: Stream;
  outbox: Outbox;
  /** Envelopes in flight at first. Records must have 1: a void must not overtake its deposit. */
  window: number;
  resend: Backoff;
  /** Sends an envelope; false when there is no connection, which `disconnected` will tell too. */
  send: (envelope: string) => boolean;
  log: Logger;
}

export interface Publisher {
  /** Told that there is a connection: everything unacknowledged is sent. */
  connected(): void;
  /** Told that there is none any more. */
  disconnected(): void;
  /** Told that the outbox has something new. */
  wake(): void;
  /** Takes an acknowledgement of this stream. One of another epoch, or beyond what was sent, changes nothing. */
  acknowledged(ack: Ack): void;
}

/** Makes the publisher of one stream; it starts with `connected`. */
export function publisherOf({ stream, outbox, window, resend, send, log }: PublisherParts): Publisher {
  /** Last numbers of the envelopes in flight, in order. */
  let inFlight: number[] = [];
  let windowNow = window;
  let next = outbox.floor(stream);
  /** Highest number ever sent: an acknowledgement beyond it cannot be for us. */
  let sentLast = next - 1;
  let isConnected = false;
  let attempt = 0;
  let resendTimer: NodeJS.Timeout | undefined;

  const pump = (): void => {
    while (isConnected && inFlight.length < windowNow) {
      const batch = outbox.batch(stream, next, {
        itemsMax: ENVELOPE_ITEMS_MAX,
        bytesMax: ENVELOPE_BYTES_MAX - ENVELOPE_FRAME_BYTES,
      });
      if (batch === null || !send(envelopeOf(outbox, stream, batch))) break;
      next = batch.first + batch.items.length;
      sentLast = Math.max(sentLast, next - 1);
      inFlight.push(next - 1);
    }
    if (inFlight.length > 0) resendTimer ??= setTimeout(sendAgain, backoffMs(resend, attempt));
  };

  const stopTimer = (): void => {
    clearTimeout(resendTimer);
    resendTimer = undefined;
  };

  const goBack = (): void => {
    stopTimer();
    inFlight = [];
    next = outbox.floor(stream);
    pump();
  };

  const sendAgain = (): void => {
    attempt += 1;
    log.warn(
      { stream, first: outbox.floor(stream), inFlight: inFlight.length, attempt },
      "no acknowledgement",
    );
    goBack();
  };

  return {
    connected() {
      isConnected = true;
      attempt = 0;
      goBack();
    },
    disconnected() {
      isConnected = false;
      stopTimer();
      inFlight = [];
    },
    wake: pump,
    acknowledged(ack) {
      if (ack.epoch !== outbox.epoch || ack.upto > sentLast) {
        log.warn({ stream, ack, epoch: outbox.epoch, sentLast }, "acknowledgement of what was not sent");
        return;
      }
      if (ack.window !== undefined && stream === "readings") windowNow = ack.window;
      if (ack.upto >= outbox.floor(stream)) {
        if (!outbox.acknowledge(stream, ack.upto)) {
          log.error({ stream, upto: ack.upto }, "disk too full to forget what is acknowledged");
          return;
        }
        attempt = 0;
        stopTimer();
        inFlight = inFlight.filter((last) => last > ack.upto);
        next = Math.max(next, ack.upto + 1);
      }
      pump();
    },
  };
}

function envelopeOf(outbox: Outbox, stream: Stream, { first, items }: Batch): string {
  return `{"epoch":"${outbox.epoch}","first":${first},"floor":${outbox.floor(stream)},"items":[${items.join(",")}]}`;
}
