/**
 * Board: one Firmata board and the sensors that share it.
 *
 * firmata-io and johnny-five end with their line: they never open it again. So whenever the port vanishes, falls silent, or
 * what answers is no Firmata board, all of it is taken down, and made anew after a pause that grows.
 */

import type { Duplex } from "node:stream";
import type { BoardSensor } from "@jumpa-madu/contracts/node-config";
import type { Logger } from "pino";
import { backoffMs } from "../backoff.ts";
import type { Clock } from "../sensing/clock.ts";
import { byteBudget } from "../serial/byte-budget.ts";
import { REOPEN } from "../serial/device.ts";
import { closeLine, openLine, waited } from "../serial/line.ts";
import { examinePath } from "../serial/open-trouble.ts";
import type { Trouble } from "../serial/trouble.ts";
import { type AttachedSensor, attachSensor, type SensorListener } from "./board-sensor.ts";
import { type BoardSession, connectBoard, type SessionTiming } from "./board-session.ts";

/** Bits per second of Firmata unless configured otherwise. */
export const FIRMATA_BAUD_DEFAULT = 57_600;

/** Waits of a board, in milliseconds. */
export interface BoardTiming extends SessionTiming {
  readonly openMsMax: number;
  readonly closeMsMax: number;
  /** For a reading of each sensor; the sketch itself waits a second for an echo. */
  readonly replyMsMax: number;
  /** For any byte at all of a board that is ready. */
  readonly silenceMsMax: number;
}

/** Timing of a node in the field. An Arduino whose reset hangs on the port needs two seconds to speak. */
export const BOARD_TIMING: BoardTiming = {
  openMsMax: 10_000,
  closeMsMax: 2_000,
  askAfterMs: 2_500,
  readyMsMax: 8_000,
  replyMsMax: 1_500,
  silenceMsMax: 5_000,
};

/** Pause between two looks at the time. */
const LOOK_EVERY_MS = 100;

/** A sensor of a board, and what it is told. */
export interface BoardUser extends SensorListener {
  readonly sensor: BoardSensor;
  /** The port was opened (true) or closed. */
  readonly turn: (isOpen: boolean) => void;
  /** What a person can mend; null when nothing is known to be wrong. */
  readonly tell: (trouble: Trouble | null) => void;
  /** Bytes of the board were dropped. */
  readonly discard: (bytes: number) => void;
}

/** Where and how to run a board. */
export interface BoardOptions {
  readonly path: string;
  readonly baud: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly timing: BoardTiming;
}

/** Why a session is over. `lacking`: the board has nothing for any sensor. `changed`: a sensor was taken away. */
type EndReason = "vanished" | "silent" | "not_ready" | "lacking" | "changed" | "failed" | "stopped";

/** A running board. */
export class RunningBoard {
  /** Settles when the board has been stopped and its port is closed. */
  readonly done: Promise<void>;
  readonly #options: BoardOptions;
  readonly #users = new Set<BoardUser>();
  readonly #attached = new Map<BoardUser, AttachedSensor>();
  readonly #stop = new AbortController();
  #session: BoardSession | null = null;
  #endSession: (reason: EndReason) => void = () => {};
  #attempts = 0;
  #logged: string | null = null;

