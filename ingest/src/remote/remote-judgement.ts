/**
 * Remote judgement: from an uplink to readings that are stored, one uplink of a sensor after the other.
 *
 * find the binding -> seen before? -> read by the model -> judge -> telemetry -> what is remembered, in one transaction.
 * A crash in between leaves what was remembered before, so the same uplink gives the same points again.
 */
import type { RemoteSettings } from "@jumpa-madu/contracts/http/remote";
import { EPOCH_MS_MIN } from "@jumpa-madu/contracts/units";
import { calibrationOf } from "@jumpa-madu/sensing/calibration";
import { judgeUplink, type UplinkSettings, type UplinkState } from "@jumpa-madu/sensing/uplink-level";
import type { QuarantineItem } from "@jumpa-madu/store/quarantine";
import type { RelationalStore } from "@jumpa-madu/store/relational-store";
import { type Binding, findBinding, keepUplink } from "@jumpa-madu/store/remote-uplinks";
import { noveltyOf, withUplink } from "@jumpa-madu/store/seen-uplinks";
import { StoreError } from "@jumpa-madu/store/store-error";
import type { TelemetryPoint, TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import type { Logger } from "pino";
import type { GroupCommit } from "../commit/group-commit.ts";
import { quarantineItem } from "../intake/envelope-intake.ts";
import type { Metrics } from "../metrics.ts";
import type { TelemetryGate } from "../readings/telemetry-gate.ts";
import { reachOfModel } from "./models.ts";
import { Turns } from "./turns.ts";
import type { RemoteUplink, UplinkFault, UplinkOutcome } from "./uplink.ts";

/** Uplinks that wait or are under way. Beyond, an uplink is not taken: its sender is told to come again. */
export const UPLINKS_WAITING_MAX = 256;

/** Times that an uplink is judged anew because another process has kept one of the same sensor meanwhile. Beyond, it is not taken. */
export const JUDGE_TRIES_MAX = 3;

/**
 * How far ahead of ours the time of an uplink may be, in milliseconds. An uplink that is not newer than the last one changes
 * nothing, so one that is far ahead would hide what becomes of its bin until that time has come.
 */
export const UPLINK_AHEAD_MS_MAX = 600_000;

export interface JudgementOptions {
  store: RelationalStore;
  telemetry: Pick<TelemetryStore, "write">;
  gate: TelemetryGate;
  commit: Pick<GroupCommit, "quarantine">;
  metrics: Metrics;
  log: Logger;
}

export class RemoteJudgement {
  readonly #options: JudgementOptions;
  readonly #turns = new Turns();

  constructor(options: JudgementOptions) {
    this.#options = options;
  }

  /** Uplinks that wait or are under way. */
  get waiting(): number {
    return this.#turns.size;
  }

  /** Takes an uplink to its end. Never rejects. */
  async take(uplink: RemoteUplink): Promise<UplinkOutcome> {
    const { metrics, log } = this.#options;
    const { source, node, key } = uplink.sensor;
    const outcome =
      this.#turns.size >= UPLINKS_WAITING_MAX
        ? unavailable("too many uplinks at once")
        : await this.#turns
            .run(`${source} ${node} ${key}`, () => this.#judge(uplink))
            .catch((error: unknown) => {
              log.error({ err: error, source, node, key }, "an uplink could not be taken");
              return unavailable("the database does not answer");
            });
    metrics.uplinks.inc({ source, outcome: outcome.kind });
    return outcome;
  }

  /** Keeps what is no uplink of a known sensor. Resolves when it is durable, or only counted because quarantine is full. */
  async quarantine(item: QuarantineItem): Promise<UplinkOutcome> {
    await new Promise<void>((resolve) => this.#options.commit.quarantine([item], resolve));
    return { kind: "quarantined", code: item.code, reason: item.reason };
  }

  async #judge(uplink: RemoteUplink): Promise<UplinkOutcome> {
    const { store } = this.#options;
    const { sensor, atMs } = uplink;
    const mark = { key: uplink.mark, atMs };
    for (let attempt = 1; attempt <= JUDGE_TRIES_MAX; attempt++) {
      const found = await bindingOf(store, uplink);
      if (!found.ok) return await this.#refuse(uplink, found.fault, found.node);
      const { binding } = found;
      const clock = clockFault(uplink);
      if (clock !== null) return await this.#refuse(uplink, clock, sensor.node);
      const novelty = noveltyOf(binding.seen, mark);
      if (novelty === "duplicate") return { kind: "duplicate" };
      if (novelty === "stale") return await this.#refuse(uplink, STALE, sensor.node);
      const read = uplink.read(binding.model);
      if (!read.ok) return await this.#refuse(uplink, read.fault, sensor.node);
      const before = parseState(binding.state);
      const judged =
        read.observation === null
          ? { state: before, readings: [] }
          : judgeUplink(settingsOf(binding), before, { ...read.observation, t: atMs });
      const points = judged.readings.map((reading) => pointOf(uplink, binding, reading));
      const trouble = await this.#write(uplink, points);
      if (trouble !== null) return unavailable(trouble);
      const state = JSON.stringify(judged.state);
      const seen = withUplink(binding.seen, mark);
      if (await store.transaction((tx) => keepUplink(tx, binding, { state, seen })))
        return { kind: "stored", readings: points.length };
    }
    return unavailable("another process takes uplinks of the same sensor");
  }

  /** Writes until all is durable. Answers why it is not, in words; null when it is. */
  async #write(uplink: RemoteUplink, points: TelemetryPoint[]): Promise<string | null> {
    const { telemetry, gate, metrics } = this.#options;
    if (points.length === 0) return null;
    // A store that is down is asked by the readings' writers; here nobody can wait that long.
    if (!gate.isOpen) return "the telemetry store does not answer";
    const outcome = await telemetry.write(points);
    gate.note(outcome);
    if (outcome.kind !== "stored") return "the telemetry store does not answer";
    metrics.stored.inc(points.length - outcome.refused.length);
    for (const { point, reason } of outcome.refused) {
      const body = JSON.stringify(point.reading);
      await this.#refuse({ ...uplink, body }, { code: "store_refused", reason }, point.node);
    }
    return null;
  }

  #refuse(uplink: RemoteUplink, fault: UplinkFault, node: string | null): Promise<UplinkOutcome> {
    return this.quarantine(uplinkItem(uplink, fault, node));
  }
}

