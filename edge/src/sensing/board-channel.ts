/** Board channel: from a sensor on a pin of a Firmata board to the level of its bin. */
import type { FirmataPort } from "@jumpa-madu/contracts/node-config";
import type { Reach } from "@jumpa-madu/sensing/reach";
import { BOARD_TIMING, type BoardTiming, FIRMATA_BAUD_DEFAULT } from "../boards/board.ts";
import { joinBoard } from "../boards/shared-boards.ts";
import type { Fault } from "../protocols/protocol.ts";
import type { DeviceStats } from "../serial/device-event.ts";
import { faultBurst } from "../serial/fault-burst.ts";
import type { Trouble } from "../serial/trouble.ts";
import type { BinChannel } from "./bin-channel.ts";
import { type SensorKind, startBinReading } from "./bin-reading.ts";
import { type ChannelOptions, tickUntil } from "./channel-options.ts";
import { systemClock } from "./clock.ts";

/** Distances that the ultrasonic sensors can measure, by their datasheets. */
const REACHES: Readonly<Record<"hc-sr04" | "jsn-sr04t", Reach>> = {
  "hc-sr04": { minMm: 20, maxMm: 4_000 },
  "jsn-sr04t": { minMm: 200, maxMm: 6_000 },
};

/** Readings without a distance, one after the other, from which on something is wrong, and not a bag in a bad place. */
const MISSED_MIN = 5;

/** Starts reading a sensor of a board; runs until the signal aborts. Sensors of one path share its board. */
export function startBoardSensor(
  port: FirmataPort,
  options: ChannelOptions & { readonly timing?: BoardTiming },
): BinChannel {
  const { signal, clock = systemClock, log, timing = BOARD_TIMING } = options;
  const { path, baud = FIRMATA_BAUD_DEFAULT, sensor } = port;
  const bin = startBinReading(port, kindOf(port), options);
  const stats: DeviceStats = { opened: 0, readings: 0, faults: {}, discardedBytes: 0 };
  const burst = faultBurst();
  const state: { isOpen: boolean; trouble: Trouble | null } = { isOpen: false, trouble: null };
  let missed = 0;
  const done = Promise.withResolvers<void>();

  function fault(one: Fault): void {
    stats.faults[one.error] = (stats.faults[one.error] ?? 0) + 1;
    if (burst.take(clock().monotonicMs)) log.warn({ path, fault: one }, "device faults begin");
  }

  if (signal.aborted) {
    done.resolve();
  } else {
    const place = joinBoard(
      { path, baud, clock, log, timing },
      {
        sensor,
        fault,
        observe(observation) {
          if (observation.distanceMm === null) missed += 1;
          else {
            stats.readings += 1;
            missed = 0;
            if (state.trouble?.code === "no_target") state.trouble = null;
          }
          if (missed === MISSED_MIN) state.trouble = missedTrouble(port);
          bin.take(observation, clock());
        },
        turn(isOpen) {
          state.isOpen = isOpen;
          if (isOpen) stats.opened += 1;
        },
        tell(trouble) {
          state.trouble = trouble;
        },
        discard(bytes) {
          stats.discardedBytes += bytes;
        },
      },
    );
    signal.addEventListener("abort", () => done.resolve(place.leave()), { once: true });
  }
  tickUntil(signal, () => {
    bin.tick();
    const ended = burst.ended(clock().monotonicMs);
    if (ended !== null) log.info({ path, ...ended }, "device faults are over");
  });
  const device = {
    done: done.promise,
    stats,
    get isOpen() {
      return state.isOpen;
    },
    get trouble() {
      return state.trouble;
    },
  };
  return { kind: "bin", port, device };
}

/** What is wrong with a sensor that finds no distance. */
function missedTrouble({ path, sensor }: FirmataPort): Trouble {
  return {
    code: "no_target",
    text:
      sensor.kind === "analog"
        ? `${path}: what the sensor on A${sensor.pin} reads is beyond its curve; check its wires and the curve`
        : `${path}: the sensor on pin ${sensor.pin} finds no echo; check its wires and power, clean its face and point it straight down at the waste`,
  };
}

/** What is known of a sensor by its kind. An analog one measures what its curve tells. */
function kindOf({ sensor }: FirmataPort): SensorKind {
  if (sensor.kind !== "analog") return { reach: REACHES[sensor.kind], lacksTemperature: true };
  const distances = sensor.curve.map(({ distance_mm }) => distance_mm);
  // At the near end of its reach a sensor counts as blind; the near end of a curve is a distance like any other.
  return { reach: { minMm: Math.min(...distances) - 1, maxMm: Math.max(...distances) } };
}
