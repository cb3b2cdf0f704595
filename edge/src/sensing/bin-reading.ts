/** Bin reading: from any bin sensor's observations to what its bin reports, whatever port the sensor hangs on. */
import { type BinSensorPort, FULL_AT, FULL_UNTIL } from "@jumpa-madu/contracts/node-config";
import type { BinEvent, BinLevel } from "@jumpa-madu/contracts/readings";
import { type BinLevels, binLevels, type Observation } from "@jumpa-madu/sensing/bin-level";
import { calibrationOf } from "@jumpa-madu/sensing/calibration";
import type { Instant } from "@jumpa-madu/sensing/instant";
import type { Reach } from "@jumpa-madu/sensing/reach";
import type { ChannelOptions } from "./channel-options.ts";
import { systemClock } from "./clock.ts";

/** What is known of a kind of sensor. `lacksTemperature`: it takes the speed of sound at 20 °C for granted. */
export interface SensorKind {
  readonly reach: Reach;
  readonly lacksTemperature?: boolean;
}

/** The reading of one bin. What it finds goes to the options' sink. */
export interface BinReading {
  /** Takes what the sensor observed at a moment. */
  take(observation: Observation, at: Instant): void;
  /** Looks at the time; to be called every second or so, because a silent sensor calls nothing. */
  tick(): void;
  /** Distances so far, by where they lie. */
  readonly counts: BinLevels["counts"];
}

/** Starts reading the bin of a port. A calibration that no bin can have is logged, and levels stay unchecked. */
export function startBinReading(
  port: BinSensorPort,
  sensor: SensorKind,
  { log, sink, clock = systemClock, silentAfterMs, containerTypes = {}, histories }: ChannelOptions,
): BinReading {
  const calibration = calibrationOf(port.calibration);
  if (calibration === null && port.calibration !== undefined) {
    log.warn(
      { bin: port.bin, calibration: port.calibration },
      "calibration is impossible; levels stay unchecked",
    );
  }
  const shape = port.container === undefined ? undefined : containerTypes[port.container];
  const levels = binLevels(
    {
      bin: port.bin,
      reach: sensor.reach,
      calibration,
      fullAt: port.full_at ?? FULL_AT,
      fullUntil: port.full_until ?? FULL_UNTIL,
      lacksTemperature: sensor.lacksTemperature ?? false,
      ...(shape === undefined ? {} : { shape }),
      ...(port.air_temp_c === undefined ? {} : { airTempC: port.air_temp_c }),
      ...(port.report_every_s === undefined ? {} : { reportEveryMs: port.report_every_s * 1000 }),
      ...(silentAfterMs === undefined ? {} : { silentAfterMs }),
    },
    clock(),
    histories?.get(port.bin),
  );

  function tell(readings: readonly (BinLevel | BinEvent)[]): void {
    // Before the readings go out: whatever stops the channel must not make the next one tell them again.
    histories?.set(port.bin, levels.history);
    for (const reading of readings) sink(reading);
  }

  return {
    take: (observation, at) => tell(levels.take(observation, at)),
    tick: () => tell(levels.tick(clock())),
    counts: levels.counts,
  };
}
