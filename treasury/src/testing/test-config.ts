/** Configuration for tests: both providers on, at addresses that a test gives. */
import { type Config, loadConfig } from "../config.ts";

/** A configuration with some variables changed; empty ones are left out. */
export function testConfig(change: Record<string, string> = {}): Config {
  const loaded = loadConfig({
    DATABASE_URL: "sqlite:not-used.sqlite",
    VAULT_KEY: "not-used",
    TREASURY_HTTP_PORT: "0",
    TREASURY_LOG_LEVEL: "silent",
    TREASURY_WORKER_ID: "worker-1",
    PAYOUT_PROVIDER: "xendit-v2",
    XENDIT_SECRET_KEY: "xnd_development_for_tests_only",
    XENDIT_CALLBACK_TOKEN: "callback-token-for-tests",
    XENDIT_URL: "http://127.0.0.1:1",
    XENDIT_REQUESTS_PER_MINUTE: "100000",
    FLIP_SECRET_KEY: "flip-secret-key-for-tests",
    FLIP_CALLBACK_TOKEN: "validation-token-for-tests",
    FLIP_URL: "http://127.0.0.1:1/api",
    FLIP_REQUESTS_PER_MINUTE: "100000",
    ...change,
  });
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded.value;
}
