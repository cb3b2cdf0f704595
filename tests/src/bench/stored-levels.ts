/** Counts what a benchmark has stored. */
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";

/** Levels of all bins in a telemetry store. */
export async function storedLevels(telemetryUrl: string): Promise<number> {
  const telemetry = openTelemetry(telemetryUrl);
  try {
    return await telemetry.count("bin_level");
  } finally {
    await telemetry.close();
  }
}
