import { hashOfSecret } from "@jumpa-madu/store/secret";
import type { WebhookKey } from "@jumpa-madu/store/webhooks";
import { describe, expect, test } from "vitest";
import { KEYS_AGE_MS_MAX, KEYS_REFRESH_MS_MIN, WebhookKeys } from "./webhook-keys.ts";

function keysWith(...rows: Partial<WebhookKey>[]) {
  const clock = { nowMs: 0 };
  const table = rows.map(
    (row): WebhookKey => ({
      id: "hook",
      server: "ttn",
      revokedMs: null,
      createdMs: 0,
      secretHash: hashOfSecret("right"),
      ...row,
    }),
  );
  let reads = 0;
  const keys = new WebhookKeys(
    async () => {
      reads++;
      return table.map((row) => ({ ...row }));
    },
    () => clock.nowMs,
  );
  return { keys, clock, table, reads: () => reads };
}

describe("WebhookKeys", () => {
  test("opens to the right secret alone", async () => {
    const { keys } = keysWith({}, { id: "shut", revokedMs: 5 });
    expect(await keys.open("hook", "right")).toMatchObject({ id: "hook" });
    expect(await keys.open("hook", "wrong")).toBeNull();
    expect(await keys.open("hook", hashOfSecret("right"))).toBeNull();
    expect(await keys.open("none", "right")).toBeNull();
    expect(await keys.open("shut", "right")).toBeNull();
  });

  test("a flood of wrong secrets costs one read a second, of right ones one in five", async () => {
    const { keys, clock, reads } = keysWith({});
    for (let time = 0; time < 100; time++) await keys.open(`guess-${time}`, "wrong");
    expect(reads()).toBe(1);
    clock.nowMs = KEYS_REFRESH_MS_MIN;
    await Promise.all(Array.from({ length: 100 }, () => keys.open("hook", "wrong")));
    expect(reads()).toBe(2);
    clock.nowMs = KEYS_AGE_MS_MAX;
    for (let time = 0; time < 100; time++) await keys.open("hook", "right");
    expect(reads()).toBe(2);
  });

  test(`a secret that was revoked works for ${KEYS_AGE_MS_MAX} ms at most, a new one at once or a second later`, async () => {
    const { keys, clock, table } = keysWith({});
    await keys.open("hook", "right");
    table.splice(0, 1, { ...(table[0] as WebhookKey), secretHash: hashOfSecret("next") });
    clock.nowMs = KEYS_REFRESH_MS_MIN;
    expect(await keys.open("hook", "next")).not.toBeNull();
    table.splice(0, 1, { ...(table[0] as WebhookKey), revokedMs: 1 });
    clock.nowMs = KEYS_REFRESH_MS_MIN + KEYS_AGE_MS_MAX;
    expect(await keys.open("hook", "next")).toBeNull();
  });

  test("a database that is away is told of, and asked again", async () => {
    let isAway = true;
    const keys = new WebhookKeys(async () => {
      if (isAway) throw new Error("away");
      return [];
    });
    await expect(keys.open("hook", "right")).rejects.toThrow("away");
    isAway = false;
    expect(await keys.open("hook", "right")).toBeNull();
  });
});
