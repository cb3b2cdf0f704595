/**
 * The weight of each scale that went into a deposit last, kept over restarts: a load that still lies there when the
 * agent comes back must not be paid a second time.
 */
import type { DatabaseSync } from "node:sqlite";

/** A weight in whole grams that a scale has shown and a deposit has used up. */
export interface UsedWeight {
  scale: string;
  shownG: number;
}

export interface UsedWeights {
  /** Keeps it in place of the scale's earlier one. Inside the caller's transaction. */
  keep: (used: UsedWeight) => void;
  /** What the scale showed, in grams; null when nothing of it was ever used. */
  lastOf: (scale: string) => number | null;
}

/** The used weights in `database`: one row a scale. */
export function usedWeightsOf(database: DatabaseSync): UsedWeights {
  const select = database.prepare("SELECT shown_g FROM used_weight WHERE scale = ?");
  const upsert = database.prepare("INSERT OR REPLACE INTO used_weight (scale, shown_g) VALUES (?, ?)");
  return {
    keep: ({ scale, shownG }) => {
      upsert.run(scale, shownG);
    },
    lastOf: (scale) => {
      const row = select.get(scale);
      return row === undefined ? null : Number(row.shown_g);
    },
  };
}
