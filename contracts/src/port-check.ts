/**
 * Checks a port against the kind of port that is meant.
 *
 * Against the union of all kinds a check would also say why a scale is no bin sensor, and bury the one wrong word in that.
 */
import Type from "typebox";
import {
  BoardSensor,
  FirmataPort,
  PORTS_MAX,
  type Port,
  ScalePort,
  SerialSensorPort,
} from "./node-config.ts";
import { BIN_SENSOR_PROTOCOLS, SCALE_PROTOCOLS } from "./protocols.ts";
import { type Checked, type Checker, checkerOf } from "./validate.ts";

const [PinSensor, AnalogSensor] = BoardSensor.anyOf;
const { properties: firmata } = FirmataPort;
const strict = { additionalProperties: false } as const;

/** By what a port is meant to be. */
const checkers = {
  scale: checkerOf(ScalePort),
  serial: checkerOf(SerialSensorPort),
  board: checkerOf(FirmataPort),
  pin: checkerOf(Type.Object({ ...firmata, sensor: PinSensor }, strict)),
  analog: checkerOf(Type.Object({ ...firmata, sensor: AnalogSensor }, strict)),
} satisfies Record<string, Checker<Port>>;
type Kind = keyof typeof checkers;

const OF_SCALES: readonly unknown[] = SCALE_PROTOCOLS;
const OF_BINS: readonly unknown[] = [...BIN_SENSOR_PROTOCOLS, "firmata"];
const PIN_SENSORS = ["hc-sr04", "jsn-sr04t"];

/** Checks a port; `pointer` is where it stands, and each fault names a place below. */
export function checkPort(value: unknown, pointer = ""): Checked<Port> {
  const refused = (faults: string[]): Checked<Port> => ({
    ok: false,
    faults: faults.map((fault) => (pointer === "" ? fault : `${pointer}${fault.replace(/^\/ /, " ")}`)),
  });
  if (!isObject(value)) return refused(["/ must be an object"]);
  if (value.scale !== undefined && value.bin !== undefined)
    return refused(["/ has both scale and bin; a port is of one of them"]);
  const kind = kindOf(value);
  if (kind === null) {
    return refused([
      `/ must have scale, and protocol one of ${OF_SCALES.join(", ")}; or bin, and protocol one of ${OF_BINS.join(", ")}`,
    ]);
  }
  const checked = checkers[kind].check(value);
  return checked.ok ? checked : refused(checked.faults.map((fault) => withNames(fault, value)));
}

/**
 * Checks a value with a list `ports` among its members, which `checker` takes as well: of a port it says what is wrong with
 * the kind that is meant.
 */
export function checkWithPorts<T>(checker: Checker<T>, value: unknown): Checked<T> {
  const checked = checker.check(value);
  if (checked.ok || !isObject(value) || !Array.isArray(value.ports)) return checked;
  const faults = value.ports.slice(0, PORTS_MAX).flatMap((port, index) => {
    const one = checkPort(port, `/ports/${index}`);
    return one.ok ? [] : one.faults;
  });
  if (faults.length === 0) return checked;
  // Without the ports: a check stops after eight faults, and those of one port could be all.
  const rest = checker.check({ ...value, ports: [] });
  return { ok: false, faults: [...(rest.ok ? [] : rest.faults), ...faults] };
}

/** What a port is meant to be, by the thing that it names, else by its protocol; null when it has neither. */
function kindOf({ scale, bin, protocol, sensor }: Record<string, unknown>): Kind | null {
  if (scale !== undefined) return "scale";
  if (bin === undefined && OF_SCALES.includes(protocol)) return "scale";
  if (bin === undefined && !OF_BINS.includes(protocol)) return null;
  if (protocol !== "firmata") return "serial";
  if (!isObject(sensor)) return "board";
  if (sensor.kind === "analog") return "analog";
  // Of a kind that is none, the faults of a pin's sensor are told, with all kinds that there are.
  return "pin";
}

/** A fault with the names that would be right, where a check tells only that this one is not. */
function withNames(fault: string, { scale }: Record<string, unknown>): string {
  if (fault.startsWith("/protocol ")) {
    return scale === undefined
      ? `/protocol must be one of a bin's sensor: ${OF_BINS.join(", ")}`
      : `/protocol must be one of a scale: ${OF_SCALES.join(", ")}`;
  }
  return fault.startsWith("/sensor/kind ")
    ? `/sensor/kind must be one of ${[...PIN_SENSORS, "analog"].join(", ")}`
    : fault;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
