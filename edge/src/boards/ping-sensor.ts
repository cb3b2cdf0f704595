/**
 * Ping sensor: HC-SR04, or JSN-SR04T in mode 1, on a digital pin of a board with PingFirmata.
 *
 * johnny-five's Proximity pings again 65 ms after each reply, and its centimetres are rounded, hold for 20 °C alone, and repeat
 * the last echo when no new one comes. So the echo is taken from firmata-io as it arrives, in microseconds, and Proximity
 * only keeps the pings going. It waits for a lost reply for ever: it is then told that there was no echo, and pings again.
 */
import type { BoardSensor } from "@jumpa-madu/contracts/node-config";
import type { Trouble } from "../serial/trouble.ts";
import { intervalsOf } from "./begun-intervals.ts";
import { NEVER_MS } from "./board-library.ts";
import type { AttachedSensor, SensorParts } from "./board-sensor.ts";
import { attachThermometer } from "./board-thermometer.ts";

type PingSensor = Exclude<BoardSensor, { kind: "analog" }>;

/** Longest echo, in microseconds: the sketch gives up after a second. */
const ECHO_US_MAX = 1_000_000;

/** Half the way of sound in a microsecond at 20 °C, 343.42 m/s: the distance that it tells, before it is corrected. */
const MM_PER_US = 0.34342 / 2;

/** Begins to ping. */
export function attachPing(sensor: PingSensor, parts: SensorParts): AttachedSensor | Trouble {
  const { session, clock, observe, fault, replyMsMax } = parts;
  const { io, board, library } = session;
  const { pin } = sensor;
  const lack = lackOf(sensor, parts);
  if (lack !== null) return lack;
  const thermometer = sensor.thermometer && attachThermometer(sensor.thermometer, parts);
  if (thermometer !== undefined && "code" in thermometer) return thermometer;

  const reply = `ping-read-${pin}`;
  let repliedAtMs = clock().monotonicMs;
  let isPretended = false;
  io.on(reply, (us: number) => {
    if (isPretended) return;
    repliedAtMs = clock().monotonicMs;
    if (!Number.isInteger(us) || us < 0 || us > ECHO_US_MAX) {
      fault({ error: "unparseable" });
      return;
    }
    if (us === 0) fault({ error: "no_target" });
    observe({ distanceMm: us === 0 ? null : us * MM_PER_US, tempC: thermometer?.measure() });
  });
  const begun = intervalsOf(
    () => new library.Proximity({ controller: "HCSR04", board, pin, freq: NEVER_MS }),
  );
  return {
    look(nowMs) {
      if (nowMs - repliedAtMs <= replyMsMax) return;
      repliedAtMs = nowMs;
      fault({ error: "no_reply" });
      isPretended = true;
      io.emit(reply, 0);
      isPretended = false;
    },
    end() {
      for (const interval of begun) clearInterval(interval);
      if (thermometer !== undefined) thermometer.end();
    },
  };
}

/** What the board lacks for the sensor; null when it lacks nothing. */
function lackOf({ pin }: PingSensor, { session, path }: SensorParts): Trouble | null {
  const { pins, MODES, firmware } = session.io;
  const pings = pins.flatMap(({ supportedModes }, index) =>
    supportedModes.includes(MODES.PING_READ) ? [index] : [],
  );
  if (pings.includes(pin)) return null;
  if (pings.length > 0) {
    return {
      code: "board",
      text: `${path}: pin ${pin} of the board cannot ping; connect the sensor to one of ${pings.join(", ").slice(0, 80)} and set that pin`,
    };
  }
  return {
    code: "board",
    text: `${path}: the board runs ${(firmware.name ?? "a sketch").slice(0, 60)}, which cannot ping; upload PingFirmata to the board`,
  };
}
