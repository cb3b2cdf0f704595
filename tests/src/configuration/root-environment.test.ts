/** The root's `.env.example` is enough to start the services, and names nothing that none of them reads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ConfigSchema, loadConfig as loadApi } from "@jumpa-madu/api/config";
import { BrokerVariables, loadConfig as loadBroker } from "@jumpa-madu/broker/config";
import { Config, loadConfig as loadIngest } from "@jumpa-madu/ingest/config";
import { loadConfig as loadTreasury, Config as TreasuryConfig } from "@jumpa-madu/treasury/config";
import { expect, test } from "vitest";

const example = parseEnv(readFileSync(join(import.meta.dirname, "../../..", ".env.example"), "utf8"));
const filledIn = {
  ...example,
  INGEST_SECRET: "a-secret-for-tests-1",
  API_SECRET: "a-secret-for-tests-2",
  VAULT_KEY: Buffer.alloc(32, 7).toString("base64"),
};

test.each([
  ["broker", loadBroker],
  ["ingest", loadIngest],
  ["api", loadApi],
  ["treasury", loadTreasury],
])("with its secrets filled in it configures %s", (_name, load) => {
  expect(load(filledIn).ok).toBe(true);
});

test("without secrets it starts nothing that needs one", () => {
  expect(loadIngest(example)).toEqual({ ok: false, faults: ["INGEST_SECRET is missing"] });
  expect(loadTreasury(example)).toEqual({ ok: false, faults: ["VAULT_KEY is missing"] });
  expect(loadApi(example)).toEqual({ ok: false, faults: ["VAULT_KEY is missing", "API_SECRET is missing"] });
});

test.each(["xendit-v2", "flip-v3"] as const)(
  "with the keys of %s api and treasury pay out by it",
  (provider) => {
    const name = provider === "xendit-v2" ? "XENDIT" : "FLIP";
    const keys = {
      [`${name}_SECRET_KEY`]: "a-key-for-tests-long",
      [`${name}_CALLBACK_TOKEN`]: "a-token-for-tests-1",
    };
    // Every one of them stands in the example, to be filled in.
    const given = { PAYOUT_PROVIDER: provider, ...keys };
    expect(Object.keys(given).filter((variable) => !(variable in example))).toEqual([]);
    const [api, treasury] = [loadApi({ ...filledIn, ...given }), loadTreasury({ ...filledIn, ...given })];
    expect([api, treasury]).toMatchObject([
      { ok: true, value: { PAYOUT_PROVIDER: provider } },
      { ok: true, value: { PAYOUT_PROVIDER: provider } },
    ]);
  },
);

test("names every variable that a service cannot do without", () => {
  const needed = [BrokerVariables, Config, ConfigSchema, TreasuryConfig].flatMap((schema) =>
    Object.entries(schema.properties)
      .filter(([name, property]) => !("default" in property) && schema.required.includes(name as never))
      .map(([name]) => name),
  );
  expect(needed.filter((name) => !(name in example))).toEqual([]);
});

test("names only variables that a service reads", () => {
  const known = [BrokerVariables, Config, ConfigSchema, TreasuryConfig].flatMap((schema) =>
    Object.keys(schema.properties),
  );
  expect(Object.keys(example).filter((name) => !known.includes(name))).toEqual([]);
});
