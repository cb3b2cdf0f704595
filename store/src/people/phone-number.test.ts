import { expect, test } from "vitest";
import { canonicalPhone } from "./phone-number.ts";

test.each([
  "081200000001",
  "+6281200000001",
  "6281200000001",
  "81200000001",
  "0812-0000-0001",
  "+62 812 0000 0001",
  "+62 (0)812.0000.0001",
  "006281200000001",
  " 081200000001 ",
])("%s is the same number as every other spelling of it", (text) =>
  expect(canonicalPhone(text)).toBe("6281200000001"),
);

test.each([
  ["+81312345678", "81312345678"],
  ["0613456789", "62613456789"],
])("%s is %s", (text, digits) => expect(canonicalPhone(text)).toBe(digits));

test.each(["", "+", "12", "0812x", "Nasabah", "+0123456789012345", "+0812000000", "-- --"])(
  "%j is no phone number",
  (text) => expect(canonicalPhone(text)).toBeNull(),
);