  /** Starts when `free` settles: then the port is no longer used by another. */
  constructor(options: BoardOptions, free: Promise<void>) {
    this.#options = options;
    this.done = free.then(() => this.#run());
  }

  get isUsed(): boolean {
    return this.#users.size > 0;
  }

  /** Adds a sensor; on a board that is ready it is read at once. */
  add(user: BoardUser): void {
    this.#users.add(user);
    if (this.#session === null) return;
    user.turn(true);
    if (this.#session.isReady) this.#attach(this.#session, user);
  }

  /** Takes a sensor away. Its listeners end with the session, so that the board is connected anew for the others. */
  remove(user: BoardUser): void {
    this.#users.delete(user);
    if (this.#session !== null) user.turn(false);
    if (this.isUsed) this.#endSession("changed");
    else this.#stop.abort();
  }

  async #run(): Promise<void> {
    const { path, baud, timing } = this.#options;
    const { signal } = this.#stop;
    const settings = { baud, dataBits: 8, parity: "none", stopBits: 1 } as const;
    while (!signal.aborted) {
      const line = await openLine({ path, line: settings, openMsMax: timing.openMsMax, signal });
      if (line instanceof Error) {
        const trouble = await examinePath(path, line);
        this.#tell(trouble);
        this.#say("port does not open", { err: line, trouble });
      } else {
        const reason = await this.#converse(line);
        await closeLine(line, timing.closeMsMax);
        if (reason === "changed") this.#attempts = 0;
      }
      await waited(backoffMs(REOPEN, this.#attempts++), signal);
    }
  }

  /** Reads the board on an open line until it is over. */
  async #converse(line: Duplex): Promise<EndReason> {
    const { path, clock, log, timing } = this.#options;
    const { signal } = this.#stop;
    const ended = Promise.withResolvers<EndReason>();
    const end = (reason: EndReason) => ended.resolve(reason);
    const budget = byteBudget();
    const openedAtMs = clock().monotonicMs;
    let heardAtMs: number | null = null;
    let failure: unknown;

    const session = this.#connect(line);
    if (session === null) return "failed";
    this.#session = session;
    this.#endSession = end;
    for (const user of this.#users) user.turn(true);
    log.debug({ path }, "port opened");

    line.on("data", (chunk: Uint8Array) => {
      heardAtMs = clock().monotonicMs;
      const granted = budget.grant(chunk.length, heardAtMs);
      const heard = session.hear(chunk.subarray(0, granted));
      const lost = chunk.length - (heard.ok ? granted : 0);
      if (!heard.ok) failure = heard.error;
      if (lost > 0) for (const user of this.#users) user.discard(lost);
    });
    for (const event of ["close", "end", "error"]) line.on(event, () => end("vanished"));
    const stop = () => end("stopped");
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    // An unplugged port does not always close by itself: silence is the only sign then.
    const looking = setInterval(() => {
      const nowMs = clock().monotonicMs;
      if (!session.isReady && nowMs - openedAtMs > timing.readyMsMax) end("not_ready");
      if (session.isReady && nowMs - (heardAtMs ?? openedAtMs) > timing.silenceMsMax) end("silent");
      for (const sensor of this.#attached.values()) sensor.look(nowMs);
    }, LOOK_EVERY_MS);

    const reason = await ended.promise;
    this.#session = null;
    this.#endSession = () => {};
    clearInterval(looking);
    signal.removeEventListener("abort", stop);
    line.removeAllListeners("data");
    this.#takeDown(session);
    for (const user of this.#users) user.turn(false);
    this.#conclude(reason, heardAtMs !== null, failure);
    return reason;
  }

  #connect(line: Duplex): BoardSession | null {
    try {
      return connectBoard(line, this.#options.timing, () => this.#begin());
    } catch (error) {
      this.#say("boards cannot be read: johnny-five and firmata-io do not load", { err: error });
      return null;
    }
  }

  /** The board is ready: reads its sensors. */
  #begin(): void {
    const session = this.#session;
    if (session === null) return;
    this.#options.log.info({ path: this.#options.path, firmware: session.io.firmware.name }, "board ready");
    for (const user of this.#users) this.#attach(session, user);
    if (this.#attached.size === 0) this.#endSession("lacking");
  }

  #attach(session: BoardSession, user: BoardUser): void {
    const { path, clock, timing, log } = this.#options;
    const attached = attachSensor(user.sensor, {
      session,
      path,
      clock,
      replyMsMax: timing.replyMsMax,
      fault: user.fault,
      observe: (observation) => {
        this.#attempts = 0;
        this.#logged = null;
        user.observe(observation);
      },
    });
    if ("code" in attached) {
      user.tell(attached);
      user.fault({ error: "device_error", code: attached.code });
      this.#say("board lacks what a sensor needs", { trouble: attached });
      return;
    }
    user.tell(null);
    this.#attached.set(user, attached);
    log.debug({ path, sensor: user.sensor }, "sensor attached");
  }

  #takeDown(session: BoardSession): void {
    for (const sensor of this.#attached.values()) sensor.end();
    this.#attached.clear();
    session.end();
  }

  /** Says why a session is over. */
  #conclude(reason: EndReason, hasSpoken: boolean, failure: unknown): void {
    const { path, baud, log } = this.#options;
    if (reason === "stopped" || reason === "changed" || reason === "lacking") {
      log.debug({ path, reason }, "port closed");
      return;
    }
    const trouble = reason === "not_ready" ? strangerTrouble(path, baud, hasSpoken) : null;
    if (trouble !== null) {
      this.#tell(trouble);
      for (const user of this.#users) user.fault({ error: hasSpoken ? "unparseable" : "no_reply" });
    }
    this.#say("board lost", { reason, trouble, err: failure });
  }

  #tell(trouble: Trouble): void {
    for (const user of this.#users) user.tell(trouble);
  }

  /** Warns; of the same again only after something good has come. */
  #say(message: string, details: Readonly<Record<string, unknown>>): void {
    const { log, path } = this.#options;
    log[this.#logged === message ? "debug" : "warn"]({ path, ...details }, message);
    this.#logged = message;
  }
}

/** What is wrong with a port whose device does not answer as a Firmata board does. */
function strangerTrouble(path: string, baud: number, hasSpoken: boolean): Trouble {
  return hasSpoken
    ? {
        code: "wrong_line",
        text: `${path}: what comes at ${baud} baud is not Firmata; upload PingFirmata to the board, or set the baud of its sketch`,
      }
    : {
        code: "silent",
        text: `${path}: no board answers at ${baud} baud; check its power and cable, and that PingFirmata is uploaded to it`,
      };
}
