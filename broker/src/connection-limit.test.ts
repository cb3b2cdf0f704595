import { describe, expect, test } from "vitest";
import { ConnectionLimit } from "./connection-limit.ts";

describe("connection limit", () => {
  test("counts by address and in total, and gives back", () => {
    const limit = new ConnectionLimit({ connectionsMax: 3, connectionsPerAddressMax: 2 });
    expect([limit.admit("a"), limit.admit("a"), limit.admit("a")]).toEqual([
      "admitted",
      "admitted",
      "connections_per_address",
    ]);
    expect([limit.admit("b"), limit.admit("c")]).toEqual(["admitted", "connections"]);
    limit.release("a");
    expect(limit.admit("a")).toBe("admitted");
  });

  test("ignores a release of what was never admitted", () => {
    const limit = new ConnectionLimit({ connectionsMax: 1, connectionsPerAddressMax: 1 });
    limit.release("a");
    limit.admit("a");
    expect(limit.admit("b")).toBe("connections");
  });
});
