import { describe, expect, it } from "vitest";
import { RECOGNISABLE } from "./registry.ts";
import { CONFIDENT_MIN, secondIn, sniff } from "./sniff.ts";

const bytesOf = (text: string) => Buffer.from(text, "latin1");

/** Keys and confidences of what is heard at a baud, best first. */
const heardAt = (baud: number | undefined, text: string) =>
  sniff(bytesOf(text), RECOGNISABLE, baud === undefined ? {} : { baud }).map(
    ({ protocol, confidence }) => [protocol.key, confidence] as const,
  );

describe("bare numbers", () => {
  it("are perhaps those of a scale, at its baud and at an unknown one", () => {
    for (const baud of [9600, undefined]) {
      const [first, ...others] = heardAt(baud, "5.39\r\n".repeat(12));
      expect(first?.[0]).toBe("plain");
      expect(first?.[1]).toBeLessThan(CONFIDENT_MIN);
      for (const [, confidence] of others) expect(confidence).toBeLessThan(first?.[1] ?? 0);
    }
  });

  it("are perhaps those of a sensor at its own baud", () => {
    const [first, second] = heardAt(115_200, "1.21\r\n".repeat(12));
    expect([first?.[0], second?.[0]]).toEqual(["tfmini-pix", "plain"]);
    expect(first?.[1]).toBeLessThan(CONFIDENT_MIN);
  });

  it("are none of a sensor that cannot measure so far or near", () => {
    const [first, ...others] = heardAt(115_200, "25.39\r\n0.05\r\n".repeat(6));
    expect(first?.[0]).toBe("plain");
    expect(others.filter(([, confidence]) => confidence > 0)).toEqual([]);
  });
});

describe("digits that can be read forward and backward", () => {
  it.each(["=00000000", "=00012300"])("leave both protocols in doubt: %s", (frame) => {
    const [first, second] = heardAt(9600, frame.repeat(8));
    expect(new Set([first?.[0], second?.[0]])).toEqual(new Set(["xk3190-fwd", "xk3190-rev"]));
    expect(first?.[1]).toBeLessThan(CONFIDENT_MIN);
  });

  it("leave no doubt where a point can stand in one way only", () => {
    const [first] = heardAt(9600, "=000.3000".repeat(8));
    expect(first?.[0]).toBe("xk3190-rev");
    expect(first?.[1]).toBeGreaterThanOrEqual(CONFIDENT_MIN);
  });
});

describe("a second protocol", () => {
  const one = "ST,GS,+  12.34kg\r\n";
  const other = "ww000.500kg\r\n";

  it("is found in what the first leaves", () => {
    const bytes = bytesOf((one + other).repeat(5));
    const [best] = sniff(bytes, RECOGNISABLE);
    const second = best && secondIn(bytes, best, RECOGNISABLE);
    expect(new Set([best?.protocol.key, second?.protocol.key])).toEqual(new Set(["st-gs", "xk3190-a12-w"]));
    expect(second?.frames).toBeGreaterThan(2);
  });

  it.each([
    ["one device alone", one.repeat(9)],
    ["one device whose first frame is cut", one.slice(5) + one.repeat(9)],
    ["a frame that was damaged", `${one.repeat(4)}ST,GS,+  1x.34kg\r\n${one.repeat(4)}`],
    ["numbers without anything", `${one.repeat(4)}12.34\r\n1.34\r\n${one.repeat(4)}`],
  ])("is not found in %s", (_name, text) => {
    const [best] = sniff(bytesOf(text), RECOGNISABLE);
    expect(best && secondIn(bytesOf(text), best, RECOGNISABLE)).toBeNull();
  });
});

describe("noise in which frames of four bytes come about by chance", () => {
  it.each([
    "fffdfffffffffdfffffffdfffffffdfffffffdfffdfffffffffdffffffffffff",
    "fdfffffffffdfffffffdfffffffffffffffffdfffdfffffffdfffffffffffdfffffffffffffffffffdfffffffdffffff",
    "fffffffffffdfffffffffdfffffdfffffffffffffffdfffffffdfffffffffdfffffffffffdfffffffffffdffffffffff",
  ])("convinces nobody: %s", (digits) => {
    const [best] = sniff(Uint8Array.fromHex(digits), RECOGNISABLE);
    expect(best?.frames).toBeGreaterThan(2);
    expect(best?.confidence).toBeLessThan(CONFIDENT_MIN);
  });
});
