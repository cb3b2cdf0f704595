/** Chooses the engine of the telemetry store by the scheme of its URL. */
import { StoreError } from "../store-error.ts";
import { openInfluxTelemetry } from "./influx-telemetry.ts";
import { openSqliteTelemetry } from "./sqlite-telemetry.ts";
import type { TelemetryStore } from "./telemetry-store.ts";

/**
 * Opens `sqlite:/path/telemetry.sqlite`, `influx://user:password@host:8086/database` or `influx+https://…`.
 *
 * Nothing is connected before the first call. Throws StoreError `unsupported_url` for any other URL.
 */
export function openTelemetry(url: string): TelemetryStore {
  const scheme = url.slice(0, url.indexOf(":") + 1);
  switch (scheme) {
    case "sqlite:":
      return openSqliteTelemetry(url);
    case "influx:":
    case "influx+https:":
      return openInfluxTelemetry(url);
    default:
      throw new StoreError(
        "unsupported_url",
        `telemetry URL must begin with sqlite:, influx: or influx+https:, not with "${scheme}"`,
      );
  }
}
