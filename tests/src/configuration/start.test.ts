/** `npm start` that cannot: it says everything that stands in its way, and leaves nothing running. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseEnv } from "node:util";
import { expect, test } from "vitest";
import { makeTempDir } from "../servers/temp-dir.ts";

const ROOT = join(import.meta.dirname, "../../..");

test("with the example as it comes every service names what it lacks, and none is started", async () => {
  const example = parseEnv(readFileSync(join(ROOT, ".env.example"), "utf8"));
  // A file `.env` of whoever runs the tests changes none of these, for they are given.
  const child = spawn(process.execPath, [join(ROOT, "scripts/start.ts")], {
    env: { PATH: process.env.PATH ?? "", ...example },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [[code], said] = await Promise.all([once(child, "exit"), text(child.stderr)]);
  expect(code).toBe(2);
  expect(said).toContain("ingest is not configured:\n  INGEST_SECRET is missing\n");
  expect(said).toContain("treasury is not configured:\n  VAULT_KEY is missing\n");
  expect(said).toContain("the api is not configured:\n  VAULT_KEY is missing\n  API_SECRET is missing\n");
  expect(said).toContain("ingest, treasury, api: not configured; mend .env");
  expect(said).not.toContain('"level"');
}, 30_000);

test("with a port that another copy holds it says so, and ends", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const dir = makeTempDir("start");
  const inFolder = (name: string) => `sqlite:${join(dir.path, name)}`;
  try {
    const child = spawn(process.execPath, [join(ROOT, "scripts/start.ts")], {
      env: {
        PATH: process.env.PATH ?? "",
        DATABASE_URL: inFolder("books.sqlite"),
        TELEMETRY_URL: inFolder("telemetry.sqlite"),
        VAULT_URL: inFolder("vault.sqlite"),
        VAULT_KEY: randomBytes(32).toString("base64"),
        MQTT_URL: "mqtt://127.0.0.1:9",
        INGEST_SECRET: randomBytes(24).toString("hex"),
        API_SECRET: randomBytes(24).toString("hex"),
        PAYOUT_PROVIDER: "",
        BROKER_TCP_PORT: "0",
        BROKER_HTTP_PORT: "0",
        INGEST_HTTP_PORT: "0",
        TREASURY_HTTP_PORT: "0",
        API_HTTP_PORT: String((other.address() as AddressInfo).port),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [[code], said] = await Promise.all([once(child, "exit"), text(child.stderr)]);
    expect(said).toContain("api finds its port taken: another copy of this system may be running");
    expect(code).toBe(3);
  } finally {
    other.close();
    dir.remove();
  }
}, 60_000);
