/**
 * An Arduino Uno with PingFirmata, its ultrasonic sensors, thermometer and analog sensors.
 *
 * 57600 8N1. Opening the port resets the board; when it has started it sends its protocol version and the name of its
 * firmware, then answers what it is asked, and sends the analog channels that it was told to report at the sampling
 * interval. Messages: firmata-sysex.ts. A ping is answered when its echo is back:
 *
 *     host  F0 75 pin level, then as pairs of data bytes: pulse (4 bytes), timeout (4 bytes), both in µs, F7
 *     board F0 75, then as pairs of data bytes: pin, echo (4 bytes) in µs, 0 for none, F7
 */

import { Random } from "@jumpa-madu/contracts/random";
import type { Bin } from "./bin.ts";
import { type DeviceModel, LAG_MS_MAX } from "./device-model.ts";
import { analogMapping, CHANNEL_COUNT, capabilities, isPin, MODES, PIN_COUNT } from "./firmata-pins.ts";
import {
  type AnalogSensor,
  distanceReading,
  echoUs,
  type PingSensor,
  type Thermometer,
  thermometerReading,
} from "./firmata-sensors.ts";
import {
  COMMANDS,
  encodeSysex,
  encodeValue,
  FEATURES,
  fromPairs,
  type HostMessage,
  HostMessages,
  toPairs,
} from "./firmata-sysex.ts";

/** Sampling interval of a board that was told none. */
export const SAMPLING_MS_DEFAULT = 19;

/** Pings that wait for their echo at most, as many as there are pins. */
const PINGS_MAX = PIN_COUNT;

const PROTOCOL_VERSION = [2, 5] as const;

/** What a board is like. */
export interface FirmataBoardOptions {
  seed: number;
  pings?: readonly PingSensor[] | undefined;
  analogs?: readonly AnalogSensor[] | undefined;
  thermometers?: readonly Thermometer[] | undefined;
  /** Temperature of the air, which the thermometers show, in °C; default 28. */
  airTempC?: number | undefined;
  /** Standard deviation of a distance, in millimetres; default 2. */
  noiseMm?: number | undefined;
  /** From reset to the first byte; default 400 ms. */
  bootMs?: number | undefined;
  /** False for a board that opening the port does not reset: it says nothing until it is asked; default true. */
  hasBootMessage?: boolean | undefined;
  /** False for a board without PingFirmata, whose pins cannot ping; default true. */
  hasPing?: boolean | undefined;
  /** Share of the pings whose answer is lost, 0 to 1; default 0. */
  pingLoss?: number | undefined;
}

interface Answer {
  readonly dueMs: number;
  readonly bytes: Uint8Array;
}

/** A board over bins. */
export class FirmataBoard implements DeviceModel {
  readonly baud = 57_600;
  /** Data without a command. */
  readonly endlessByte = 0x01;
  /** Temperature of the air, in °C. */
  airTempC: number;
  /** Pings so far, and those whose answers were lost. */
  readonly counts = { pings: 0, lost: 0 };
  readonly #options: FirmataBoardOptions;
  readonly #random: Random;
  readonly #noiseMm: number;
  readonly #host = new HostMessages();
  readonly #reported = new Set<number>();
  readonly #modes = new Map<number, number>();
  #loseNext = 0;
  #answers: Answer[] = [];
  #samplingMs = SAMPLING_MS_DEFAULT;
  #nextSampleMs = 0;
  #bootedAtMs = 0;

  constructor(options: FirmataBoardOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#noiseMm = options.noiseMm ?? 2;
    this.airTempC = options.airTempC ?? 28;
  }

  /** The bins that the board looks into. */
  get bins(): Bin[] {
    const { pings = [], analogs = [] } = this.#options;
    return [...new Set([...pings, ...analogs].map(({ bin }) => bin))];
  }

  /** Loses the answers to the next `count` pings. */
  losePings(count: number): void {
    this.#loseNext = count;
  }

