import { EventId } from "@jumpa-madu/contracts/ids";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import fc from "fast-check";
import { expect, test } from "vitest";
import { derivedEventId } from "./derived-id.ts";

test("an identifier that is derived is one of an event, and the same for the same seed alone", () => {
  const eventId = checkerOf(EventId);
  fc.assert(
    fc.property(fc.nat(4_102_444_800_000), fc.string(), fc.string(), (atMs, one, other) => {
      expect(eventId.fits(derivedEventId(atMs, one))).toBe(true);
      expect(derivedEventId(atMs, one) === derivedEventId(atMs, other)).toBe(one === other);
    }),
  );
});
