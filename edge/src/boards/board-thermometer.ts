/** Board thermometer: an LM35 or TMP36 on an analog channel, beside a sensor whose distance depends on the air. */
import type { BoardSensor } from "@jumpa-madu/contracts/node-config";
import type { Trouble } from "../serial/trouble.ts";
import { analogLack, TEN_BITS } from "./analog-channel.ts";
import { NEVER_MS } from "./board-library.ts";
import type { SensorParts } from "./board-sensor.ts";

type Settings = NonNullable<Extract<BoardSensor, { thermometer?: unknown }>["thermometer"]>;

/** Voltage of the board's converter. */
const SUPPLY_V = 5;

/** Age at which a temperature is no longer that of the air. */
const STALE_MS = 60_000;

/** What both thermometers can measure, in °C; an open wire reads anything else. */
const MEASURED_C = { min: -40, max: 125 } as const;

/** A thermometer that is being read. */
export interface BoardThermometer {
  /** The last temperature in °C; undefined when there is none, or, with a fault, one that cannot be. */
  measure(): number | undefined;
  end(): void;
}

/** Begins to read a thermometer. */
export function attachThermometer(settings: Settings, parts: SensorParts): BoardThermometer | Trouble {
  const { clock, session, fault } = parts;
  const { io, board, library } = session;
  const { pin: channel, controller } = settings;
  const lack = analogLack(channel, parts);
  if (lack !== null) return lack;
  let heardAtMs: number | null = null;
  io.on(`analog-read-${channel}`, () => {
    heardAtMs = clock().monotonicMs;
  });
  // johnny-five reckons with ten bits, whatever the board has.
  const aref = (SUPPLY_V * TEN_BITS) / (io.RESOLUTION.ADC ?? TEN_BITS);
  const thermometer = new library.Thermometer({
    controller,
    board,
    pin: `A${channel}`,
    freq: NEVER_MS,
    aref,
  });
  return {
    measure() {
      if (heardAtMs === null || clock().monotonicMs - heardAtMs > STALE_MS) return undefined;
      const { celsius } = thermometer;
      if (celsius >= MEASURED_C.min && celsius <= MEASURED_C.max) return celsius;
      fault({ error: "out_of_range", code: settings.controller });
      return undefined;
    },
    end: () => void thermometer.disable(),
  };
}
