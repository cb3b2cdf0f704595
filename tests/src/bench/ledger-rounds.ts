/** Short rounds of posting, ours and the bare engine's in turns, so that noise of the machine hits both. */
import { medianOf, type Row } from "./table.ts";

/** What one round did. Latencies in milliseconds, of a whole transaction. */
interface Round {
  deposits: number;
  elapsedMs: number;
  latenciesMs: number[];
}

/** Who posts: makes a number of deposits before the clock starts, and posts them in one transaction. */
export interface Poster {
  ready(count: number): () => Promise<void>;
}

/** Rounds of one poster put together. */
export interface Posted {
  perS: number;
  p50Ms: number;
  p99Ms: number;
  rounds: Round[];
}

/** How long and how. */
export interface RoundPlan {
  rounds: number;
  roundMs: number;
  /** Deposits of a transaction. */
  batch: number;
}

/** Transactions that are made ready at a time; making them is not measured. */
const READY_DEPOSITS = 200;

/** Lets the posters take turns. The first round of each warms up and does not count. */
export async function takeTurns<Name extends string>(
  posters: Record<Name, Poster>,
  { rounds, roundMs, batch }: RoundPlan,
): Promise<Record<Name, Posted>> {
  const names = Object.keys(posters) as Name[];
  const done = new Map<Name, Round[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const result = await postFor(posters[name], roundMs, batch);
      if (round > 0) done.get(name)?.push(result);
    }
  }
  return Object.fromEntries(names.map((name) => [name, together(done.get(name) ?? [])])) as Record<
    Name,
    Posted
  >;
}

async function postFor(poster: Poster, roundMs: number, batch: number): Promise<Round> {
  const round: Round = { deposits: 0, elapsedMs: 0, latenciesMs: [] };
  let ready: (() => Promise<void>)[] = [];
  while (round.elapsedMs < roundMs) {
    if (ready.length === 0)
      ready = Array.from({ length: Math.max(1, READY_DEPOSITS / batch) }, () => poster.ready(batch));
    const post = ready.pop();
    const startMs = performance.now();
    await post?.();
    const latencyMs = performance.now() - startMs;
    round.latenciesMs.push(latencyMs);
    round.elapsedMs += latencyMs;
    round.deposits += batch;
  }
  return round;
}

function together(rounds: Round[]): Posted {
  const latenciesMs = rounds.flatMap((round) => round.latenciesMs);
  return {
    perS: medianOf(rounds.map(rateOf)) ?? 0,
    p50Ms: percentileOf(latenciesMs, 50),
    p99Ms: percentileOf(latenciesMs, 99),
    rounds,
  };
}

function rateOf({ deposits, elapsedMs }: Round): number {
  return (deposits * 1_000) / elapsedMs;
}

/** Median of the ratios of neighbouring rounds. */
export function ratioOf(ours: Posted, bare: Posted): number {
  const ratios = ours.rounds.map((round, index) => {
    const neighbour = bare.rounds[index];
    return neighbour === undefined ? 0 : rateOf(round) / rateOf(neighbour);
  });
  return medianOf(ratios) ?? 0;
}

/** The value that this share (0 to 100) of all does not exceed. */
export function percentileOf(values: number[], percent: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

/** A row for the table. */
export function postedRow({ perS, p50Ms, p99Ms }: Posted): Row {
  return { deposits_per_s: perS, us_a_deposit: 1_000_000 / perS, p50_ms: p50Ms, p99_ms: p99Ms };
}
