import fc from "fast-check";
import { expect, test } from "vitest";
import { LineBytes } from "./line-bytes.ts";

test("numbers are written as JavaScript writes them", () => {
  const edges = [
    0,
    9,
    10,
    99,
    2 ** 31 - 1,
    2 ** 31,
    10 ** 9,
    10 ** 9 - 1,
    1_764_000_000_000,
    Number.MAX_SAFE_INTEGER,
  ];
  const number = fc.oneof(fc.constantFrom(...edges), fc.maxSafeInteger(), fc.nat(), fc.double());
  const bytes = new LineBytes();
  fc.assert(
    fc.property(number, (value) => {
      bytes.clear();
      bytes.appendNumber(value);
      expect(bytes.text()).toBe(String(Object.is(value, -0) ? 0 : value));
    }),
    { numRuns: 5_000 },
  );
});

test("texts and bytes of any length come out as they went in, and the buffer grows", () => {
  const part = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.string({ minLength: 300, maxLength: 400 }),
  );
  const bytes = new LineBytes();
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      bytes.clear();
      for (const text of parts) {
        bytes.appendText(text);
        bytes.append(Buffer.from(text));
      }
      // A lone surrogate has no UTF-8 form and becomes U+FFFD, as everywhere.
      expect(bytes.text()).toBe(parts.map((text) => text.toWellFormed() + text.toWellFormed()).join(""));
    }),
  );
  bytes.clear();
  const long = "x".repeat(3 << 20);
  bytes.appendText(long);
  bytes.appendNumber(7);
  expect(bytes.text()).toBe(`${long}7`);
});
