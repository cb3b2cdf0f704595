import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BrokerVariables, loadConfig } from "./config.ts";

const DATABASE_URL = "sqlite:data/jumpa-madu.sqlite";

describe("configuration", () => {
  test("needs nothing but the database", () => {
    const loaded = loadConfig({ DATABASE_URL, PATH: "/bin" });
    expect(loaded).toMatchObject({
      ok: true,
      value: {
        plain: { host: "127.0.0.1", tcpPort: 1883, wsPort: null },
        secure: null,
        http: { port: 9401 },
      },
    });
  });

  test("names all faults at once", () => {
    const loaded = loadConfig({
      BROKER_TCP_PORT: "70000",
      BROKER_DRAIN_TIMEOUT_MS: "8s",
      BROKER_LOG_LEVEL: "loud",
      BROKER_TSL_PORT: "8883",
    });
    expect(loaded.ok).toBe(false);
    const text = loaded.ok ? "" : loaded.faults.join("\n");
    for (const name of [
      "DATABASE_URL",
      "BROKER_TCP_PORT",
      "BROKER_DRAIN_TIMEOUT_MS",
      "BROKER_LOG_LEVEL",
      "BROKER_TSL_PORT",
    ]) {
      expect(text).toContain(name);
    }
  });

  test("wants a certificate for an encrypted listener", () => {
    const loaded = loadConfig({ DATABASE_URL, BROKER_TLS_PORT: "8883" });
    expect(loaded).toEqual({
      ok: false,
      faults: ["BROKER_TLS_CERT_FILE is missing", "BROKER_TLS_KEY_FILE is missing"],
    });
    const complete = {
      DATABASE_URL,
      BROKER_TCP_PORT: "off",
      BROKER_WSS_PORT: "8884",
      BROKER_TLS_CERT_FILE: "c",
      BROKER_TLS_KEY_FILE: "k",
    };
    expect(loadConfig(complete)).toMatchObject({
      ok: true,
      value: {
        plain: { tcpPort: null },
        secure: { tlsPort: null, wssPort: 8884, certFile: "c", keyFile: "k" },
      },
    });
  });

  test("wants at least one listener", () => {
    expect(loadConfig({ DATABASE_URL, BROKER_TCP_PORT: "off" })).toMatchObject({ ok: false });
  });

  test("turns the status face off", () => {
    expect(loadConfig({ DATABASE_URL, BROKER_HTTP_PORT: "off" })).toMatchObject({
      ok: true,
      value: { http: null },
    });
  });
});

describe(".env.example", () => {
  const lines = readFileSync(join(import.meta.dirname, "..", ".env.example"), "utf8").split("\n");
  const entries = lines.flatMap((line) => {
    const match = /^(#?)([A-Z_]+)=(.*)$/.exec(line);
    return match === null ? [] : [{ isOff: match[1] === "#", name: match[2] ?? "", value: match[3] ?? "" }];
  });

  test("names every variable once, and no other", () => {
    expect(entries.map(({ name }) => name).sort()).toEqual(Object.keys(BrokerVariables.properties).sort());
  });

  test("loads as it stands and shows the defaults", () => {
    const env = Object.fromEntries(
      entries.filter(({ isOff }) => !isOff).map(({ name, value }) => [name, value]),
    );
    expect(loadConfig(env)).toEqual(loadConfig({ DATABASE_URL: env.DATABASE_URL }));
    for (const { name, value } of entries) {
      const schema = Object.entries(BrokerVariables.properties).find(([one]) => one === name)?.[1];
      if (schema !== undefined && "default" in schema)
        expect([name, value]).toEqual([name, String(schema.default)]);
    }
  });

  test("loads with every line switched on", () => {
    const env = Object.fromEntries(entries.map(({ name, value }) => [name, value]));
    expect(loadConfig(env)).toMatchObject({ ok: true });
  });
});
