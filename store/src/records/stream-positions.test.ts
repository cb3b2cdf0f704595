import { newOutboxEpoch } from "@jumpa-madu/contracts/ids";
import { expect, it } from "vitest";
import { onEachEngine } from "../relational/engine-suite.ts";
import {
  findPosition,
  keepGaps,
  keepPositions,
  ROWS_PER_STATEMENT_MAX,
  type StreamPosition,
} from "./stream-positions.ts";

onEachEngine("stream positions", (suite) => {
  const streamOf = (node: string) => ({ node, stream: "records" as const, epoch: newOutboxEpoch() });

  it("move forward and never back", async () => {
    const key = streamOf("node-1");
    expect(await findPosition(suite.store.db, key)).toBeNull();
    await keepPositions(suite.store.db, [{ ...key, upto: 10, thinned: 2 }], 1);
    await keepPositions(suite.store.db, [{ ...key, upto: 9, thinned: 0 }], 2);
    await keepPositions(suite.store.db, [{ ...key, upto: 10, thinned: 0 }], 3);
    expect(await findPosition(suite.store.db, key)).toEqual({ ...key, upto: 10, thinned: 2 });
    await keepPositions(suite.store.db, [{ ...key, upto: 11, thinned: 3 }], 4);
    expect(await findPosition(suite.store.db, key)).toEqual({ ...key, upto: 11, thinned: 3 });
  });

  it("tell streams, epochs and nodes apart", async () => {
    const key = streamOf("node-2");
    const others = [
      { ...key, stream: "readings" as const },
      { ...key, epoch: newOutboxEpoch() },
      { ...key, node: "node-3" },
    ];
    await keepPositions(suite.store.db, [{ ...key, upto: 5, thinned: 0 }], 1);
    for (const other of others) expect(await findPosition(suite.store.db, other)).toBeNull();
  });

  it("take the furthest of several for one stream", async () => {
    const key = streamOf("node-4");
    const all = [3, 7, 5].map((upto) => ({ ...key, upto, thinned: upto }));
    await keepPositions(suite.store.db, all, 1);
    expect(await findPosition(suite.store.db, key)).toEqual({ ...key, upto: 7, thinned: 7 });
  });

  it("take more streams than one statement can", async () => {
    const many: StreamPosition[] = Array.from({ length: 6 * ROWS_PER_STATEMENT_MAX + 1 }, (_, index) => ({
      ...streamOf(`many-${index}`),
      upto: 1,
      thinned: 0,
    }));
    await keepPositions(suite.store.db, many, 1);
    const last = many.at(-1);
    expect(last && (await findPosition(suite.store.db, last))).toEqual(last);
  });

  it("note gaps", async () => {
    const key = streamOf("node-5");
    await keepGaps(suite.store.db, [], 1);
    await keepGaps(suite.store.db, [{ ...key, fromSeq: 4, uptoSeq: 6 }], 9);
    const rows = await suite.store.db
      .selectFrom("stream_gaps")
      .selectAll()
      .where("node_id", "=", "node-5")
      .execute();
    expect(rows).toMatchObject([{ from_seq: 4, upto_seq: 6, noticed_ms: 9, epoch: key.epoch }]);
  });

  if (suite.engine === "postgres") {
    it("do not deadlock when two processes keep the same in other orders", async () => {
      const streams = Array.from({ length: ROWS_PER_STATEMENT_MAX }, (_, index) =>
        streamOf(`shared-${index}`),
      );
      const positions = (upto: number) => streams.map((key) => ({ ...key, upto, thinned: 0 }));
      await Promise.all(
        Array.from({ length: 12 }, (_, round) => {
          const ours = positions(round + 1);
          return keepPositions(suite.store.db, round % 2 ? ours : ours.reverse(), round);
        }),
      );
      for (const key of streams.slice(0, 5)) expect((await findPosition(suite.store.db, key))?.upto).toBe(12);
    });
  }
});
