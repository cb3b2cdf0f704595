/**
 * Variables of each service: the one place where the tests of the whole system name them.
 *
 * The edge is configured by a file (`edge-agent.ts`); EDGE_CONFIG names it.
 */

/** Where the parts of one system meet. */
export interface Meeting {
  databaseUrl: string;
  telemetryUrl: string;
  vaultUrl: string;
  ports: { broker: number; brokerHttp: number; ingestHttp: number; api: number };
  secrets: { ingest: string; api: string; vaultKey: string };
}

/** Variables of the broker. */
export function brokerEnvironment({ databaseUrl, ports }: Meeting): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    BROKER_TCP_PORT: String(ports.broker),
    BROKER_HTTP_PORT: String(ports.brokerHttp),
  };
}

/** Variables of ingest. */
export function ingestEnvironment(meeting: Meeting): Record<string, string> {
  return {
    ...storesAndBroker(meeting),
    INGEST_SECRET: meeting.secrets.ingest,
    INGEST_HTTP_PORT: String(meeting.ports.ingestHttp),
  };
}

/** Variables of the api. The rate limit is that of one person; tests ask more often. */
export function apiEnvironment(meeting: Meeting): Record<string, string> {
  return {
    ...storesAndBroker(meeting),
    API_SECRET: meeting.secrets.api,
    VAULT_URL: meeting.vaultUrl,
    VAULT_KEY: meeting.secrets.vaultKey,
    API_HTTP_PORT: String(meeting.ports.api),
    API_RATE_PER_MINUTE: "100000",
  };
}

function storesAndBroker({ databaseUrl, telemetryUrl, ports }: Meeting): Record<string, string> {
  return {
    DATABASE_URL: databaseUrl,
    TELEMETRY_URL: telemetryUrl,
    MQTT_URL: `mqtt://127.0.0.1:${ports.broker}`,
  };
}
