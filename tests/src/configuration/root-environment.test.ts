/** The root's `.env.example` is enough to start the services, and names nothing that none of them reads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ConfigSchema, loadConfig as loadApi } from "@jumpa-madu/api/config";
import { BrokerVariables, loadConfig as loadBroker } from "@jumpa-madu/broker/config";
import { Config, loadConfig as loadIngest } from "@jumpa-madu/ingest/config";
import { expect, test } from "vitest";

const example = parseEnv(readFileSync(join(import.meta.dirname, "../../..", ".env.example"), "utf8"));
const filledIn = { ...example, INGEST_SECRET: "a-secret-for-tests-1", API_SECRET: "a-secret-for-tests-2" };

test.each([
  ["broker", loadBroker],
  ["ingest", loadIngest],
  ["api", loadApi],
])("with its secrets filled in it configures %s", (_name, load) => {
  expect(load(filledIn).ok).toBe(true);
});

test("without secrets it starts nothing that needs one", () => {
  expect(loadIngest(example)).toEqual({ ok: false, faults: ["INGEST_SECRET is missing"] });
  expect(loadApi(example)).toEqual({ ok: false, faults: ["API_SECRET is missing"] });
});

test("names only variables that a service reads", () => {
  const known = [BrokerVariables, Config, ConfigSchema].flatMap((schema) => Object.keys(schema.properties));
  expect(Object.keys(example).filter((name) => !known.includes(name))).toEqual([]);
});
