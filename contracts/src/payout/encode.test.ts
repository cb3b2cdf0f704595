import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CHANNEL_CODES } from "./channels.ts";
import { encodePayout, faultOfInstruction } from "./encode.ts";
import type { PayoutInstruction } from "./outcome.ts";
import { PAYOUT_PROVIDERS } from "./outcome.ts";

const INSTRUCTION: PayoutInstruction = {
  reference: "019ab000-0000-7000-8000-000000000001",
  amountIdr: 50_000,
  channel: "bsi",
  accountNumber: "1234567890",
  accountName: 'Nasabah "Satu" & Dua',
  description: "Tabungan sampah",
};

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("the body of a payout", () => {
  it("is JSON at Xendit, its members always in the same order", () => {
    expect(textOf(encodePayout("xendit-v2", INSTRUCTION))).toBe(
      '{"reference_id":"019ab000-0000-7000-8000-000000000001","channel_code":"ID_BSI","channel_properties":{"account_holder_name":"Nasabah \\"Satu\\" & Dua","account_number":"1234567890"},"amount":50000,"currency":"IDR","description":"Tabungan sampah"}',
    );
  });

  it("is a form at Flip, its fields always in the same order", () => {
    expect(textOf(encodePayout("flip-v3", INSTRUCTION))).toBe(
      "account_number=1234567890&bank_code=bsm&amount=50000&remark=Tabungan+sampah",
    );
  });

  it("keeps the leading zero of a wallet's number", () => {
    const wallet = { ...INSTRUCTION, channel: "dana", accountNumber: "081234567890" };
    expect(textOf(encodePayout("xendit-v2", wallet))).toContain('"account_number":"081234567890"');
    expect(textOf(encodePayout("flip-v3", wallet))).toContain("account_number=081234567890&");
  });

  it("does not hang on the order in which the instruction names its members", () => {
    const reversed = Object.fromEntries(
      Object.entries(INSTRUCTION).reverse(),
    ) as unknown as PayoutInstruction;
    for (const provider of PAYOUT_PROVIDERS)
      expect(encodePayout(provider, reversed)).toEqual(encodePayout(provider, INSTRUCTION));
  });

  it.each([
    ["an amount with a fraction", { amountIdr: 50_000.5 }],
    ["no amount", { amountIdr: 0 }],
    ["a negative amount", { amountIdr: -1 }],
    ["an amount that is no number", { amountIdr: Number.NaN }],
    ["more than BI-FAST carries", { amountIdr: 250_000_001 }],
    ["an unknown channel", { channel: "bank-of-nowhere" }],
    ["a description of 19 characters", { description: "x".repeat(19) }],
    ["a description with a line break", { description: "a\nb" }],
    ["no description", { description: "" }],
    ["no reference", { reference: "" }],
    ["a reference of 101 characters", { reference: "x".repeat(101) }],
  ])("is not written for %s", (_name, change) => {
    for (const provider of PAYOUT_PROVIDERS) {
      expect(faultOfInstruction(provider, { ...INSTRUCTION, ...change })).toBeTypeOf("string");
      expect(() => encodePayout(provider, { ...INSTRUCTION, ...change })).toThrow(RangeError);
    }
  });

  it("asks Flip for no less than Flip transfers", () => {
    const small = { ...INSTRUCTION, channel: "bca", amountIdr: 9_999 };
    expect(faultOfInstruction("xendit-v2", small)).toBeNull();
    expect(faultOfInstruction("flip-v3", small)).toMatch(/10000 to 250000000 rupiah/);
  });

  it("says all of the instruction back, whatever the name holds", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CHANNEL_CODES),
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 100 }),
        fc.integer({ min: 10_000, max: 10_000_000 }),
        (channel, accountName, amountIdr) => {
          const instruction = { ...INSTRUCTION, channel, accountName, amountIdr };
          if (faultOfInstruction("xendit-v2", instruction) !== null) return;
          const body = JSON.parse(textOf(encodePayout("xendit-v2", instruction)));
          expect(body.channel_properties.account_holder_name).toBe(accountName);
          expect(body.amount).toBe(amountIdr);
        },
      ),
    );
  });
});