  /** The host opened the port, and thereby reset the board. */
  opened(nowMs: number): void {
    if (this.#options.hasBootMessage === false) return;
    this.#reset();
    this.#bootedAtMs = nowMs + (this.#options.bootMs ?? 400);
    this.#answers = [
      { dueMs: this.#bootedAtMs, bytes: this.#version() },
      { dueMs: this.#bootedAtMs, bytes: this.#firmware() },
    ];
  }

  tick(nowMs: number): Uint8Array[] {
    const due = this.#answers.filter(({ dueMs }) => dueMs <= nowMs).map(({ bytes }) => bytes);
    this.#answers = this.#answers.filter(({ dueMs }) => dueMs > nowMs);
    this.#nextSampleMs = Math.max(this.#nextSampleMs, nowMs - LAG_MS_MAX);
    for (; this.#nextSampleMs <= nowMs; this.#nextSampleMs += this.#samplingMs) {
      for (const channel of this.#reported) due.push(this.#sample(channel, this.#nextSampleMs));
    }
    return due;
  }

  receive(bytes: Uint8Array, nowMs: number): Uint8Array[] {
    // The boot loader takes what comes before the sketch runs.
    if (nowMs < this.#bootedAtMs) return [];
    return this.#host.push(bytes).flatMap((message) => this.#answer(message, nowMs));
  }

  /** Takes the command away: what is left are data bytes that belong to nothing. */
  spoil(frame: Uint8Array): Uint8Array {
    const spoilt = Uint8Array.from(frame);
    spoilt[0] = (frame[0] ?? 0) & 0x7f;
    return spoilt;
  }

  #answer({ isSysex, command, data }: HostMessage, nowMs: number): Uint8Array[] {
    if (isSysex) return this.#answerSysex(command, data, nowMs);
    const [first = 0, second = 0] = data;
    const number = command & 0x0f;
    if (command === COMMANDS.version) return [this.#version()];
    if (command === COMMANDS.reset) this.#reset();
    else if (command === COMMANDS.pinMode) this.#modes.set(first, second);
    else if ((command & 0xf0) === COMMANDS.reportAnalog) return this.#reportAnalog(number, first, nowMs);
    else if ((command & 0xf0) === COMMANDS.reportDigital && first !== 0) return [this.#port(number)];
    return [];
  }

  #answerSysex(feature: number, data: readonly number[], nowMs: number): Uint8Array[] {
    const hasPing = this.#options.hasPing ?? true;
    const [first = 0, second = 0] = data;
    switch (feature) {
      case FEATURES.firmware:
        return [this.#firmware()];
      case FEATURES.capabilityQuery:
        return [encodeSysex(FEATURES.capability, capabilities(hasPing))];
      case FEATURES.analogMappingQuery:
        return [encodeSysex(FEATURES.analogMapping, analogMapping())];
      case FEATURES.pinStateQuery:
        return [encodeSysex(FEATURES.pinState, [first, this.#modes.get(first) ?? 0, 0])];
      case FEATURES.samplingInterval:
        this.#samplingMs = Math.max(1, first | (second << 7));
        return [];
      case FEATURES.pingRead:
        if (hasPing) this.#ping(data, nowMs);
        return [];
      default:
        return [encodeSysex(FEATURES.string, toPairs(Buffer.from("Unknown command")))];
    }
  }

  #ping(data: readonly number[], nowMs: number): void {
    const [pin = 0] = data;
    const [b3 = 0, b2 = 0, b1 = 0, b0 = 0] = fromPairs(data.slice(10, 18));
    if (!isPin(pin) || this.#answers.length >= PINGS_MAX) return;
    this.counts.pings += 1;
    const us = this.#echoUs(pin, nowMs);
    const timeoutUs = ((b3 << 24) | (b2 << 16) | (b1 << 8) | b0) >>> 0;
    const isLost = this.#loseNext > 0 || this.#random.next() < (this.#options.pingLoss ?? 0);
    this.#loseNext = Math.max(0, this.#loseNext - 1);
    if (isLost) {
      this.counts.lost += 1;
      return;
    }
    const bytes = encodeSysex(
      FEATURES.pingRead,
      toPairs([pin, us >>> 24, (us >> 16) & 0xff, (us >> 8) & 0xff, us & 0xff]),
    );
    this.#answers.push({ dueMs: nowMs + (us === 0 ? timeoutUs : us) / 1000, bytes });
  }

  /** Echo on a pin in microseconds; 0 when there is none, or no sensor. */
  #echoUs(pin: number, nowMs: number): number {
    const sensor = this.#options.pings?.find((one) => one.pin === pin);
    return sensor === undefined ? 0 : echoUs(sensor.kind, this.#distanceMm(sensor.bin, nowMs), this.airTempC);
  }

  #distanceMm(bin: Bin, nowMs: number): number {
    bin.advanceTo(nowMs);
    return bin.distanceMm + this.#noiseMm * this.#random.gaussian();
  }

  #reportAnalog(channel: number, on: number, nowMs: number): Uint8Array[] {
    if (channel >= CHANNEL_COUNT) return [];
    if (on === 0) {
      this.#reported.delete(channel);
      return [];
    }
    this.#reported.add(channel);
    return [this.#sample(channel, nowMs)];
  }

  /** A message with what a channel reads; an open channel floats about the middle. */
  #sample(channel: number, nowMs: number): Uint8Array {
    return encodeValue(COMMANDS.analog | channel, this.#read(channel, nowMs));
  }

  #read(channel: number, nowMs: number): number {
    const { thermometers = [], analogs = [] } = this.#options;
    const thermometer = thermometers.find((one) => one.channel === channel);
    if (thermometer !== undefined) return thermometerReading(thermometer.kind, this.airTempC);
    const analog = analogs.find((one) => one.channel === channel);
    if (analog !== undefined) return distanceReading(this.#distanceMm(analog.bin, nowMs));
    return this.#random.integer(300, 600);
  }

  /** Levels of the eight pins of a port: nothing hangs there, so only a pull-up makes one high. */
  #port(port: number): Uint8Array {
    const pins = Array.from({ length: 8 }, (_, bit) => this.#modes.get(8 * port + bit) === MODES.pullup);
    return encodeValue(
      COMMANDS.digital | port,
      pins.reduce((levels, isHigh, bit) => levels | (isHigh ? 1 << bit : 0), 0),
    );
  }

  #version(): Uint8Array {
    return Uint8Array.of(COMMANDS.version, ...PROTOCOL_VERSION);
  }

  #firmware(): Uint8Array {
    const name = (this.#options.hasPing ?? true) ? "PingFirmata.ino" : "StandardFirmata.ino";
    return encodeSysex(FEATURES.firmware, [...PROTOCOL_VERSION, ...toPairs(Buffer.from(name))]);
  }

  #reset(): void {
    this.#reported.clear();
    this.#modes.clear();
    this.#answers = [];
    this.#samplingMs = SAMPLING_MS_DEFAULT;
  }
}
