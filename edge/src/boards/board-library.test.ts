import { execFile } from "node:child_process";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { BOARDS_PER_LOAD_MAX, boardLibrary } from "./board-library.ts";
import { connectBoard } from "./board-session.ts";

const TIMING = { askAfterMs: 60_000, readyMsMax: 60_000 };

test("johnny-five is loaded afresh after so many boards, and the boards before can go", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const boards: WeakRef<object>[] = [];
  for (let made = 0; made < 6 * BOARDS_PER_LOAD_MAX; made += 1) boards.push(new WeakRef(connectAndEnd()));
  await vi.waitFor(() => {
    collect();
    const kept = boards.filter((board) => board.deref() !== undefined).length;
    // Those of the last load, and of the first: the modules that johnny-five shares with others name it as their parent.
    expect(kept).toBeLessThanOrEqual(2 * BOARDS_PER_LOAD_MAX);
  });
});

test("within a load it is the same", () => {
  const before = boardLibrary();
  const loads = new Set(Array.from({ length: BOARDS_PER_LOAD_MAX }, () => boardLibrary()));
  expect(loads.size).toBeLessThanOrEqual(2);
  expect([...loads].at(-1)).not.toBe(before);
});

test("an agent without a board does not load johnny-five", async () => {
  const script = `
    await import(${JSON.stringify(import.meta.resolve("../sensing/channel.ts"))});
    const { createRequire } = await import("node:module");
    const { cache } = createRequire(${JSON.stringify(import.meta.url)});
    process.stdout.write(String(Object.keys(cache).filter((path) => /johnny-five|firmata/.test(path)).length));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  expect(stdout).toBe("0");
});

function connectAndEnd(): object {
  const session = connectBoard(new PassThrough(), TIMING, () => {});
  session.end();
  return session.board;
}
