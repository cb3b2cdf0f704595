import { ENVELOPE_BYTES_MAX, ENVELOPE_ITEMS_MAX } from "@jumpa-madu/contracts/envelope";
import { describe, expect, test } from "vitest";
import { EPOCH } from "../testing/test-node.ts";
import { quarantineItem, takeEnvelope } from "./envelope-intake.ts";

const topic = "jm/v1/s1/node-1/readings";

function take(body: unknown, stream: "readings" | "records" = "readings") {
  const payload = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  return takeEnvelope({ topic, payload, puback: () => undefined }, { node: "node-1", stream }, 1_000);
}

function codeOf(body: unknown): string {
  const taken = take(body);
  return taken.ok ? "ok" : taken.item.code;
}

describe("takeEnvelope", () => {
  test("numbers the items", () => {
    const taken = take({ epoch: EPOCH, first: 11, floor: 5, items: [null, {}] });
    expect(taken).toMatchObject({
      ok: true,
      envelope: { node: "node-1", first: 11, last: 12, floor: 5, receivedMs: 1_000 },
    });
  });

  test("without a floor, readings before the first are not waited for, records are", () => {
    const body = { epoch: EPOCH, first: 11, items: [null] };
    expect(take(body)).toMatchObject({ envelope: { floor: 11 } });
    expect(take(body, "records")).toMatchObject({ envelope: { floor: 1 } });
  });

  test("a floor above the first is no more than the first", () => {
    expect(take({ epoch: EPOCH, first: 11, floor: 99, items: [null] })).toMatchObject({
      envelope: { floor: 11 },
    });
  });

  test(`takes ${ENVELOPE_BYTES_MAX} bytes and not one more`, () => {
    const body = JSON.stringify({ epoch: EPOCH, first: 1, items: [null] });
    expect(codeOf(body.padEnd(ENVELOPE_BYTES_MAX))).toBe("ok");
    expect(codeOf(body.padEnd(ENVELOPE_BYTES_MAX + 1))).toBe("oversize");
  });

  test.each([
    ["no JSON", "{", "malformed"],
    ["nothing", "", "malformed"],
    ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe]), "malformed"],
    ["a number", 7, "schema"],
    ["no epoch", { first: 1, items: [null] }, "schema"],
    ["number 0", { epoch: EPOCH, first: 0, items: [null] }, "schema"],
    ["no items", { epoch: EPOCH, first: 1, items: [] }, "schema"],
    ["too many items", { epoch: EPOCH, first: 1, items: Array(ENVELOPE_ITEMS_MAX + 1).fill(null) }, "schema"],
    ["something more", { epoch: EPOCH, first: 1, items: [null], more: 1 }, "schema"],
    [
      "numbers that are not exact",
      { epoch: EPOCH, first: Number.MAX_SAFE_INTEGER, items: [null, null] },
      "schema",
    ],
  ])("refuses %s", (_name, body, code) => {
    expect(codeOf(body)).toBe(code);
  });

  test("says where the fault is, and keeps the body", () => {
    const taken = take({ epoch: "x", first: 1, items: [null] });
    expect(taken.ok ? null : taken.item).toMatchObject({
      topic,
      node: "node-1",
      body: expect.stringContaining('"x"'),
    });
    expect(taken.ok ? "" : taken.item.reason).toContain("/epoch");
  });
});

test("a reason for quarantine is bounded and holds no NUL", () => {
  const from = { node: "node-1", topic, stream: null, epoch: null, receivedMs: 0 };
  const { reason } = quarantineItem(from, {
    seq: null,
    code: "schema",
    reason: `a\0b${"x".repeat(5_000)}`,
    body: "",
  });
  expect(reason.slice(0, 3)).toBe("a\uFFFDb");
  expect(reason).toHaveLength(1_000);
});
