/**
 * Uplink level: from a sensor's sparse uplinks, minutes to hours apart, to what its bin reports.
 *
 * The same rules as for a sensor that speaks all the time, at the pace SPARSE: one uplink is one window, because the sensor has
 * taken its own median. A jump is suspicious until the next uplink agrees. A bin is full after two uplinks, or one that is no
 * jump and says 95 %; emptied at an uplink that is no jump, or when the next confirms it. It has been tipped when it leans in
 * uplinks more than a minute apart, so that a lift does not pass for a fall. Three uplinks without an echo make a sensor silent.
 *
 * An uplink that is not newer than the last says what the level was, but no event, and changes nothing.
 */
import type { ContainerShape } from "@jumpa-madu/contracts/container-shape";
import { FULL_AT, FULL_UNTIL } from "@jumpa-madu/contracts/node-config";
import type { BinEvent, BinLevel } from "@jumpa-madu/contracts/readings";
import { type BinHistory, followLevel, followTilt, resumeHistory } from "./bin-history.ts";
import type { Calibration } from "./calibration.ts";
import { UPRIGHT } from "./container-volume.ts";
import {
  AT_PLACE,
  type Coordinates,
  type Displacement,
  distanceMBetween,
  watchDisplacement,
} from "./displacement.ts";
import type { Happening, Watched } from "./happening.ts";
import { watchHeat } from "./heat.ts";
import { plausible, reportedMm } from "./observation.ts";
import { SPARSE } from "./pace.ts";
import { type Place, rangeGate } from "./range-gate.ts";
import type { Reach } from "./reach.ts";
import { judgeWindow, type Level } from "./settledness.ts";
import { AIR_TEMP_C_DEFAULT, correctedMm } from "./sound-speed.ts";
import { isFrozen, LEANING_DEG_MIN } from "./tipping.ts";
import { isDated } from "./unique-time.ts";

export type { Coordinates } from "./displacement.ts";

/** Uplinks in a row without an echo after which a sensor counts as silent. */
export const ECHOLESS_UPLINKS_MIN = 3;

/** Angle that stands for a sensor's bare word that its bin lies: enough for that, too little for a bin that is poured out. */
const LYING_DEG = 90;

/** Form of the state; one of another form is of an older program, and is forgotten rather than misread. */
const STATE_FORM = 1;

/** What is known of a bin and its sensor; what is left out has the default of the configuration. */
export interface UplinkSettings {
  readonly bin: string;
  readonly reach: Reach;
  readonly calibration: Calibration | null;
  readonly shape?: ContainerShape | undefined;
  readonly fullAt?: number | undefined;
  readonly fullUntil?: number | undefined;
  /** Where the bin belongs; null when nobody has said so. */
  readonly place: Coordinates | null;
  /** True when the sensor takes the speed of sound at 20 °C for granted. */
  readonly lacksTemperature?: boolean | undefined;
  readonly airTempC?: number | undefined;
}

/** What one uplink says. `distanceMm` is null when the sensor found no echo; `t` is the device's or the gateway's time. */
export interface UplinkObservation {
  readonly t: number;
  readonly distanceMm: number | null;
  readonly tempC?: number | undefined;
  /** The sensor's own word on whether the bin lies; `tiltDeg` goes before it. */
  readonly tilted?: boolean | undefined;
  readonly tiltDeg?: number | undefined;
  /** Charge left, 0 to 1. */
  readonly battery?: number | undefined;
  readonly position?: Coordinates | undefined;
  /** The sensor's own alarm of heat. */
  readonly fireAlarm?: boolean | undefined;
  /** The sensor's own alarm that it is not at its place. */
  readonly movedAlarm?: boolean | undefined;
}

/** What is remembered of a bin between two uplinks: plain JSON, a kilobyte or so. Its members are of no concern to others. */
export interface UplinkState {
  readonly form: number;
  /** Time of the newest uplink, and of the newest event. */
  readonly t: number;
  readonly eventT: number;
  readonly history: BinHistory;
  readonly displacement: Displacement;
  /** Uplinks in a row without an echo. */
  readonly echoless: number;
  /** Level of the newest uplink, for when it comes again. */
  readonly level: Level | null;
}

