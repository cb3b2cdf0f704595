/** Board sensor: what hangs on the pins of a board, and what it tells to whoever reads it. */
import type { BoardSensor } from "@jumpa-madu/contracts/node-config";
import type { Observation } from "@jumpa-madu/sensing/bin-level";
import type { Fault } from "../protocols/protocol.ts";
import type { Clock } from "../sensing/clock.ts";
import type { Trouble } from "../serial/trouble.ts";
import { attachAnalog } from "./analog-sensor.ts";
import type { BoardSession } from "./board-session.ts";
import { attachPing } from "./ping-sensor.ts";

/** Takes what a sensor tells. Called synchronously; must not throw. */
export interface SensorListener {
  readonly observe: (observation: Observation) => void;
  readonly fault: (fault: Fault) => void;
}

/** What a sensor is attached with. */
export interface SensorParts extends SensorListener {
  readonly session: BoardSession;
  readonly path: string;
  readonly clock: Clock;
  /** Longest wait for a reading, in milliseconds; beyond it a fault `no_reply`, and another try. */
  readonly replyMsMax: number;
}

/** A sensor that is being read. */
export interface AttachedSensor {
  /** Looks at the time, whether a reply is overdue. */
  look(nowMs: number): void;
  /** Ends its timers. The session ends its listeners. */
  end(): void;
}

/** Begins to read a sensor of a board that is ready; tells what the board lacks for it otherwise. */
export function attachSensor(sensor: BoardSensor, parts: SensorParts): AttachedSensor | Trouble {
  try {
    return sensor.kind === "analog" ? attachAnalog(sensor, parts) : attachPing(sensor, parts);
  } catch (error) {
    // johnny-five throws at a board that it does not understand.
    const reason = error instanceof Error ? error.message : String(error);
    return { code: "board", text: `${parts.path}: the sensor cannot be read: ${reason}`.slice(0, 300) };
  }
}
