/** An empty relational database for a benchmark. */
import { join } from "node:path";
import { startPostgresql } from "../servers/postgresql.ts";
import type { BenchmarkContext } from "./benchmark.ts";

/** Engines that a benchmark can run on. */
export type RelationalEngine = "sqlite" | "postgres";

/** Makes a SQLite file in the benchmark's folder, or starts a PostgreSQL with fsync on. Answers its URL. */
export async function openDatabase(
  { dir, defer }: BenchmarkContext,
  engine: RelationalEngine,
): Promise<string> {
  if (engine === "sqlite") return `sqlite:${join(dir, "books.sqlite")}`;
  const postgresql = await startPostgresql();
  defer(() => postgresql.remove());
  return await postgresql.createDatabase("bench");
}
