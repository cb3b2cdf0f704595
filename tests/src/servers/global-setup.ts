/**
 * Starts the real databases that all tests share: InfluxDB 1.6.7, InfluxDB 1.8.10 where Go has installed it, and
 * PostgreSQL. A test makes its own database there; one that stops or kills a server starts its own.
 */
import type { TestProject } from "vitest/node";
import { findInfluxd18, startInfluxdb } from "./influxdb.ts";
import { startPostgresql } from "./postgresql.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** InfluxDB 1.6.7 without authentication: `http://127.0.0.1:port`. */
    influxUrl: string;
    /** InfluxDB 1.8.10, likewise; null when the machine has none. */
    influx18Url: string | null;
    /** PostgreSQL's database `postgres` as superuser. */
    postgresUrl: string;
  }
}

/** Starts the servers, tells tests their URLs, and answers how to stop them. Fails when a Debian package is missing. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binary18 = findInfluxd18();
  const starts = await Promise.allSettled([
    startInfluxdb(),
    startPostgresql(),
    binary18 === null ? null : startInfluxdb({ binary: binary18 }),
  ]);
  const [influxdb, postgresql, influxdb18] = starts;
  const teardown = async () => {
    const servers = starts.flatMap((start) =>
      start.status === "fulfilled" && start.value ? [start.value] : [],
    );
    await Promise.all(servers.map((server) => server.remove()));
  };
  if (
    influxdb.status === "rejected" ||
    postgresql.status === "rejected" ||
    influxdb18.status === "rejected"
  ) {
    await teardown();
    const faults = starts.flatMap((start) => (start.status === "rejected" ? [String(start.reason)] : []));
    throw new Error(`servers that tests need did not start:\n${faults.join("\n")}`);
  }
  project.provide("influxUrl", influxdb.value.url);
  project.provide("influx18Url", influxdb18.value?.url ?? null);
  project.provide("postgresUrl", postgresql.value.adminUrl);
  return teardown;
}
