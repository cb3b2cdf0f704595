import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Config, chosenProvider, loadConfig } from "./config.ts";

const NEEDED = { DATABASE_URL: "sqlite:data/books.sqlite", VAULT_KEY: "a-key-for-tests" };
const XENDIT = {
  XENDIT_SECRET_KEY: "xnd_development_for_tests_only",
  XENDIT_CALLBACK_TOKEN: "callback-token-for-tests",
};

const faultsOf = (env: Record<string, string>) => {
  const loaded = loadConfig({ ...NEEDED, ...env });
  return loaded.ok ? [] : loaded.faults;
};

describe("loadConfig", () => {
  test("fills in every default, and leaves providers without secrets off", () => {
    const loaded = loadConfig(NEEDED);
    expect(loaded).toMatchObject({
      ok: true,
      value: { ...NEEDED, TREASURY_HTTP_PORT: 8082, XENDIT_URL: "https://api.xendit.co" },
    });
    expect(loaded.ok && "XENDIT_SECRET_KEY" in loaded.value).toBe(false);
  });

  test("names all faults at once, and repeats no value", () => {
    const loaded = loadConfig({
      DATABASE_URL: "http://example",
      TREASURY_HTTP_PORT: "eighty",
      XENDIT_SECRET_KEY: "too-short",
      XENDIT_URL: "https://user:password@api.xendit.co",
      FLIP_URL: "https://bigflip.id/api/",
    });
    const text = loaded.ok ? "" : loaded.faults.join("\n");
    for (const name of [
      "DATABASE_URL",
      "VAULT_KEY",
      "TREASURY_HTTP_PORT",
      "XENDIT_SECRET_KEY",
      "XENDIT_URL",
      "FLIP_URL",
    ])
      expect(text).toContain(name);
    expect(text).not.toMatch(/too-short|password@/);
  });

  test.each([
    ["TREASURY_PROT", /TREASURY_PROT is not a setting/],
    ["XENDIT_TOKEN", /XENDIT_TOKEN is not a setting/],
    ["FLIP_KEY", /FLIP_KEY is not a setting/],
  ])("takes the unknown %s for a slip", (name, fault) => {
    expect(faultsOf({ [name]: "1" }).join()).toMatch(fault);
  });

  test("a provider has both of its secrets, or none", () => {
    expect(faultsOf(XENDIT)).toEqual([]);
    expect(faultsOf({ XENDIT_SECRET_KEY: XENDIT.XENDIT_SECRET_KEY })).toEqual([
      expect.stringMatching(/^XENDIT_CALLBACK_TOKEN is missing/),
    ]);
    expect(faultsOf({ FLIP_CALLBACK_TOKEN: "validation-token-for-tests" })).toEqual([
      expect.stringMatching(/^FLIP_SECRET_KEY is missing/),
    ]);
  });

  test("payouts go to the provider that is named, or to the one that is configured", () => {
    const FLIP = {
      FLIP_SECRET_KEY: "flip-secret-for-tests",
      FLIP_CALLBACK_TOKEN: "validation-token-for-tests",
    };
    const chosen = (env: Record<string, string>) => {
      const loaded = loadConfig({ ...NEEDED, ...env });
      return loaded.ok ? chosenProvider(loaded.value) : loaded.faults.join();
    };
    expect(chosen({})).toBeNull();
    expect(chosen(FLIP)).toBe("flip-v3");
    expect(chosen({ ...XENDIT, ...FLIP, PAYOUT_PROVIDER: "flip-v3" })).toBe("flip-v3");
    expect(chosen({ ...XENDIT, ...FLIP })).toMatch(
      /PAYOUT_PROVIDER is missing; say which of xendit-v2 and flip-v3/,
    );
    expect(chosen({ ...XENDIT, PAYOUT_PROVIDER: "flip-v3" })).toMatch(/FLIP_SECRET_KEY is missing/);
    expect(chosen({ ...XENDIT, PAYOUT_PROVIDER: "midtrans" })).toMatch(/PAYOUT_PROVIDER/);
  });

  test.each(["http://127.0.0.1:9000", "http://localhost:9000", "http://[::1]:9000", "https://sim.localhost"])(
    "a live key never goes to %s",
    (url) => {
      const live = { ...XENDIT, XENDIT_SECRET_KEY: "xnd_production_for_tests_only", XENDIT_URL: url };
      expect(faultsOf(live)).toEqual([expect.stringMatching(/is a live key/)]);
      expect(faultsOf({ ...XENDIT, XENDIT_URL: url })).toEqual([]);
    },
  );

  test("a key goes over plain HTTP on this machine alone", () => {
    expect(faultsOf({ ...XENDIT, XENDIT_URL: "http://simulator.example" })).toEqual([
      expect.stringMatching(/must begin with https/),
    ]);
  });

  test(".env.example names every variable, in order, with values that fit", () => {
    const text = readFileSync(join(import.meta.dirname, "..", ".env.example"), "utf8");
    const pairs = [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
    expect(pairs.map(([name]) => name)).toEqual(Object.keys(Config.properties));
    const loaded = loadConfig({ ...Object.fromEntries(pairs), VAULT_KEY: NEEDED.VAULT_KEY });
    expect(loaded).toEqual(loadConfig({ ...NEEDED, DATABASE_URL: "sqlite:data/jumpa-madu.sqlite" }));
    expect(loaded.ok).toBe(true);
  });
});
