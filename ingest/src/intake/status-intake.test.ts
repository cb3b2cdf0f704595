import { STATUS_BYTES_MAX } from "@jumpa-madu/contracts/status";
import { describe, expect, test } from "vitest";
import { takeStatus } from "./status-intake.ts";

const status = {
  online: true,
  version: "0.1.0",
  outbox: { readings: 0, records: 0 },
  clock_ms: 1_700_000_000_000,
};

function codeOf(body: string): string {
  const delivery = { topic: "jm/v1/s1/node-1/status", payload: Buffer.from(body), puback: () => undefined };
  const taken = takeStatus(delivery, "node-1", 1_000);
  return taken.ok ? "ok" : taken.item.code;
}

describe("takeStatus", () => {
  test.each([
    ["a status", JSON.stringify(status), "ok"],
    ["no JSON", "offline", "malformed"],
    ["an empty body", "", "malformed"],
    ["another shape", JSON.stringify({ ...status, online: "yes" }), "schema"],
    ["a body at the limit", JSON.stringify(status).padEnd(STATUS_BYTES_MAX), "ok"],
    ["a body beyond the limit", JSON.stringify(status).padEnd(STATUS_BYTES_MAX + 1), "oversize"],
  ])("%s", (_name, body, expected) => {
    expect(codeOf(body)).toBe(expected);
  });
});
