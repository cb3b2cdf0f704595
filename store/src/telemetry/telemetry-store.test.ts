import { join } from "node:path";
import { inject } from "vitest";
import { makeTempDir } from "../../../tests/src/servers/temp-dir.ts";
import { newInfluxDatabase, writeRawLines } from "./influx-fixture.ts";
import { openTelemetry } from "./open-telemetry.ts";
import { levelPoint, START_MS } from "./telemetry-points.ts";
import { describeManyPoints, describeTelemetryStore, type StoreUnderTest } from "./telemetry-store.suite.ts";

const sqlite: StoreUnderTest = {
  name: "SQLite",
  async open() {
    const dir = makeTempDir("telemetry");
    const store = openTelemetry(`sqlite:${join(dir.path, "telemetry.sqlite")}`);
    await store.prepare();
    return {
      store,
      remove: async () => dir.remove(),
      refusedPoint: async () => levelPoint({ bin: "bin-bad", temp_c: Number.NaN }),
    };
  },
  openMissing: async () => openTelemetry("sqlite:/nowhere/telemetry.sqlite"),
};
const influx16 = influxEngine("InfluxDB 1.6", inject("influxUrl"));

for (const engine of [sqlite, influx16]) {
  describeTelemetryStore(engine);
  describeManyPoints(engine);
}

// InfluxDB 1.8 is tested where Go has installed it; `npm test` does so where Go is present.
const influx18Url = inject("influx18Url");
if (influx18Url !== null) {
  const influx18 = influxEngine("InfluxDB 1.8 by /write", influx18Url);
  describeTelemetryStore(influx18);
  describeManyPoints(influx18);
  describeTelemetryStore(influxEngine("InfluxDB 1.8 by /api/v2/write", influx18Url, "?api=v2"));
}

function influxEngine(name: string, serverUrl: string, query = ""): StoreUnderTest {
  const urlOf = (database: string) => `influx://${new URL(serverUrl).host}/${database}${query}`;
  return {
    name,
    async open() {
      const database = newInfluxDatabase(serverUrl);
      const store = openTelemetry(urlOf(database.name));
      await store.prepare();
      return {
        store,
        remove: () => database.drop(),
        async refusedPoint() {
          // InfluxDB keeps to the first type that a field is written with; without `seq` the point is not counted.
          await writeRawLines(serverUrl, database.name, `bin_level,bin=bin-0 temp_c="warm" ${START_MS}`);
          return levelPoint({ bin: "bin-bad", temp_c: 30 });
        },
      };
    },
    openMissing: async () => openTelemetry(urlOf("missing")),
  };
}
