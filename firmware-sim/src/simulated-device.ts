/** A whole device at the end of a serial port: model, faults, line and pseudo-terminal. */

import { Random } from "@jumpa-madu/contracts/random";
import type { DeviceModel } from "./device-model.ts";
import { FaultInjector, type FaultName } from "./faults.ts";
import { Line, type LineCounts } from "./line.ts";
import { openPty, type Pty } from "./pty.ts";
import { SerialWire } from "./serial-wire.ts";
import { SimError } from "./sim-error.ts";

/** Time between two steps of a device. */
export const TICK_MS = 10;

/** Something besides the device that lives on its time, such as a person at a scale. */
export interface Actor {
  /** `nowMs` is the time since the start of the device and never falls. */
  tick(nowMs: number): void;
}

/** What a device is made of. */
export interface SimulatedDeviceOptions<M extends DeviceModel> {
  model: M;
  /** Path of the symbolic link to open. */
  link: string;
  /** Fixes the pieces that the bytes travel in, and the faults. The model has a seed of its own. */
  seed: number;
  actors?: readonly Actor[] | undefined;
  /**
   * The host reads as 8N1, though the device has a parity bit: the bit shows as bit 7 of a 7E1 character, and the device
   * drops what the host sends without it. Default false: the host has the data bits and parity of the device.
   */
  showsParityBit?: boolean | undefined;
}

/** A running device. */
export interface SimulatedDevice<M extends DeviceModel> {
  readonly model: M;
  /** What to open; the same after every replug. */
  readonly path: string;
  /** True while a program has the port open. */
  readonly isOpen: boolean;
  readonly counts: Readonly<LineCounts>;
  /** The faults that are on. */
  readonly faults: FaultName[];
  setFault(fault: FaultName, on: boolean): void;
  clearFaults(): void;
  /** Pulls the plug out; the device itself runs on. */
  unplug(): void;
  /** Plugs in again. Throws SimError STOPPED after `stop`. */
  replug(): void;
  /** Ends the device: no timer, no descriptor and no link is left. */
  stop(): void;
}

/** Starts a device, plugged in. Nothing of it keeps the process alive. Throws SimError LINK_TAKEN or PTY_FAILED. */
export function startDevice<M extends DeviceModel>(options: SimulatedDeviceOptions<M>): SimulatedDevice<M> {
  return new RunningDevice(options);
}

class RunningDevice<M extends DeviceModel> implements SimulatedDevice<M> {
  readonly model: M;
  readonly #pty: Pty;
  readonly #wire: SerialWire;
  readonly #line: Line;
  readonly #faults: FaultInjector;
  readonly #actors: readonly Actor[];
  readonly #startedMs = performance.now();
  readonly #timer: NodeJS.Timeout;
  #isStopped = false;

  constructor({ model, link, seed, actors = [], showsParityBit = false }: SimulatedDeviceOptions<M>) {
    const random = new Random(seed);
    this.model = model;
    this.#actors = actors;
    this.#faults = new FaultInjector(model, random.fork());
    this.#pty = openPty({
      link,
      onData: (bytes) => this.#receive(bytes),
      onOpenChange: (isOpen) => isOpen && this.model.opened?.(this.#nowMs()),
    });
    const lineRandom = random.fork();
    this.#wire = new SerialWire({ pty: this.#pty, model, showsParityBit, random: random.fork() });
    this.#line = new Line({ wire: this.#wire, baud: model.baud, random: lineRandom });
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#timer.unref();
  }

  get path(): string {
    return this.#pty.link;
  }

  get isOpen(): boolean {
    return this.#pty.isOpen;
  }

  get counts(): Readonly<LineCounts> {
    return { ...this.#line.counts };
  }

  get faults(): FaultName[] {
    return this.#faults.active;
  }

  setFault(fault: FaultName, on: boolean): void {
    this.#faults.set(fault, on);
    this.#line.speedFactor = this.#faults.speedFactor;
  }

  clearFaults(): void {
    this.#faults.clear();
    this.#line.speedFactor = 1;
  }

  unplug(): void {
    this.#pty.unplug();
  }

  replug(): void {
    if (this.#isStopped) throw new SimError("STOPPED", `${this.path} was stopped`);
    this.#pty.replug();
  }

  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#line.clear();
    this.#pty.unplug();
  }

  #tick(): void {
    const nowMs = this.#nowMs();
    for (const actor of this.#actors) actor.tick(nowMs);
    this.#send(this.model.tick(nowMs));
    for (const bytes of this.#faults.extra(this.#line.freeBytes)) this.#line.send(bytes);
  }

  #receive(bytes: Uint8Array): void {
    const heard = this.#wire.hear(bytes);
    if (heard.length > 0) this.#send(this.model.receive(heard, this.#nowMs()));
  }

  #send(frames: readonly Uint8Array[]): void {
    for (const frame of frames) {
      for (const bytes of this.#faults.shape(frame)) this.#line.send(bytes);
    }
  }

  #nowMs(): number {
    return performance.now() - this.#startedMs;
  }
}
