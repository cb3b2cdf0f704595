import { describe, expect, it } from "vitest";
import { EventId, firstEventIdOf, isName, newEventId, newOutboxEpoch, OutboxEpoch } from "./ids.ts";
import { checkerOf } from "./validate.ts";

describe("identifiers", () => {
  it("of events are UUIDs of version 7 that sort by their millisecond", () => {
    const eventId = checkerOf(EventId);
    const early = newEventId(1_764_000_000_000);
    const late = newEventId(1_764_000_000_001);
    expect(eventId.fits(early) && eventId.fits(late)).toBe(true);
    expect(early < late).toBe(true);
    expect(Number.parseInt(early.replace("-", "").slice(0, 12), 16)).toBe(1_764_000_000_000);
  });

  it("of events never repeat within one millisecond", () => {
    const ids = Array.from({ length: 10_000 }, () => newEventId(1_764_000_000_000));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("of outbox files are 32 hexadecimal digits", () => {
    expect(checkerOf(OutboxEpoch).fits(newOutboxEpoch())).toBe(true);
    expect(newOutboxEpoch()).not.toBe(newOutboxEpoch());
  });

  it.each([
    ["bin-0042", true],
    ["", false],
    ["Bin", false],
    ["a b", false],
    ["a\n", false],
    ["a".repeat(64), true],
    ["a".repeat(65), false],
    ["__proto__", false],
  ])("of places: %j is a name: %s", (text, expected) => {
    expect(isName(text)).toBe(expected);
  });

  it("of events begin, for a millisecond, with one that is before all that are drawn in it, and after those drawn before", () => {
    const atMs = 1_767_225_600_000;
    expect(firstEventIdOf(atMs) < newEventId(atMs)).toBe(true);
    expect(firstEventIdOf(atMs) > newEventId(atMs - 1)).toBe(true);
    expect(firstEventIdOf(-5)).toBe("00000000-0000-7000-8000-000000000000");
  });
});
