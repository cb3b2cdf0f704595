import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { ConfigSchema, loadConfig, loadDatabaseConfig } from "./config.ts";

const given = {
  DATABASE_URL: "sqlite:data/a.sqlite",
  TELEMETRY_URL: "influx://127.0.0.1:8086/jumpa",
  API_SECRET: "0123456789abcdef0123",
  VAULT_KEY: Buffer.alloc(32, 7).toString("base64"),
};

test("needs four variables and has a default for every other", () => {
  const loaded = loadConfig(given);
  expect(loaded).toMatchObject({
    ok: true,
    value: { API_HTTP_PORT: 8080, API_CLIENT_ID: "api", API_METRICS_TOKEN: "" },
  });
});

test("names every fault at once and repeats no value", () => {
  const loaded = loadConfig({
    DATABASE_URL: "mysql://root:pa55@x",
    API_SECRET: "short-secret",
    API_HTTP_PORT: "web",
  });
  expect(loaded.ok).toBe(false);
  const faults = loaded.ok ? [] : loaded.faults;
  for (const name of ["DATABASE_URL", "TELEMETRY_URL", "API_SECRET", "VAULT_KEY", "API_HTTP_PORT"]) {
    expect(
      faults.filter((fault) => fault.startsWith(name)),
      name,
    ).toHaveLength(1);
  }
  expect(faults.join()).not.toMatch(/pa55|short-secret/);
});

test("keeps the keys apart from the data", () => {
  expect(loadConfig({ ...given, VAULT_URL: given.DATABASE_URL })).toEqual({
    ok: false,
    faults: ["VAULT_URL must be another store than DATABASE_URL: keys and data apart"],
  });
});

test("takes an empty variable for an absent one", () => {
  expect(loadConfig({ ...given, API_HTTP_PORT: "" })).toMatchObject({
    ok: true,
    value: { API_HTTP_PORT: 8080 },
  });
  expect(loadDatabaseConfig({ DATABASE_URL: "" })).toEqual({
    ok: false,
    faults: ["DATABASE_URL is missing"],
  });
});

test(".env.example names every variable once, with its default", () => {
  const text = readFileSync(join(import.meta.dirname, "../.env.example"), "utf8");
  const all = parseEnv(text.replaceAll(/^# ([A-Z_]+=)/gm, "$1"));
  expect(Object.keys(all).sort()).toEqual(Object.keys(ConfigSchema.properties).sort());
  const { API_SECRET, VAULT_KEY } = given;
  const loaded = loadConfig({ ...all, API_SECRET, VAULT_KEY });
  expect(loaded).toEqual(loadConfig({ ...parseEnv(text), API_SECRET, VAULT_KEY }));
  expect(loaded.ok).toBe(true);
});
