/** Devices that are set wrongly, wired wrongly or broken, and what must come of each. */
import type { Port } from "@jumpa-madu/contracts/node-config";
import type { NoticeCode } from "@jumpa-madu/contracts/notice";
import { A02yyuw } from "@jumpa-madu/firmware-sim/a02yyuw";
import { Bin } from "@jumpa-madu/firmware-sim/bin";
import { createDevice } from "@jumpa-madu/firmware-sim/device-catalogue";
import type { DeviceModel } from "@jumpa-madu/firmware-sim/device-model";
import { StGsScale } from "@jumpa-madu/firmware-sim/st-gs-scale";
import { Talker } from "./talker.ts";

/** One device at one port. */
export interface DeviceCase {
  name: string;
  /** The scale or bin. */
  device: string;
  /** What hangs on the port; nothing when there is no port. */
  model?: () => DeviceModel;
  /** Settings of the port that binds it. */
  port: (path: string) => Port;
  /** What a person is told; null when all is well. */
  notice: { code: NoticeCode; words: RegExp } | null;
  /** Why the scale gives no weight, by the code of the problem, once it has been looked at. */
  refusal?: string;
  /** Net weights in grams that may be weighed; any other is wrong. */
  netG?: number[];
  /** Weights in grams that may be telemetry. */
  shownG?: number[];
}

const scalePort =
  (protocol: Extract<Port, { scale: string }>["protocol"], scale: string) =>
  (path: string): Port => ({ path, protocol, scale });

/** A scale with 1,250 g on it. */
function loadedScale(baud: number): StGsScale {
  const scale = new StGsScale({ seed: 1, noiseG: 0, baud });
  scale.pan.place(1_250);
  return scale;
}

/** A sensor 700 mm above the waste. */
function sensor(): A02yyuw {
  const bin = new Bin({ seed: 1, emptyMm: 1_200, fullMm: 200, fill: 0.5, fillPerDay: 0, emptyEveryDays: 0 });
  return new A02yyuw({ seed: 1, bin, noiseMm: 0, output: "raw" });
}

/** A model whose frames are changed before they are sent. */
function changed(model: DeviceModel, change: (frame: Uint8Array) => Uint8Array): DeviceModel {
  return {
    baud: model.baud,
    endlessByte: model.endlessByte,
    tick: (nowMs) => model.tick(nowMs).map(change),
    receive: (bytes, nowMs) => model.receive(bytes, nowMs).map(change),
    spoil: (frame, random) => model.spoil(frame, random),
  };
}

/** Adds one to the sum that stands so many bytes before the end. */
function sumOffByOne(beforeEnd: number): (frame: Uint8Array) => Uint8Array {
  return (frame) => {
    const at = frame.length - beforeEnd;
    return frame.with(at, ((frame[at] ?? 0) + 1) & 0xff);
  };
}

/** All cases. */
export const DEVICE_CASES: DeviceCase[] = [
  {
    name: "another baud",
    device: "timbangan-baud",
    model: () => loadedScale(2_400),
    port: scalePort("st-gs", "timbangan-baud"),
    notice: {
      code: "wrong_line",
      words: /unreadable at 9600 baud.*set the baud and parity of the device's manual.* doctor /,
    },
    refusal: "disconnected",
  },
  {
    name: "another protocol than the configured one",
    device: "timbangan-protokol",
    model: () => new Talker(["ww001.250kg\r\n"]),
    port: scalePort("st-gs", "timbangan-protokol"),
    notice: {
      code: "wrong_protocol",
      words: /is xk3190-a12-w, not st-gs; set the protocol of this port to xk3190-a12-w/,
    },
    refusal: "disconnected",
  },
  {
    name: "a unit that is none of ours",
    device: "timbangan-satuan",
    model: () => new Talker(["ST,GS,+  1.250jin\r\n"]),
    port: scalePort("st-gs", "timbangan-satuan"),
    notice: { code: "unknown_unit", words: /weighs in "jin"; set it to kilograms or grams/ },
    refusal: "disconnected",
  },
  {
    name: "two scales on one line",
    device: "timbangan-berdua",
    model: () => new Talker(["ST,GS,+  1.250kg\r\n", "ST,GS,+  3.500kg\r\n"]),
    port: scalePort("st-gs", "timbangan-berdua"),
    notice: { code: "two_devices", words: /two scales talk on this line; give each a port of its own/ },
    refusal: "moving",
  },
  {
    name: "two devices of different protocols on one line",
    device: "timbangan-campur",
    model: () => new Talker(["ST,GS,+  1.250kg\r\n", "ww003.500kg\r\n"]),
    port: scalePort("st-gs", "timbangan-campur"),
    notice: {
      code: "two_devices",
      words: /two devices talk on this line, st-gs and xk3190-a12-w; give each a port of its own/,
    },
    netG: [1_250],
    shownG: [1_250],
  },
  {
    name: "a port that is not there",
    device: "timbangan-hilang",
    port: scalePort("st-gs", "timbangan-hilang"),
    notice: { code: "port_missing", words: /is not there: plug the device in, or name another port/ },
    refusal: "disconnected",
  },
  {
    name: "a port that another program holds",
    device: "timbangan-terpakai",
    model: () => loadedScale(9_600),
    port: scalePort("st-gs", "timbangan-terpakai"),
    notice: { code: "port_busy", words: /in use or refuses: close the other program that holds it \(fuser / },
    refusal: "disconnected",
  },
  {
    name: "pounds",
    device: "timbangan-pon",
    model: () => new Talker(["ST,GS,+   2.20lb\r\n"]),
    port: scalePort("st-gs", "timbangan-pon"),
    notice: { code: "pounds", words: /pounds or ounces; its weights are converted, but set it to kilograms/ },
    // 2.20 pounds of exactly 453.59237 g.
    netG: [998],
    shownG: [997.9032],
  },
  {
    name: "a decimal comma",
    device: "timbangan-koma",
    model: () => new Talker(["ST,GS,+  1,250kg\r\n"]),
    port: scalePort("st-gs", "timbangan-koma"),
    notice: null,
    netG: [1_250],
    shownG: [1_250],
  },
  {
    name: "a minus that stands apart from its digits",
    device: "timbangan-minus",
    model: () => new Talker(["ST,GS,-    0.250kg\r\n"]),
    port: scalePort("st-gs", "timbangan-minus"),
    notice: null,
    refusal: "negative",
    shownG: [-250],
  },
  {
    name: "a scale whose sums are off by one",
    device: "timbangan-cek",
    // The frame ends with its check of two figures and ETX.
    model: () => changed(createDevice("xk3190-a9", { seed: 1 }), sumOffByOne(2)),
    port: scalePort("xk3190-a9", "timbangan-cek"),
    notice: { code: "bad_checksum", words: /frames are damaged; check plug, cable length and shield/ },
    refusal: "disconnected",
  },
  {
    name: "a bin sensor whose sums are off by one",
    device: "bak-cek",
    model: () => changed(sensor(), sumOffByOne(1)),
    port: (path) => ({ path, protocol: "a02yyuw", bin: "bak-cek", report_every_s: 0.5 }),
    notice: { code: "bad_checksum", words: /frames are damaged; check plug, cable length and shield/ },
  },
];
