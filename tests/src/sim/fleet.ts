/** A simulated fleet from its first connection to its last acknowledgement. */
import { setTimeout as delay } from "node:timers/promises";
import { Random } from "@jumpa-madu/contracts/random";
import { ConnectTurns } from "./connect-turns.ts";
import type { Credentials } from "./credentials.ts";
import { createLatencies } from "./latencies.ts";
import type { BrokerAddress } from "./mqtt-connection.ts";
import { NodeLink, type NodeLinkParts } from "./node-link.ts";
import { SimBin } from "./sim-bin.ts";
import { depositMeansOf, SimScale } from "./sim-scale.ts";
import { TimerWheel } from "./timer-wheel.ts";

/** Items that all streams of a fleet together may hold, and one alone: what bounds its memory. */
const ITEMS_HELD_MAX = { fleet: 2_000_000, stream: 20_000, streamAtLeast: 40 };

/** Time between two looks at whether all is acknowledged, in milliseconds. */
const LOOK_MS = 50;

/** Time between two tellings of how it goes, in milliseconds. */
const PROGRESS_MS = 5_000;

/** Longest that the farewells may take, in milliseconds. */
const FAREWELL_MS = 2_000;

/** What a fleet does. Times in the unit that their names end in. */
export interface FleetPlan {
  address: BrokerAddress;
  shard: string;
  nodes: Credentials[];
  everyS: number;
  batch: number;
  depositsPerMinute: number;
  durationS: number;
  graceS: number;
  statusEveryS: number;
  connectsPerS: number;
  seed: number;
}

/** What became of it. `sent` and `acknowledged` count readings, `unacknowledged` readings and deposits. */
export interface FleetResult {
  nodes: number;
  sent: number;
  acknowledged: number;
  unacknowledged: number;
  deposits: number;
  deposits_acknowledged: number;
  duration_s: number;
  p50_ms: number | null;
  p99_ms: number | null;
  reconnects: number;
}

/** How it goes, besides the counts of the result. */
export type FleetProgress = FleetResult & { up: number; last_trouble: string | null };

/** A fleet that runs. */
export interface RunningFleet {
  progress(): FleetProgress;
  /** Ends the making of readings early. */
  finish(): void;
  /** Resolves when all is acknowledged or the grace time is over, and every node has left. */
  readonly done: Promise<FleetResult>;
}

/** Starts a fleet. `tell` hears every few seconds how it goes. */
export function startFleet(plan: FleetPlan, tell: (progress: FleetProgress) => void): RunningFleet {
  const startMs = performance.now();
  const wheel = new TimerWheel();
  const turns = new ConnectTurns(wheel, plan.connectsPerS);
  const latencies = createLatencies();
  const tally = { readings: 0, readingsAcked: 0, deposits: 0, depositsAcked: 0, lost: 0 };
  let lastTrouble: string | null = null;
  let makingS: number | null = null;
  const finishing = new AbortController();
  const parts: NodeLinkParts = {
    ...plan,
    wheel,
    turns,
    batchItems: plan.batch,
    itemsHeldMax: heldMax(plan.nodes.length),
    statusEveryMs: plan.statusEveryS * 1_000,
    onAcknowledged(stream, items, latencyMs) {
      if (stream === "readings") tally.readingsAcked += items;
      else tally.depositsAcked += items;
      latencies.add(latencyMs);
    },
    onLost(reason) {
      tally.lost++;
      lastTrouble = reason;
    },
  };
  const links = plan.nodes.map((node) => new NodeLink(node, parts));
  const isMaking = () => !finishing.signal.aborted;
  const random = new Random(plan.seed);
  for (const [index, node] of plan.nodes.entries()) {
    const link = links[index];
    if (link === undefined) continue;
    beginNode(node, { plan, link, wheel, isMaking, tally, random: random.fork() });
    link.start();
  }

  const unacknowledged = () => links.reduce((sum, link) => sum + link.unacknowledged, 0);
  const result = (): FleetResult => ({
    nodes: links.length,
    sent: tally.readings,
    acknowledged: tally.readingsAcked,
    unacknowledged: unacknowledged(),
    deposits: tally.deposits,
    deposits_acknowledged: tally.depositsAcked,
    duration_s: Math.round((makingS ?? (performance.now() - startMs) / 1_000) * 1_000) / 1_000,
    p50_ms: latencies.percentile(50),
    p99_ms: latencies.percentile(99),
    reconnects: tally.lost,
  });
  const progress = (): FleetProgress => ({
    ...result(),
    up: links.filter((link) => link.isUp).length,
    last_trouble: lastTrouble,
  });

  const run = async (): Promise<FleetResult> => {
    const telling = setInterval(() => tell(progress()), PROGRESS_MS);
    // An abort ends the making early, and is no error.
    await delay(plan.durationS * 1_000, undefined, { signal: finishing.signal }).catch(() => undefined);
    finishing.abort();
    makingS = (performance.now() - startMs) / 1_000;
    for (const link of links) link.flush();
    const deadlineMs = performance.now() + plan.graceS * 1_000;
    while (unacknowledged() > 0 && performance.now() < deadlineMs) await delay(LOOK_MS);
    const final = result();
    clearInterval(telling);
    for (const link of links) link.leave();
    const farewellMs = performance.now() + FAREWELL_MS;
    while (links.some((link) => link.isUp) && performance.now() < farewellMs) await delay(LOOK_MS);
    for (const link of links) link.cut();
    wheel.stop();
    return final;
  };
  return { progress, finish: () => finishing.abort(), done: run() };
}

