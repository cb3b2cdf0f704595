/** Telemetry store on InfluxDB 1.6, 1.8, 2 or 3: writes lines to `/write` or `/api/v2/write`, reads InfluxQL. */
import type { ReadingKind } from "@jumpa-madu/contracts/readings";
import { StoreError } from "../store-error.ts";
import { readBinEvents } from "./influx-bin-events.ts";
import { prepareInflux, requireDatabase } from "./influx-database.ts";
import { readLatestLevels, readLatestWeights } from "./influx-latest.ts";
import { type AnswerSeries, createStatementRunner, StatementError } from "./influx-read.ts";
import { countPointsOf, countRowsOf, selectOf } from "./influx-statements.ts";
import { parseInfluxUrl } from "./influx-url.ts";
import { createLineWriter, keepAliveAgent } from "./influx-write.ts";
import { lineFault, toLines } from "./line-protocol.ts";
import { MEASUREMENTS } from "./measurement-schema.ts";
import { writeSplitting } from "./split-write.ts";
import { checkBatch, checkQuery, filtersOf, rowsBound, tooManyRows } from "./telemetry-query.ts";
import {
  QUERY_ROWS_MAX,
  type TelemetryPoint,
  type TelemetryQuery,
  type TelemetryRow,
  type TelemetryStore,
} from "./telemetry-store.ts";

/** Deadlines of requests; for tests, which cannot wait as long. */
export interface InfluxTelemetryOptions {
  /** Time from sending a write to the end of its answer; 10 s when absent. */
  writeMsMax?: number;
  /** Time from sending a statement to the end of its answer; 30 s when absent. */
  queryMsMax?: number;
}

/** Opens a store on the InfluxDB of `url` (`parseInfluxUrl`). Connects at the first call, not here. */
export function openInfluxTelemetry(url: string, options: InfluxTelemetryOptions = {}): TelemetryStore {
  const address = parseInfluxUrl(url);
  const agent = keepAliveAgent(address);
  const writer = createLineWriter(address, agent, options.writeMsMax);
  const runner = createStatementRunner(address, agent, options.queryMsMax);

  /** Runs a statement; tells apart why the engine refuses one, without reading its words. */
  const run = async (statement: string): Promise<AnswerSeries[]> => {
    try {
      return await runner.run(statement);
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      await requireDatabase(runner, address);
      throw new StoreError("bad_answer", `InfluxDB refused a statement: ${error.message}`, { cause: error });
    }
  };

  return {
    prepare: () => prepareInflux(runner, address),
    async write(points) {
      checkBatch(points);
      const unnamed: { point: TelemetryPoint; reason: string }[] = [];
      for (const point of points) {
        const reason = lineFault(point);
        if (reason !== null) unnamed.push({ point, reason });
      }
      const named = unnamed.length === 0 ? points : points.filter((point) => lineFault(point) === null);
      const outcome = await writeSplitting(named, { encode: toLines, write: (body) => writer.write(body) });
      if (outcome.kind !== "stored" || unnamed.length === 0) return outcome;
      return { kind: "stored", refused: [...unnamed, ...outcome.refused] };
    },
    query: (query) => queryRows(run, query),
    latestLevels: (bins) => readLatestLevels(run, bins),
    latestWeights: (scales) => readLatestWeights(run, scales),
    binEvents: (query, page) => readBinEvents(run, query, page),
    count: async (measurement: ReadingKind) => onlyNumber(await run(countPointsOf(measurement))),
    ping: () => requireDatabase(runner, address),
    async close() {
      agent.destroy();
    },
  };
}

async function queryRows(
  run: (statement: string) => Promise<AnswerSeries[]>,
  query: TelemetryQuery,
): Promise<TelemetryRow[]> {
  checkQuery(query);
  const filters = filtersOf(query);
  if (filters === null || query.toMs <= query.fromMs) return [];
  // InfluxDB limits rows of each series and not of the answer, so an answer that may be too long is counted before.
  if (
    rowsBound(query) > QUERY_ROWS_MAX &&
    onlyNumber(await run(countRowsOf(query, filters))) > QUERY_ROWS_MAX
  ) {
    throw tooManyRows(QUERY_ROWS_MAX);
  }
  const tag = MEASUREMENTS[query.measurement].seriesTag;
  const rows: TelemetryRow[] = [];
  for (const series of await run(selectOf(query, filters))) {
    const name = series.tags?.[tag] ?? "";
    for (const [t, value] of series.values ?? []) {
      if (typeof t === "number" && typeof value === "number") rows.push({ series: name, t, value });
    }
  }
  return rows;
}

/** The number in the column `value` of an answer of one row; 0 when there is no row. */
function onlyNumber([series]: AnswerSeries[]): number {
  const value = series?.values?.[0]?.[series.columns.indexOf("value")];
  return typeof value === "number" ? value : 0;
}