/** Outcome of an uplink: what to remember, and what to report. */
export interface JudgedUplink {
  readonly state: UplinkState;
  readonly readings: (BinLevel | BinEvent)[];
}

/** An uplink as it is understood: impossible values left out, and the distance corrected for the air. */
interface Understood {
  readonly tempC: number | undefined;
  readonly tiltDeg: number | undefined;
  /** Where the waste is; null when the sensor could not tell. */
  readonly echo: { readonly distanceMm: number; readonly place: Place } | null;
}

/** Judges an uplink. `state` is null for the first one. Pure; never throws. A time before 2020 or after 2100 gives nothing. */
export function judgeUplink(
  settings: UplinkSettings,
  state: UplinkState | null,
  observation: UplinkObservation,
): JudgedUplink {
  const t = Math.floor(observation.t);
  const before = resume(settings, state, t);
  if (!isDated(t)) return { state: before, readings: [] };
  const understood = understand(settings, observation);
  if (t <= before.t) {
    const level = levelAgain(settings, before, { t, understood });
    return {
      state: before,
      readings: level === null ? [] : [reading(settings, { ...observation, t }, { level, understood })],
    };
  }
  return follow(settings, before, { observation: { ...observation, t }, understood });
}

function resume(settings: UplinkSettings, state: UplinkState | null, t: number): UplinkState {
  const known = state?.form === STATE_FORM ? state : null;
  const { reach, calibration, shape = UPRIGHT } = settings;
  const history = resumeHistory({ reach, calibration, shape }, isDated(t) ? t : 0, known?.history ?? null);
  return {
    form: STATE_FORM,
    t: 0,
    eventT: 0,
    displacement: AT_PLACE,
    echoless: 0,
    level: null,
    ...known,
    history,
  };
}

function understand(settings: UplinkSettings, observation: UplinkObservation): Understood {
  const { reach, calibration, lacksTemperature = false, airTempC = AIR_TEMP_C_DEFAULT } = settings;
  const { tilted } = observation;
  const {
    distanceMm,
    tempC,
    tiltDeg = tilted === undefined ? undefined : tilted ? LYING_DEG : 0,
  } = plausible(observation);
  if (distanceMm === null) return { tempC, tiltDeg, echo: null };
  const trueMm = lacksTemperature ? correctedMm(distanceMm, tempC ?? airTempC) : distanceMm;
  const place = rangeGate(reach, calibration).placeOf(distanceMm, trueMm);
  const echo = place === "beyond_sensor" ? null : { distanceMm: trueMm, place };
  return { tempC, tiltDeg, echo };
}

/** Level of an uplink that has come before, or too late: the same again, or what it would be by what is believed now. */
function levelAgain(
  settings: UplinkSettings,
  state: UplinkState,
  { t, understood: { echo, tiltDeg } }: { t: number; understood: Understood },
): Level | null {
  if (echo === null) return null;
  const distanceMm = reportedMm(echo.distanceMm);
  if (t === state.t && state.level?.distanceMm === distanceMm) return state.level;
  if (tiltDeg !== undefined && tiltDeg > LEANING_DEG_MIN)
    return { distanceMm, fill: null, quality: "rejected" };
  const { calibration, shape = UPRIGHT } = settings;
  return judgeWindow(state.history.belief, { ...echo, spreadMm: 0 }, { calibration, shape, pace: SPARSE })
    .level;
}

