/** Draws when which process is killed; the seed fixes all of it. */
import type { Random } from "@jumpa-madu/contracts/random";

/** One kill: so long after the one before, and so long until a supervisor starts the process again, in milliseconds. */
export interface Kill {
  name: string;
  afterMs: number;
  downMs: number;
}

/** Shortest and longest pause between two kills, and longest time that a process stays down. */
const AFTER_MS_MIN = 500;
const AFTER_MS_MAX = 4_500;
const DOWN_MS_MAX = 1_500;

/**
 * Plans kills. `services` are shuffled together with one round of `edges`; another round of `edges` comes last, so that
 * no agent waits out a long backoff when the test wants to see its outbox empty.
 */
export function planKills(
  random: Random,
  { services, edges }: { services: string[]; edges: string[] },
): Kill[] {
  const names = [...shuffled(random, [...services, ...edges]), ...shuffled(random, edges)];
  return names.map((name) => ({
    name,
    afterMs: random.between(AFTER_MS_MIN, AFTER_MS_MAX),
    downMs: random.between(0, DOWN_MS_MAX),
  }));
}

function shuffled<T>(random: Random, items: T[]): T[] {
  return items
    .map((item) => ({ item, place: random.next() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}
