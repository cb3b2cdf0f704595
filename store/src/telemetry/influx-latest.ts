/**
 * Latest points of many series in InfluxDB.
 *
 * `last()` beside a condition on a field reads every block of the time asked for: 90 days of 10,000 bins would take
 * minutes. So the last day is asked first, and longer times only for the series that were silent in it.
 */
import { isName } from "@jumpa-madu/contracts/ids";
import type { AnswerSeries } from "./influx-read.ts";
import { latestLevelsWithin, latestWeightsWithin, type TimeSpan, tagValuesOf } from "./influx-statements.ts";
import { LATEST_AHEAD_MS_MAX, type LatestLevel, type LatestWeight } from "./telemetry-store.ts";

const DAY_MS = 86_400_000;

/** How far back is asked, nearest first; null is without end. */
const SPANS_MS = [DAY_MS, 8 * DAY_MS, null];

/** Most names that one statement spells out. */
const NAMES_MAX = 500;

type Run = (statement: string) => Promise<AnswerSeries[]>;

/** Columns of one latest point by name; `time` in milliseconds. */
type LatestPoint = Record<string, number | string | boolean | null>;

export async function readLatestLevels(run: Run, bins: string[] | null): Promise<LatestLevel[]> {
  const all = () => tagValues(run, tagValuesOf("bin_level", "bin"));
  const points = await latestPoints(run, { statement: latestLevelsWithin, tag: "bin", names: bins, all });
  return points.map(([bin, point]) => ({
    bin,
    t: Number(point.time),
    distanceMm: Number(point.distance_mm),
    fill: typeof point.fill === "number" ? point.fill : null,
    quality: String(point.quality),
  }));
}

export async function readLatestWeights(run: Run, scales: string[] | null): Promise<LatestWeight[]> {
  const all = () => tagValues(run, tagValuesOf("scale_weight", "scale"));
  const points = await latestPoints(run, {
    statement: latestWeightsWithin,
    tag: "scale",
    names: scales,
    all,
  });
  return points.map(([scale, point]) => ({
    scale,
    t: Number(point.time),
    weightG: Number(point.weight_g),
    stable: typeof point.stable === "boolean" ? point.stable : null,
  }));
}

interface LatestQuestion {
  statement(span: TimeSpan, names: string[] | null): string;
  tag: string;
  /** Null for all series. */
  names: string[] | null;
  /** Names of all series that there ever were. */
  all(): Promise<string[]>;
}

/** Latest points in order of their series' names. */
async function latestPoints(run: Run, question: LatestQuestion): Promise<[string, LatestPoint][]> {
  const { tag } = question;
  const asked = question.names === null ? null : new Set(question.names.filter(isName));
  if (asked?.size === 0) return [];
  const found = new Map<string, LatestPoint>();
  let missing = asked === null ? null : [...asked];
  for (const [at, spanMs] of SPANS_MS.entries()) {
    const nowMs = Date.now();
    const span = { fromMs: spanMs === null ? null : nowMs - spanMs, toMs: nowMs + LATEST_AHEAD_MS_MAX };
    for (const names of groupsOf(missing, at === 0)) {
      for (const series of await run(question.statement(span, names))) {
        const name = series.tags?.[tag] ?? "";
        if ((asked?.has(name) ?? name !== "") && !found.has(name)) found.set(name, firstPoint(series));
      }
    }
    missing = (missing ?? (await question.all())).filter((name) => !found.has(name));
    if (missing.length === 0) break;
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Names to ask for, a statement for each group; null asks for all series. In the last day many series are read faster
 * by reading all of them; over longer times only the silent ones may be touched, however many they are.
 */
function groupsOf(names: string[] | null, isLastDay: boolean): (string[] | null)[] {
  if (names === null || (isLastDay && names.length > NAMES_MAX)) return [null];
  const groups: string[][] = [];
  for (let at = 0; at < names.length; at += NAMES_MAX) groups.push(names.slice(at, at + NAMES_MAX));
  return groups;
}

function firstPoint({ columns, values }: AnswerSeries): LatestPoint {
  const row = values?.[0] ?? [];
  return Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null]));
}

async function tagValues(run: Run, statement: string): Promise<string[]> {
  const [series] = await run(statement);
  const at = series?.columns.indexOf("value") ?? -1;
  return (series?.values ?? []).map((row) => String(row[at]));
}
