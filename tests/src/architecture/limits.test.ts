/** docs/LIMITS.md names every limit of the rooms, and tests that are there. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../../..");
const ROOMS = [
  "contracts",
  "sensing",
  "store",
  "routing",
  "firmware-sim",
  "edge",
  "broker",
  "ingest",
  "treasury",
  "provider-sim",
  "api",
  "web",
];
const TEXT = readFileSync(join(ROOT, "docs/LIMITS.md"), "utf8");

/** Code that only tests run. */
const TEST_CODE =
  /\.test\.tsx?$|[.-]suite\.ts$|-fixture\.ts$|\/testing\/|\/(?:socat-port|host-port|crash-child|idle-child)\.ts$/;

/** A constant, a member of a room's limits, or a setting that says by its name that it is a limit. */
const LIMIT =
  /\bconst ([A-Z][A-Z0-9_]*_(?:MAX|TIMEOUT_MS))\b|^\s+(?:readonly )?(\w+Max)\??: number;|^\s+([A-Z][A-Z0-9_]*_(?:MAX|TIMEOUT_MS)): /gm;

/** Ranges of values and of judgement, at which nothing is queued, kept or waited for. */
const RANGES = words(`
  ROWS_OF_THEIR_OWN_MAX
  EPOCH_MS_MAX WEIGHT_G_MAX DISTANCE_MM_MAX AMOUNT_IDR_MAX PRICE_IDR_PER_KG_MAX TEMP_C_MAX RELATIVE_S_MAX
  SPREAD_SHARE_MAX JUMP_FILL_MAX EMPTIED_FILL_MAX BEYOND_EMPTY_MAX
  NUMBER_BYTES_MAX INT31_MAX LEVEL_EVERY_MS_MAX STEP_BACK_MS_MAX NODE_LENGTH_MAX PLACE_LENGTH_MAX
  RANGE_MM_MAX FILL_MAX LAG_MS_MAX SWING_MS_MAX BAGS_MAX GARBAGE_BYTES_MAX AMOUNT_MAX RAW_MAX ADC_MAX ECHO_US_MAX VALUE_BYTES_MAX
  SPREAD_MM_MAX NAME_LENGTH_MAX TOLERATED_CONFIDENCE_MAX PHONE_DIGITS_MAX LOCK_DAYS_MAX PIECES_MAX FAULTS_CONFIDENCE_MAX
  SHARE_BPS_MAX COUNTED_G_MAX COUNT_DIFFERENCE_G_MAX COUNT_DIFFERENCE_SHARE_MAX SHRINKAGE_SHARE_MAX BI_FAST_IDR_MAX ACCOUNT_NAME_LENGTH_MAX DESCRIPTION_LENGTH_MAX MESSAGE_TEXT_MAX ROWS_OF_THEIR_OWN_MAX`);

/** Members that hand on a limit that stands under another name, and signals that only the kernel could send so often. */
const HANDED_ON = words(`
  perAddressMax packetBytesMax entriesMax runningMax waitingMax connectionsPerAddressMax
  keepaliveSMax failuresPerAddressMax readyMsMax waitMsMax busyWaitMsMax envelopesMax itemsMax
  eventLoopDelayMsMax answerBytesMax INTERRUPTIONS_MAX`);

function words(text: string): Set<string> {
  return new Set(text.trim().split(/\s+/));
}

function sourcesOf(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesOf(path);
    return /\.tsx?$/.test(entry.name) && !TEST_CODE.test(path) ? [path] : [];
  });
}

const limitsOf = (room: string) =>
  sourcesOf(join(ROOT, room, "src")).flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(LIMIT)].map(([, ...names]) => names.find((name) => name) ?? ""),
  );

test.each(ROOMS)("every limit of %s is told of, or is a range", (room) => {
  const untold = limitsOf(room).filter(
    (name) => !RANGES.has(name) && !HANDED_ON.has(name) && !new RegExp(`\\b${name}\\b`).test(TEXT),
  );
  expect(untold).toEqual([]);
});

test("nothing is left out by a name that is no more", () => {
  const known = new Set(ROOMS.flatMap(limitsOf));
  expect([...RANGES, ...HANDED_ON].filter((name) => !known.has(name))).toEqual([]);
});

test("every test that is told of is there", () => {
  let room = "";
  const missing: string[] = [];
  for (const line of TEXT.split("\n")) {
    room = /^## ([a-z-]+)/.exec(line)?.[1] ?? room;
    for (const [, of, path = ""] of line.matchAll(/(?:\b([a-z-]+) )?`([\w/.-]+\.test\.ts)`/g)) {
      const inRoom = of !== undefined && ROOMS.includes(of) ? of : room;
      const isEach = path === "main.test.ts" && room === "contracts";
      if (!isEach && !path.startsWith("tests/") && !existsSync(join(ROOT, inRoom, "src", path)))
        missing.push(`${inRoom}: ${path}`);
    }
  }
  expect(missing).toEqual([]);
});