/** Row for quarantine. `node` is null for what no registered sensor has sent: all of that shares one allowance a day. */
function uplinkItem(uplink: RemoteUplink, fault: UplinkFault, node: string | null): QuarantineItem {
  const { from, receivedMs, body } = uplink;
  return quarantineItem(
    { node, topic: from, stream: null, epoch: null, receivedMs },
    { seq: null, ...fault, body },
  );
}

const STALE: UplinkFault = {
  code: "stale",
  reason:
    "it is older than the uplinks that are remembered of this sensor, so it cannot be told from a replay; nothing is to be done unless it never came before",
};

type FoundBinding =
  | { ok: true; binding: Binding }
  /** `node` is whose allowance of the quarantine the uplink takes. */
  | { ok: false; fault: UplinkFault; node: string | null };

/** The binding of an uplink, or why there is none that can be used. Throws while the database does not answer. */
async function bindingOf(store: RelationalStore, uplink: RemoteUplink): Promise<FoundBinding> {
  const { sensor, atMs } = uplink;
  try {
    const binding = await findBinding(store.db, sensor, atMs);
    if (binding !== null) return { ok: true, binding };
    return { ok: false, fault: unknownSensor(uplink), node: registeredOf(uplink) };
  } catch (error) {
    // It would not be readable the next time either, and what waits for it would wait for ever.
    if (!(error instanceof StoreError) || error.code !== "bad_answer") throw error;
    const reason = `${error.message}; retire the sensor and bind it again`;
    return { ok: false, fault: { code: "unknown_device", reason }, node: sensor.node };
  }
}

/** What is wrong with the time of an uplink; null when it can be believed. */
function clockFault({ atMs, receivedMs }: RemoteUplink): UplinkFault | null {
  const mend = "set the clock of the gateway, the network server or the node";
  if (atMs < EPOCH_MS_MIN)
    return { code: "clock", reason: `its time is ${new Date(atMs).toISOString()}; ${mend}` };
  if (atMs <= receivedMs + UPLINK_AHEAD_MS_MAX) return null;
  const aheadS = Math.round((atMs - receivedMs) / 1_000);
  return { code: "clock", reason: `its time is ${aheadS} s ahead of ours; ${mend}, or ours` };
}

/** The node of a SenML pack is registered; a DevEUI may be anything that somebody has typed in. */
function registeredOf({ sensor }: RemoteUplink): string | null {
  return sensor.source === "senml" ? sensor.node : null;
}

function unknownSensor({ sensor }: RemoteUplink): UplinkFault {
  const name =
    sensor.source === "lorawan" ? `DevEUI ${sensor.key}` : `sensor ${sensor.key} of node ${sensor.node}`;
  return {
    code: "unknown_device",
    reason: `${name} is not bound to a bin; bind it with POST /v1/remote-sensors`,
  };
}

function settingsOf({ bin, lat, lon, model, settings }: Binding): UplinkSettings {
  const { min_mm: minMm, max_mm: maxMm } = settings.reach ?? {};
  return {
    bin,
    reach: minMm === undefined || maxMm === undefined ? reachOfModel(model) : { minMm, maxMm },
    calibration: calibrationOf(settings.calibration),
    shape: settings.container,
    fullAt: settings.full_at,
    fullUntil: settings.full_until,
    place: { lat, lon },
    ...temperatureOf(settings),
  };
}

/** Whoever binds a sensor names the air's temperature only when the sensor does not correct for it. */
function temperatureOf({ air_temp_c: airTempC }: RemoteSettings): Partial<UplinkSettings> {
  return airTempC === undefined ? {} : { lacksTemperature: true, airTempC };
}

/** What was remembered, as it was written: the judgement knows its own form. */
function parseState(text: string | null): UplinkState | null {
  return text === null ? null : JSON.parse(text);
}

function pointOf(
  { sensor, site, seq, receivedMs }: RemoteUplink,
  { zone }: Binding,
  reading: TelemetryPoint["reading"],
): TelemetryPoint {
  return { node: sensor.node, site, zone, seq, receivedMs, reading };
}

function unavailable(reason: string): UplinkOutcome {
  return { kind: "unavailable", reason };
}
