import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHANNEL_CODES, CHANNELS } from "./channels.ts";
import { faultOfDestination } from "./destination.ts";

const AT_BCA = { channel: "bca", accountNumber: "1234567890", accountName: "Nasabah Satu" };

describe("a destination", () => {
  it.each([
    ["BCA", AT_BCA],
    ["BRI with 13 digits", { ...AT_BCA, channel: "bri", accountNumber: "1".repeat(13) }],
    ["BRI with 17 digits", { ...AT_BCA, channel: "bri", accountNumber: "1".repeat(17) }],
    ["BNI with a leading zero", { ...AT_BCA, channel: "bni", accountNumber: "0123456" }],
    ["a wallet", { ...AT_BCA, channel: "dana", accountNumber: "081234567890" }],
    ["a name of one letter", { ...AT_BCA, accountName: "A" }],
    ["a name of 100 letters", { ...AT_BCA, accountName: "A".repeat(100) }],
    ["a name with an apostrophe and an accent", { ...AT_BCA, accountName: "Ma'ruf é" }],
  ])("is right: %s", (_name, destination) => {
    expect(faultOfDestination(destination)).toBeNull();
  });

  it.each([
    ["an unknown channel", { ...AT_BCA, channel: "bank-of-nowhere" }, /take one of bca, bri/],
    ["the name of a member of every object", { ...AT_BCA, channel: "constructor" }, /take one of/],
    ["a digit too few", { ...AT_BCA, accountNumber: "123456789" }, /BCA has 10 digits/],
    ["a digit too many", { ...AT_BCA, accountNumber: "12345678901" }, /BCA has 10 digits/],
    ["hyphens", { ...AT_BCA, accountNumber: "123-456-78" }, /without spaces or hyphens/],
    ["digits of another script", { ...AT_BCA, accountNumber: "١٢٣٤٥٦٧٨٩٠" }, /10 digits/],
    ["nothing", { ...AT_BCA, accountNumber: "" }, /10 digits/],
    ["+62", { ...AT_BCA, channel: "ovo", accountNumber: "+6281234567" }, /begins with 08/],
    ["62", { ...AT_BCA, channel: "gopay", accountNumber: "6281234567890" }, /begins with 08/],
    ["a wallet's number too short", { ...AT_BCA, channel: "dana", accountNumber: "081234567" }, /10 to 13/],
    [
      "a wallet's number too long",
      { ...AT_BCA, channel: "dana", accountNumber: "08123456789012" },
      /10 to 13/,
    ],
    ["no name", { ...AT_BCA, accountName: "" }, /1 to 100 printable/],
    ["a name of 101 letters", { ...AT_BCA, accountName: "A".repeat(101) }, /1 to 100 printable/],
    ["a line break", { ...AT_BCA, accountName: "Nasabah\nSatu" }, /without line breaks/],
    ["a space at the end", { ...AT_BCA, accountName: "Nasabah " }, /spaces at its ends/],
    ["an invisible character", { ...AT_BCA, accountName: "Nasabah\u200bSatu" }, /printable/],
  ])("is refused with what is expected: %s", (_name, destination, expected) => {
    expect(faultOfDestination(destination)).toMatch(expected);
  });

  it("never throws, and never repeats the number or the name", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNEL_CODES, "x"),
        fc.string({ minLength: 12, maxLength: 120 }),
        (channel, text) => {
          const fault = faultOfDestination({ channel, accountNumber: text, accountName: text });
          expect(fault?.includes(text) ?? false).toBe(false);
        },
      ),
    );
  });
});

describe("the table of channels", () => {
  it("names each channel under its own code, with spans that are none of them empty", () => {
    for (const code of CHANNEL_CODES) {
      const { code: own, digits, amountIdr } = CHANNELS[code];
      expect(own).toBe(code);
      expect(digits.min).toBeLessThanOrEqual(digits.max);
      expect(amountIdr.min).toBeLessThan(amountIdr.max);
    }
  });

  it.each(["xendit-v2", "flip-v3"] as const)("has no code of %s twice", (provider) => {
    const codes = CHANNEL_CODES.map((code) => CHANNELS[code].providers[provider].code);
    expect(new Set(codes).size).toBe(codes.length);
  });
});
