import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Config, loadConfig } from "./config.ts";

const NEEDED = {
  MQTT_URL: "mqtt://127.0.0.1:1883",
  INGEST_SECRET: "a-secret-for-tests-only",
  DATABASE_URL: "sqlite:data/books.sqlite",
  TELEMETRY_URL: "influx://127.0.0.1:8086/bins",
};

describe("loadConfig", () => {
  test("fills in every default", () => {
    const loaded = loadConfig(NEEDED);
    expect(loaded).toMatchObject({
      ok: true,
      value: { INGEST_SHARD: "s1", INGEST_HTTP_PORT: 8081, INGEST_WINDOW: 8, ...NEEDED },
    });
  });

  test("names all faults at once, and repeats no value", () => {
    const loaded = loadConfig({
      MQTT_URL: "http://example",
      INGEST_SECRET: "short",
      INGEST_HTTP_PORT: "eighty",
      INGEST_SHARD: "A B",
    });
    const text = loaded.ok ? "" : loaded.faults.join("\n");
    for (const name of [
      "MQTT_URL",
      "INGEST_SECRET",
      "INGEST_HTTP_PORT",
      "INGEST_SHARD",
      "DATABASE_URL",
      "TELEMETRY_URL",
    ]) {
      expect(text).toContain(name);
    }
    expect(text).not.toContain("short");
  });

  test("an empty variable is one that was left out", () => {
    expect(loadConfig({ ...NEEDED, INGEST_SECRET: "" })).toEqual({
      ok: false,
      faults: ["INGEST_SECRET is missing"],
    });
  });

  test(".env.example names every variable, in order, with values that fit", () => {
    const text = readFileSync(join(import.meta.dirname, "..", ".env.example"), "utf8");
    const pairs = [...text.matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [name, value]);
    expect(pairs.map(([name]) => name)).toEqual(Object.keys(Config.properties));
    const loaded = loadConfig({ ...Object.fromEntries(pairs), INGEST_SECRET: NEEDED.INGEST_SECRET });
    expect(loaded.ok).toBe(true);
    const defaults = loadConfig({
      ...NEEDED,
      DATABASE_URL: "sqlite:data/jumpa-madu.sqlite",
      TELEMETRY_URL: "sqlite:data/telemetry.sqlite",
    });
    expect(loaded).toEqual(defaults);
  });
});
