/** Answers that were given to requests which may come again, and the numbers of receipts. */
import type { DatabaseSync } from "node:sqlite";

/** An answer with the request that it was given to, as a hash. */
export interface KeptAnswer {
  request: string;
  answer: unknown;
}

export interface Answers {
  find: (key: string) => KeptAnswer | null;
  /** Keeps an answer beside the record `seq` that was made with it. Inside the caller's transaction. */
  keep: (entry: { seq: number; key: string } & KeptAnswer) => void;
  /** Draws the next receipt number, from 1. Inside the caller's transaction, so that none is skipped. */
  drawReceiptNumber: () => number;
  /** Forgets answers of acknowledged records beyond the newest `keptMax` records. */
  forget: (keptMax: number) => void;
}

/** The answers in `database`. */
export function answersOf(database: DatabaseSync): Answers {
  const select = database.prepare("SELECT request, answer FROM answers WHERE key = ?");
  const insert = database.prepare("INSERT INTO answers (seq, key, request, answer) VALUES (?, ?, ?, ?)");
  const draw = database.prepare("UPDATE outbox SET receipt = receipt + 1 RETURNING receipt");
  const remove = database.prepare(
    `DELETE FROM answers WHERE seq <= (SELECT min(acked_seq, next_seq - 1 - ?) FROM stream WHERE name = 'records')`,
  );
  return {
    find(key) {
      const row = select.get(key);
      if (row === undefined) return null;
      const answer: unknown = JSON.parse(String(row.answer));
      return { request: String(row.request), answer };
    },
    keep: ({ seq, key, request, answer }) => {
      insert.run(seq, key, request, JSON.stringify(answer));
    },
    drawReceiptNumber: () => Number(draw.get()?.receipt),
    forget: (keptMax) => {
      remove.run(keptMax);
    },
  };
}