interface NodeBeginning {
  plan: FleetPlan;
  link: NodeLink;
  wheel: TimerWheel;
  isMaking: () => boolean;
  tally: { readings: number; deposits: number };
  random: Random;
}

/** Lets the bins and scales of a node begin, each at a moment of its own. */
function beginNode(node: Credentials, of: NodeBeginning): void {
  const { plan, wheel, isMaking, random } = of;
  for (const id of node.bins ?? []) {
    const bin = new SimBin({ id, seed: random.integer(0, 0xffff_ffff), nowMs: Date.now() });
    repeat(
      () => plan.everyS * 1_000,
      random.next() * plan.everyS * 1_000,
      { wheel, isMaking },
      () => {
        for (const reading of bin.readingsAt(Date.now())) addReading(of, reading);
      },
    );
  }
  const means = depositMeansOf(node);
  if (means === null || plan.depositsPerMinute === 0) return;
  for (const id of node.scales ?? []) {
    const scale = new SimScale({ id, means, seed: random.integer(0, 0xffff_ffff) });
    const pauseMs = () => scale.pauseMs(plan.depositsPerMinute);
    repeat(pauseMs, pauseMs(), { wheel, isMaking }, () => {
      const { deposit, weights } = scale.visitAt(Date.now());
      for (const weight of weights) addReading(of, weight);
      of.tally.deposits++;
      of.link.add("records", JSON.stringify(deposit));
    });
  }
}

function addReading({ tally, link }: NodeBeginning, reading: object): void {
  tally.readings++;
  link.add("readings", JSON.stringify(reading));
}

/** Works first after `firstMs`, then again after `pauseMs()`, while the fleet makes readings. */
function repeat(
  pauseMs: () => number,
  firstMs: number,
  { wheel, isMaking }: Pick<NodeBeginning, "wheel" | "isMaking">,
  work: () => void,
): void {
  let dueMs = performance.now() + firstMs;
  const turn = (): void => {
    if (!isMaking()) return;
    work();
    // Counted from when it was due, so that the wheel's lateness does not add up; never more than one turn at once.
    dueMs = Math.max(performance.now(), dueMs + pauseMs());
    wheel.after(dueMs - performance.now(), turn);
  };
  wheel.after(firstMs, turn);
}

function heldMax(nodes: number): number {
  const share = Math.floor(ITEMS_HELD_MAX.fleet / (2 * Math.max(1, nodes)));
  return Math.min(ITEMS_HELD_MAX.stream, Math.max(ITEMS_HELD_MAX.streamAtLeast, share));
}
