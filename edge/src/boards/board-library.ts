/**
 * johnny-five 2.1 on firmata-io 2.3: what is used of them, loaded when the first board is.
 *
 * johnny-five remembers every board and sensor that it ever made, in lists that nothing empties, and a board whose plug is
 * loose is made again and again. So it is loaded afresh after every BOARDS_PER_LOAD_MAX boards, and the old one can go with all
 * that it remembers. Only the modules that bin sensors need are loaded: half of the whole.
 */
import type { EventEmitter } from "node:events";
import { createRequire } from "node:module";

/** Boards that are made with one load. */
export const BOARDS_PER_LOAD_MAX = 32;

/** Pause between events that are not used: as long as a timer can be. */
export const NEVER_MS = 2_147_483_647;

/** A pin as the board describes it: an unusable one has no modes. */
export interface BoardPin {
  readonly supportedModes: readonly number[];
}

/** Firmata's host side. Emits `ping-read-{pin}` and `analog-read-{channel}` with a number. */
export interface Firmata extends EventEmitter {
  readonly pins: readonly BoardPin[];
  /** Pins of the analog channels. */
  readonly analogPins: readonly number[];
  readonly MODES: { readonly ANALOG: number; readonly PING_READ: number };
  readonly RESOLUTION: { readonly ADC: number | null };
  readonly firmware: { readonly name?: string };
  /** Bytes of the message that is not whole yet. */
  readonly buffer: number[];
  readonly reportVersionTimeoutId: NodeJS.Timeout;
}

/** What Firmata speaks through: emits `open` and `data`. */
export interface Transport extends EventEmitter {
  write(bytes: Uint8Array, done: () => void): void;
}

/** A board. Emits `ready` when it has told its pins. */
export interface Board extends EventEmitter {
  /** Runs from `open` until the board is ready. */
  readonly timer: NodeJS.Timeout | null;
}

/** A sensor whose timer can be ended. */
interface Stoppable extends EventEmitter {
  disable(): unknown;
}

/** An analog thermometer: whole degrees. */
export interface Thermometer extends Stoppable {
  readonly celsius: number;
}

interface PinOptions {
  readonly board: Board;
  /** A number, or `A` and the number of an analog channel. */
  readonly pin: number | string;
  /** Pause between two `data` events, in milliseconds. */
  readonly freq: number;
}

/** The parts of both libraries that boards are made of. */
export interface BoardLibrary {
  readonly Firmata: new (
    transport: Transport,
    options: { reportVersionTimeout: number; samplingInterval: number },
  ) => Firmata;
  readonly Board: new (options: {
    io: Firmata;
    repl: false;
    debug: false;
    sigint: false;
    timeout: number;
  }) => Board;
  /** Its timer never ends by itself, and keeps the process alive. */
  readonly Proximity: new (
    options: PinOptions & { controller: "HCSR04" },
  ) => EventEmitter;
  /** Emits `data` with the median of the readings since the last. */
  readonly Sensor: new (
    options: PinOptions,
  ) => Stoppable;
  readonly Thermometer: new (
    options: PinOptions & { controller: "LM35" | "TMP36"; aref: number },
  ) => Thermometer;
}

let loaded: BoardLibrary | null = null;
let boardsLeft = 0;

/** The libraries, for one board. Throws when they are not installed. */
export function boardLibrary(): BoardLibrary {
  if (loaded === null || boardsLeft === 0) {
    loaded = load();
    boardsLeft = BOARDS_PER_LOAD_MAX;
  }
  boardsLeft -= 1;
  return loaded;
}

function load(): BoardLibrary {
  // Its own `require`, because it keeps what was loaded through it.
  const require = createRequire(import.meta.url);
  // Not right after the load, because johnny-five loads parts of itself when it first needs them.
  for (const path of Object.keys(require.cache)) {
    if (path.includes("/node_modules/johnny-five/")) delete require.cache[path];
  }
  const { Firmata }: Pick<BoardLibrary, "Firmata"> = require("firmata-io");
  return {
    Firmata,
    Board: require("johnny-five/lib/board.js"),
    Proximity: require("johnny-five/lib/proximity.js"),
    Sensor: require("johnny-five/lib/sensor.js"),
    Thermometer: require("johnny-five/lib/thermometer.js"),
  };
}
