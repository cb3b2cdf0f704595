import { expect, test } from "vitest";
import { readLatestLevels } from "./influx-latest.ts";

/** Names that a statement spells out. */
const namesIn = (statement: string) => statement.match(/bin-\d+/g)?.length ?? 0;

test("more than 500 silent bins are asked for in groups, so that no statement grows without end", async () => {
  const bins = Array.from({ length: 1_200 }, (_, n) => `bin-${n}`);
  const statements: string[] = [];
  const run = async (statement: string) => {
    statements.push(statement);
    return [];
  };
  expect(await readLatestLevels(run, bins)).toEqual([]);
  // The last day without names, then each longer span in three groups.
  expect(statements.map(namesIn)).toEqual([0, 500, 500, 200, 500, 500, 200]);
});
