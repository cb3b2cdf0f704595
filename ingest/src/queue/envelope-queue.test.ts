import { describe, expect, test } from "vitest";
import { received } from "../testing/test-envelope.ts";
import { EnvelopeQueue } from "./envelope-queue.ts";

describe("EnvelopeQueue", () => {
  test("gives envelopes in order of arrival and holds them until they are released", () => {
    const queue = new EnvelopeQueue({ bytesMax: 1_000, envelopesMax: 10 });
    const [one, two] = [received({ first: 1 }), received({ first: 2 })];
    queue.offer(one);
    queue.offer(two);
    expect(queue.take()).toBe(one);
    expect([queue.bytes, queue.envelopes]).toEqual([200, 2]);
    queue.release(one);
    expect([queue.bytes, queue.envelopes]).toEqual([100, 1]);
  });

  test("takes the same numbers only once, while they wait and while they are under way", () => {
    const queue = new EnvelopeQueue({ bytesMax: 1_000, envelopesMax: 10 });
    const envelope = received();
    queue.offer(envelope);
    expect(queue.offer(received())).toBe("duplicate");
    queue.take();
    expect(queue.offer(received())).toBe("duplicate");
    queue.release(envelope);
    expect(queue.offer(received())).toBe("queued");
  });

  test("is full at the limit of envelopes", () => {
    const queue = new EnvelopeQueue({ bytesMax: 1_000_000, envelopesMax: 2 });
    expect([1, 2, 3].map((first) => queue.offer(received({ first })))).toEqual(["queued", "queued", "full"]);
  });

  test("is full at the limit of bytes", () => {
    const queue = new EnvelopeQueue({ bytesMax: 250, envelopesMax: 100 });
    expect([1, 2, 3].map((first) => queue.offer(received({ first })))).toEqual(["queued", "queued", "full"]);
  });

  test("is narrow from the first refusal until half of it is free", () => {
    const queue = new EnvelopeQueue({ bytesMax: 1_000_000, envelopesMax: 4 });
    const envelopes = [1, 2, 3, 4].map((first) => received({ first }));
    for (const envelope of envelopes) queue.offer(envelope);
    expect(queue.isNarrow).toBe(false);
    queue.offer(received({ first: 5 }));
    expect(queue.isNarrow).toBe(true);
    const [one, two] = envelopes;
    if (one) queue.release(one);
    expect(queue.isNarrow).toBe(true);
    if (two) queue.release(two);
    expect(queue.isNarrow).toBe(false);
  });

  test("tells the age of the envelope that is held longest", () => {
    const queue = new EnvelopeQueue({ bytesMax: 1_000, envelopesMax: 10 });
    expect(queue.ageMs(5_000)).toBe(0);
    queue.offer(received({ first: 1, receivedMs: 1_000 }));
    queue.offer(received({ first: 2, receivedMs: 4_000 }));
    expect(queue.ageMs(5_000)).toBe(4_000);
  });

  test("wakes whoever waits, and does not lose an arrival before the wait", async () => {
    const queue = new EnvelopeQueue({ bytesMax: 1_000, envelopesMax: 10 });
    const { signal } = new AbortController();
    const woken = queue.waiting(Number.POSITIVE_INFINITY, signal);
    queue.offer(received());
    await woken;
    await queue.waiting(Number.POSITIVE_INFINITY, signal);
    expect(queue.hasWaiting).toBe(true);
  });
});
