/**
 * The weight of each scale that went into a deposit last, kept over restarts: a load that still lies there when the
 * agent comes back must not be paid a second time.
 */
import type { DatabaseSync } from "node:sqlite";

/** What a scale has shown, in whole grams, of a load that a deposit has used up. */
export interface UsedLoad {
  shownG: number;
  /** With its tare; null when that is not known. */
  grossG: number | null;
}

/** A load that a deposit has used up, and its scale. */
export interface UsedWeight extends UsedLoad {
  scale: string;
}

export interface UsedWeights {
  /** Keeps it in place of the scale's earlier one. Inside the caller's transaction. */
  keep: (used: UsedWeight) => void;
  /** What the scale showed; null when nothing of it was ever used. */
  lastOf: (scale: string) => UsedLoad | null;
}

/** The used weights in `database`: one row a scale. */
export function usedWeightsOf(database: DatabaseSync): UsedWeights {
  const select = database.prepare("SELECT shown_g, gross_g FROM used_weight WHERE scale = ?");
  const upsert = database.prepare(
    "INSERT OR REPLACE INTO used_weight (scale, shown_g, gross_g) VALUES (?, ?, ?)",
  );
  return {
    keep: ({ scale, shownG, grossG }) => {
      upsert.run(scale, shownG, grossG);
    },
    lastOf: (scale) => {
      const row = select.get(scale);
      if (row === undefined) return null;
      return { shownG: Number(row.shown_g), grossG: row.gross_g === null ? null : Number(row.gross_g) };
    },
  };
}
