/** What the file of a stopped outbox says of its streams. */
import { DatabaseSync } from "node:sqlite";

/** One stream: the last number that was ever committed, and the rows that are still there. */
export interface StreamNumbers {
  last: number;
  rows: number;
}

export interface OutboxNumbers {
  epoch: string;
  readings: StreamNumbers;
  records: StreamNumbers;
}

/** A reading that is still in the file. */
export interface HeldReading {
  seq: number;
  series: string | null;
  reading: { kind: string; t: number };
}

/** Reads the numbers. The agent must not run: it locks the file. */
export function outboxNumbers(file: string): OutboxNumbers {
  return opened(file, (database) => {
    const numbersOf = (stream: "readings" | "records"): StreamNumbers => {
      const row = database.prepare("SELECT next_seq - 1 AS last FROM stream WHERE name = ?").get(stream);
      const held = database.prepare(`SELECT count(*) AS held FROM ${stream}`).get();
      return { last: Number(row?.last), rows: Number(held?.held) };
    };
    const epoch = String(database.prepare("SELECT epoch FROM outbox").get()?.epoch);
    return { epoch, readings: numbersOf("readings"), records: numbersOf("records") };
  });
}

/** Reads the readings that are still there, in order. The agent must not run. */
export function heldReadings(file: string): HeldReading[] {
  return opened(file, (database) =>
    database
      .prepare("SELECT seq, series, body FROM readings ORDER BY seq")
      .all()
      .map(({ seq, series, body }) => ({
        seq: Number(seq),
        series: series === null ? null : String(series),
        reading: JSON.parse(String(body)),
      })),
  );
}

function opened<T>(file: string, read: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file);
  try {
    return read(database);
  } finally {
    database.close();
  }
}
