/** Configuration of ingest for tests. */
import { type Config, loadConfig } from "../config.ts";
import { INBOX_TIMING } from "../mqtt/mqtt-inbox.ts";
import { SHARD } from "./test-node.ts";

/** Waits of the inbox that suit a test. */
export const TEST_TIMING = { ...INBOX_TIMING, reconnectMsMin: 30, resubscribeMs: 30 };

/** The defaults, on a free port, but for what the test gives. */
export function testConfig(mqttUrl: string, more: Partial<Config> = {}): Config {
  const loaded = loadConfig({
    MQTT_URL: mqttUrl,
    INGEST_SECRET: "a-secret-for-tests-only",
    SHARD,
    DATABASE_URL: "sqlite:unused",
    TELEMETRY_URL: "sqlite:unused",
    INGEST_HTTP_PORT: "0",
  });
  if (!loaded.ok) throw new Error(loaded.faults.join("; "));
  return { ...loaded.value, ...more };
}