/** A new uplink, with all that it changes. */
function follow(
  settings: UplinkSettings,
  before: UplinkState,
  { observation, understood }: { observation: UplinkObservation; understood: Understood },
): JudgedUplink {
  const { t } = observation;
  const { tiltDeg, echo } = understood;
  const happened: Happening[] = [];
  function take<State>(watched: Watched<State>): State {
    happened.push(...watched.happened);
    return watched.state;
  }

  let { history } = before;
  if (tiltDeg !== undefined) history = take(followTilt(history, tiltDeg, t));
  history = take(followAir(history, { observation, understood }));
  const displacement = displacementOf(settings, before.displacement, observation);
  const echoless = echo === null ? Math.min(before.echoless + 1, ECHOLESS_UPLINKS_MIN) : 0;
  history = take(followEchoes(history, echoless));
  let level: Level | null = null;
  if (echo !== null) {
    const judged = judge(settings, history, { echo, t });
    level = judged.level;
    history = take(judged);
  }
  happened.push(...displacement.happened);

  const eventT = Math.max(t, before.eventT + 1);
  const events = happened
    .map((one, index): BinEvent => ({ kind: "bin_event", bin: settings.bin, t: eventT + index, ...one }))
    .filter((one) => isDated(one.t));
  return {
    state: {
      ...before,
      t,
      eventT: events.at(-1)?.t ?? before.eventT,
      history,
      displacement: displacement.state,
      echoless,
      level,
    },
    readings: [...(level === null ? [] : [reading(settings, observation, { level, understood })]), ...events],
  };
}

function followAir(
  history: BinHistory,
  { observation, understood }: { observation: UplinkObservation; understood: Understood },
): Watched<BinHistory> {
  const { tempC = null, echo } = understood;
  const { state: heat, happened } = watchHeat(
    history.heat,
    { tempC, distanceMm: echo?.distanceMm ?? null, alarm: observation.fireAlarm },
    { nowMs: observation.t, pace: SPARSE },
  );
  return { state: { ...history, heat }, happened };
}

function followEchoes(history: BinHistory, echoless: number): Watched<BinHistory> {
  const silent = echoless >= ECHOLESS_UPLINKS_MIN;
  if (silent === history.silent) return { state: history, happened: [] };
  return {
    state: { ...history, silent },
    happened: [{ event: silent ? "sensor_silent" : "sensor_back" }],
  };
}

function displacementOf(
  { place }: UplinkSettings,
  before: Displacement,
  { position, movedAlarm = false }: UplinkObservation,
): Watched<Displacement> {
  const distanceM =
    place === null || position === undefined || !isFix(position) ? null : distanceMBetween(place, position);
  return watchDisplacement(before, distanceM, movedAlarm);
}

/** A receiver without a fix says 0, 0, which is open sea. */
function isFix({ lat, lon }: Coordinates): boolean {
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat !== 0 || lon !== 0);
}

function judge(
  settings: UplinkSettings,
  history: BinHistory,
  { echo, t }: { echo: NonNullable<Understood["echo"]>; t: number },
): Watched<BinHistory> & { readonly level: Level } {
  const { calibration, shape = UPRIGHT, fullAt = FULL_AT, fullUntil = FULL_UNTIL } = settings;
  if (isFrozen(history.tipping)) {
    const level: Level = { distanceMm: reportedMm(echo.distanceMm), fill: null, quality: "rejected" };
    return { state: history, happened: [], level };
  }
  const measure = { calibration, shape, pace: SPARSE };
  const { belief, level } = judgeWindow(history.belief, { ...echo, spreadMm: 0 }, measure);
  const followed = followLevel({ ...history, belief }, level, { nowMs: t, pace: SPARSE, fullAt, fullUntil });
  return { ...followed, level };
}

function reading(
  { bin }: UplinkSettings,
  { t, battery }: UplinkObservation,
  { level, understood: { tempC, tiltDeg } }: { level: Level; understood: Understood },
): BinLevel {
  const { distanceMm, fill, quality } = level;
  return {
    kind: "bin_level",
    bin,
    t,
    distance_mm: distanceMm,
    fill,
    quality,
    ...(tempC === undefined ? {} : { temp_c: tempC }),
    ...(tiltDeg === undefined ? {} : { tilt_deg: tiltDeg }),
    ...(battery !== undefined && battery >= 0 && battery <= 1 ? { battery } : {}),
  };
}
