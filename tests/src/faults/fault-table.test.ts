/**
 * Every device of the catalogue crossed with every fault, on a real pseudo-terminal and the real serialport.
 *
 * Whatever the fault, no weight and no distance may be shown or leave the edge that the device did not show itself; the true
 * value is back soon after the fault is over; and what was wrong has been counted. A new protocol or fault is in the table by
 * itself. Many cells of the table are tried at the same time, in one process.
 */
import { DEVICE_CATALOGUE, DEVICE_KEYS, type DeviceKey } from "@jumpa-madu/firmware-sim/device-catalogue";
import { FAULTS, type FaultName } from "@jumpa-madu/firmware-sim/faults";
import { BITS_PER_BYTE, QUEUE_BYTES_MAX } from "@jumpa-madu/firmware-sim/line";
import { beforeAll, describe, expect, test } from "vitest";
import { makeTempDir } from "../servers/temp-dir.ts";
import { until } from "../system/until.ts";
import { Stand } from "./stand.ts";

/** How long a fault lasts: a second and a half at least, in which the slowest device sends several frames. */
const FAULT_MOMENTS = 150;

/** A fault that comes now and then begins or ends after so long: a frame or two. */
const SWITCH_MOMENTS = 13;

/** Time until a device has been opened and its load has come to rest: a few seconds, and a busy machine. */
const FIRST_MS_MAX = 15_000;

/** Time after a fault, and what it has left on the line, within which the true value must be there again. */
const RESUMED_MS_MAX = 5_000;

/** Time in which a silent port is noticed, closed and opened anew: that of the watchdog, and a busy machine. */
const REOPENED_MS_MAX = 20_000;

/** Readings that may leave: twice the ten a second that a bin is told to report. */
const READINGS_PER_S_MAX = 20;

/** Cells that are tried at the same time: as many devices, ports and channels. */
const TOGETHER = 64;

/** How often to look whether something has come about, in milliseconds. */
const pollMs = 20;

/** What a device suffers. */
interface Trial {
  readonly name: string;
  /** The devices that can suffer it; all unless given. */
  readonly isFor?: (key: DeviceKey) => boolean;
  readonly begin: (stand: Stand) => void;
  /** Settles when it has lasted long enough. */
  readonly last: (stand: Stand) => Promise<void>;
  readonly end: (stand: Stand) => void;
  /** Whether faults must have been counted when it is over. */
  readonly isCounted?: boolean;
  /** Whether the scale may show weights out of its range, of which the witness knows nothing. */
  readonly isBeyond?: boolean;
}

async function lastLong(stand: Stand): Promise<void> {
  const end = stand.moments + FAULT_MOMENTS;
  await until("the end of the fault", () => stand.moments >= end, { pollMs });
}

function countedFaults({ channel }: Stand): number {
  return Object.values(channel.device.stats.faults).reduce((sum, count) => sum + count, 0);
}

async function lastUntilReopened(stand: Stand): Promise<void> {
  const { stats } = stand.channel.device;
  const before = stats.opened;
  if (stand.channel.kind === "scale")
    await until("nothing to sell by", () => stand.shown === null, { pollMs });
  await until("a port opened anew", () => stats.opened > before, { deadlineMs: REOPENED_MS_MAX, pollMs });
}

/** What is particular of a fault. A flood of good frames is no fault. */
const TRAITS: Record<FaultName, Pick<Trial, "last" | "isCounted">> = {
  silence: { last: lastUntilReopened },
  garbage: { last: lastLong, isCounted: true },
  "bad-checksum": { last: lastLong, isCounted: true },
  "torn-frame": { last: lastLong, isCounted: true },
  flood: { last: lastLong },
  burst: { last: lastLong },
  endless: { last: lastLong, isCounted: true },
};

function steadily(fault: FaultName): Trial {
  return {
    name: fault,
    begin(stand) {
      stand.device.setFault(fault, true);
      stand.change();
    },
    end: (stand) => stand.device.clearFaults(),
    ...TRAITS[fault],
  };
}

/** Whole frames come between: the head of a cut frame and the frame after it must not be taken for one weight. */
function nowAndThen(fault: FaultName): Trial {
  return {
    name: `${fault} now and then`,
    begin(stand) {
      const from = stand.moments;
      stand.everyMoment = () => {
        const turn = Math.floor((stand.moments - from) / SWITCH_MOMENTS);
        stand.device.setFault(fault, turn % 2 === 0);
      };
      stand.change();
    },
    end(stand) {
      stand.everyMoment = () => {};
      stand.device.clearFaults();
    },
    ...TRAITS[fault],
  };
}

