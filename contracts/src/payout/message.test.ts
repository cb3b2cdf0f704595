import fc from "fast-check";
import { expect, test } from "vitest";
import { MESSAGE_TEXT_MAX, readProviderMessage } from "./message.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const xendit = (data: object) => bytes(JSON.stringify({ event: "payout.failed", data }));
const flip = (data: object) =>
  bytes(new URLSearchParams({ data: JSON.stringify(data), token: "t" }).toString());
const NOTHING = { reference: null, providerId: null, status: null, amount: null, accountHint: null };

test.each([
  {
    name: "Xendit",
    provider: "xendit-v2" as const,
    raw: xendit({
      id: "disb-1",
      reference_id: "r",
      status: "FAILED",
      amount: 50_000,
      channel_properties: { account_number: "1234567890", account_holder_name: "x" },
    }),
    said: { reference: "r", providerId: "disb-1", status: "FAILED", amount: "50000", accountHint: "7890" },
  },
  {
    name: "Flip",
    provider: "flip-v3" as const,
    raw: flip({
      id: 10,
      idempotency_key: "k",
      status: "DONE",
      amount: 10_000.5,
      account_number: 1_122_333_300,
    }),
    said: { reference: "k", providerId: "10", status: "DONE", amount: "10000.5", accountHint: "3300" },
  },
  { name: "no JSON", provider: "xendit-v2" as const, raw: bytes("<html>"), said: NOTHING },
  { name: "no form", provider: "flip-v3" as const, raw: bytes("data=%"), said: NOTHING },
  { name: "empty", provider: "flip-v3" as const, raw: new Uint8Array(), said: NOTHING },
  {
    name: "members of other types",
    provider: "xendit-v2" as const,
    raw: xendit({ id: {}, reference_id: [1], status: true, amount: null, channel_properties: "x" }),
    said: NOTHING,
  },
])("a message says what it says: $name", ({ provider, raw, said }) => {
  expect(readProviderMessage(provider, raw)).toEqual(said);
});

test("what a message says is cut, and holds nothing that a page would not show", () => {
  const said = readProviderMessage("xendit-v2", xendit({ id: "a\u202eb\n", status: "S".repeat(1_000) }));
  expect(said.providerId).toBe("ab");
  expect(said.status).toHaveLength(MESSAGE_TEXT_MAX);
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.constantFrom("xendit-v2" as const, "flip-v3" as const),
      (raw, provider) => {
        readProviderMessage(provider, raw);
      },
    ),
  );
});
