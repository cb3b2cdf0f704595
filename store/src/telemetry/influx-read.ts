/**
 * InfluxQL statements over `/query`, which every InfluxDB answers, by the package `influx`.
 *
 * Its pool shuts its only host out for up to ten seconds after one failure and then answers "No host available"; here
 * the backoff is none, so each call tries anew. It also waits for ever when the connection breaks within an answer; the
 * deadline here ends that.
 */
import type { Agent } from "node:http";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { InfluxDB } from "influx";
import Type, { type Static } from "typebox";
import { StoreError } from "../store-error.ts";
import { baseUrlOf, type InfluxAddress } from "./influx-url.ts";

/** Time from sending a statement to the end of its answer. */
const QUERY_MS_MAX = 30_000;

const Answer = Type.Object({
  results: Type.Array(
    Type.Object({
      error: Type.Optional(Type.String()),
      series: Type.Optional(
        Type.Array(
          Type.Object({
            tags: Type.Optional(Type.Record(Type.String(), Type.String())),
            columns: Type.Array(Type.String()),
            values: Type.Optional(
              Type.Array(Type.Array(Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()]))),
            ),
          }),
        ),
      ),
    }),
  ),
});

/** A series of an answer: one for each value of the tag grouped by. Times are milliseconds. */
export interface AnswerSeries {
  tags?: Record<string, string>;
  columns: string[];
  values?: (number | string | boolean | null)[][];
}

const answers = checkerOf(Answer);
type Answer = Static<typeof Answer>;

/** A statement that the engine understood and refused, in its words. */
export class StatementError extends Error {}

export interface StatementRunner {
  /**
   * Runs one statement against the address's database and retention policy. Throws StoreError when the engine cannot
   * be asked, and StatementError when it refuses the statement.
   */
  run(statement: string): Promise<AnswerSeries[]>;
  /** Version that the engine tells, such as `1.6.7`; null when it tells none. Throws StoreError when it is out of reach. */
  version(): Promise<string | null>;
}

const noBackoff = { getDelay: () => 0, next: () => noBackoff, reset: () => noBackoff };

export function createStatementRunner(
  address: InfluxAddress,
  agent: Agent,
  timeoutMs = QUERY_MS_MAX,
): StatementRunner {
  const { protocol, host, port, database, retentionPolicy, credentials } = address;
  const influx = new InfluxDB({
    protocol,
    host,
    port,
    database,
    ...(credentials && { username: credentials.user, password: credentials.password }),
    options: { agent },
    pool: { maxRetries: 0, requestTimeout: timeoutMs, backoff: noBackoff },
  });
  return {
    async run(statement) {
      const answer = await ask(timeoutMs, (signal) =>
        influx.queryRaw(statement, { precision: "ms", method: "POST", retentionPolicy, signal }),
      );
      return seriesOfAnswer(answer);
    },
    async version() {
      const [ping] = await influx.ping(timeoutMs);
      if (!ping?.online)
        throw new StoreError("unavailable", `InfluxDB does not answer at ${baseUrlOf(address)}`);
      return ping.version;
    },
  };
}

async function ask(timeoutMs: number, query: (signal: AbortSignal) => Promise<unknown>): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs);
  const { promise: late, reject } = Promise.withResolvers<never>();
  const onAbort = () =>
    reject(new StoreError("unavailable", `InfluxDB gave no answer within ${timeoutMs} ms`));
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([query(signal), late]);
  } catch (error) {
    throw storeErrorOf(error);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function storeErrorOf(error: unknown): Error {
  if (error instanceof StoreError) return error;
  const words = error instanceof Error ? error.message : String(error);
  if (error instanceof SyntaxError)
    return new StoreError("bad_answer", `InfluxDB: ${words}`, { cause: error });
  const status = statusOf(error);
  if (status === null) return new StoreError("unavailable", `InfluxDB: ${words}`, { cause: error });
  if (status === 401 || status === 403)
    return new StoreError("unauthorised", `InfluxDB: ${words}`, { cause: error });
  if (status === 404) return new StoreError("no_database", `InfluxDB: ${words}`, { cause: error });
  if (status === 408 || status === 429)
    return new StoreError("unavailable", `InfluxDB: ${words}`, { cause: error });
  return new StatementError(words, { cause: error });
}

/** Status of an answer from 300 to 499, which the package's RequestError (not exported) carries; null for other trouble. */
function statusOf(error: unknown): number | null {
  if (!(error instanceof Error && "res" in error)) return null;
  const { res } = error;
  const has =
    typeof res === "object" && res !== null && "statusCode" in res && typeof res.statusCode === "number";
  return has ? Number(res.statusCode) : null;
}

function seriesOfAnswer(answer: unknown): AnswerSeries[] {
  const checked = answers.fits(answer) ? answer : badAnswer(answer);
  const [result] = checked.results;
  if (result?.error !== undefined) throw new StatementError(result.error);
  return result?.series ?? [];
}

function badAnswer(answer: unknown): Answer {
  const checked = answers.check(answer);
  if (checked.ok) return checked.value;
  throw new StoreError("bad_answer", `InfluxDB answered what is no result: ${checked.faults.join("; ")}`);
}