const UNPLUG: Trial = {
  name: "unplug",
  begin(stand) {
    stand.device.unplug();
    stand.change();
  },
  // A driver may miss it, and then only the watchdog notices.
  async last({ channel }) {
    await until("a closed port", () => !channel.device.isOpen, { deadlineMs: REOPENED_MS_MAX, pollMs });
  },
  end: (stand) => stand.device.replug(),
};

/** What a scale beyond its range may be refused for. Some show the negative weight; some fall silent, and are reopened. */
const REFUSALS = ["overload", "underload", "negative", "stale", "disconnected"];

/** A load out of range: whatever the scale sends then or leaves out, no weight within its range may be shown. */
function beyond(name: string, sign: 1 | -1): Trial {
  return {
    name,
    // A Dibal answers such a load with zero as the weight (see its model): that is its own word, and nobody could tell.
    isFor: (key) => DEVICE_CATALOGUE[key].kind === "scale" && key !== "dibal-g310",
    begin: (stand) => stand.load(sign * 3 * stand.maxG),
    async last(stand) {
      await until("a refusal", () => REFUSALS.includes(stand.refusal ?? ""), { pollMs });
      stand.seen.clear();
      await lastLong(stand);
      const within = [...stand.seen].filter((weightG) => weightG >= 0 && weightG <= stand.maxG);
      expect(within, "weights within the range").toEqual([]);
      expect(stand.refusal).toBeOneOf(REFUSALS);
    },
    end: (stand) => stand.change(),
    isBeyond: true,
  };
}

const TRIALS: Trial[] = [
  ...FAULTS.map(steadily),
  ...(["garbage", "bad-checksum", "torn-frame"] as const).map(nowAndThen),
  UNPLUG,
  beyond("overload", 1),
  beyond("underload", -1),
];

/** Lets one device suffer; throws what does not hold. */
async function suffer(
  stand: Stand,
  { begin, last, end, isCounted = false, isBeyond = false }: Trial,
): Promise<void> {
  const isTrue = () => stand.shown === stand.truth;
  await until("a first good value", isTrue, { deadlineMs: FIRST_MS_MAX, pollMs });
  const before = { readings: stand.readings.length, faults: countedFaults(stand), ms: performance.now() };
  begin(stand);
  await last(stand);
  end(stand);
  const drainedMs = (QUEUE_BYTES_MAX * BITS_PER_BYTE * 1_000) / stand.device.model.baud;
  const deadlineMs = RESUMED_MS_MAX + drainedMs;
  await until("the true value after the fault", isTrue, { deadlineMs, pollMs });

  const untruths = [...stand.untruths].filter((value) => !isBeyond || (value >= 0 && value <= stand.maxG));
  expect(untruths, "values that the device never said").toEqual([]);
  const readingsMax = ((performance.now() - before.ms) / 1_000) * READINGS_PER_S_MAX;
  expect(stand.readings.length - before.readings, "readings that left").toBeLessThan(readingsMax);
  if (isCounted) expect(countedFaults(stand), "counted faults").toBeGreaterThan(before.faults);
}

/** Device by device, so that those that are tried together seldom suffer the same: a burst keeps a core busy. */
const CELLS = DEVICE_KEYS.flatMap((key) =>
  TRIALS.filter(({ isFor }) => isFor?.(key) ?? true).map((trial) => ({ key, name: trial.name, trial })),
);

const outcomes = new Map<(typeof CELLS)[number], PromiseSettledResult<void>>();

beforeAll(async () => {
  const folder = makeTempDir("faults");
  const cells = CELLS.entries();
  async function tryOn(): Promise<void> {
    for (const [index, cell] of cells) {
      const stand = new Stand(cell.key, `${folder.path}/port-${index}`);
      const [outcome] = await Promise.allSettled([suffer(stand, cell.trial)]);
      outcomes.set(cell, outcome);
      await stand.stop();
    }
  }
  await Promise.all(Array.from({ length: TOGETHER }, tryOn));
  folder.remove();
}, 180_000);

describe("a faulty line makes no untrue value, and good ones are back soon after it", () => {
  test.for(CELLS)("$key with $name", (cell) => {
    const outcome = outcomes.get(cell);
    if (outcome?.status === "rejected") throw outcome.reason;
    expect(outcome?.status).toBe("fulfilled");
  });
});
