/**
 * Every device that can be simulated, by the key of the protocol that it speaks (`contracts/protocols`).
 *
 * `parameters` are what a fleet may say of such a device besides what it may say of every scale or bin sensor: each
 * is the snake_case name of an option of `create`.
 */
import type { BinSensorProtocol, ScaleProtocol } from "@jumpa-madu/contracts/protocols";
import Type, { type TProperties } from "typebox";
import { A02yyuw, type A02yyuwOptions } from "./a02yyuw.ts";
import { ADAM_KINDS, ADAM_UNITS, AdamScale, type AdamScaleOptions } from "./adam-scale.ts";
import { AndStandardScale, type AndStandardScaleOptions } from "./and-standard-scale.ts";
import { type BaxtranScaleOptions, BaxtranUfScale, BaxtranXtaScale } from "./baxtran-scale.ts";
import { BERKEL_CAPACITIES, BerkelScale, type BerkelScaleOptions } from "./berkel-scale.ts";
import { Bin } from "./bin.ts";
import { Cas22Scale, type Cas22ScaleOptions } from "./cas-22-scale.ts";
import { CasDc1Scale, type CasDc1ScaleOptions } from "./cas-dc1-scale.ts";
import { CAS_PD2_UNITS, CasPd2Scale, type CasPd2ScaleOptions } from "./cas-pd2-scale.ts";
import type { DeviceModel } from "./device-model.ts";
import { DibalScale } from "./dibal-scale.ts";
import { JsnSr04t } from "./jsn-sr04t.ts";
import { MAXBOTIX_TYPES, Maxbotix, type MaxbotixOptions } from "./maxbotix.ts";
import { A01nyub, Me007ys } from "./me007ys.ts";
import { MtSicsScale, type MtSicsScaleOptions } from "./mt-sics-scale.ts";
import { NCI_VARIANTS, NciScale, type NciScaleOptions } from "./nci-scale.ts";
import { OHAUS_LAYOUTS, OhausScale, type OhausScaleOptions } from "./ohaus-scale.ts";
import { PLAIN_LINES, PLAIN_UNITS, PlainScale, type PlainScaleOptions } from "./plain-scale.ts";
import { SartoriusScale, type SartoriusScaleOptions } from "./sartorius-scale.ts";
import type { ScaleModel, ScaleOptions } from "./scale-model.ts";
import { ST_GS_DRESSES, StGsScale, type StGsScaleOptions } from "./st-gs-scale.ts";
import { TenzoScale, type TenzoScaleOptions } from "./tenzo-scale.ts";
import { TFMINI_KINDS, Tfmini, type TfminiOptions, TfminiPix } from "./tfmini.ts";
import { Ti400Scale, type Ti400ScaleOptions } from "./ti400-scale.ts";
import { TOLEDO_8217_UNITS, Toledo8217Scale, type Toledo8217ScaleOptions } from "./toledo-8217-scale.ts";
import {
  TOLEDO_CONTINUOUS_UNITS,
  ToledoContinuousScale,
  type ToledoContinuousScaleOptions,
} from "./toledo-continuous-scale.ts";
import type { BinSensorOptions } from "./ultrasonic-sensor.ts";
import { Xk3190A9Scale, type Xk3190A9ScaleOptions } from "./xk3190-a9-scale.ts";
import { XK3190_A12_W_UNITS, Xk3190A12WScale, type Xk3190A12WScaleOptions } from "./xk3190-a12-w-scale.ts";
import { Xk3190A12eChkScale, type Xk3190A12eChkScaleOptions } from "./xk3190-a12e-chk-scale.ts";
import { Xk3190EqualsScale, type Xk3190EqualsScaleOptions } from "./xk3190-equals-scale.ts";

/** A sensor that looks into a bin. */
export interface BinSensorModel extends DeviceModel {
  readonly bin: Bin;
}

/** A device of the catalogue. `create` takes at least `seed`, of a bin sensor also `bin`; all else has defaults. */
export type CatalogueDevice =
  | { kind: "scale"; parameters: TProperties; create: (options: never) => ScaleModel }
  | { kind: "bin-sensor"; parameters: TProperties; create: (options: never) => BinSensorModel };

const isContinuous = Type.Optional(Type.Boolean({ description: "whether it sends unasked" }));
const output = Type.Optional(Type.Enum(["processed", "raw"] as const));
const lightParameters = {
  kind: Type.Optional(Type.Enum(TFMINI_KINDS)),
  reflectivity: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
};

/** The catalogue. */
export const DEVICE_CATALOGUE = {
  a02yyuw: {
    kind: "bin-sensor",
    parameters: { output },
    create: (options: A02yyuwOptions) => new A02yyuw(options),
  },
  "st-gs": {
    kind: "scale",
    parameters: {
      is_continuous: isContinuous,
      overload: Type.Optional(Type.Enum(["nines", "blanks"] as const)),
      dress: Type.Optional(Type.Enum(ST_GS_DRESSES)),
    },
    create: (options: StGsScaleOptions) => new StGsScale(options),
  },
  "mt-sics": {
    kind: "scale",
    parameters: {
      stability_timeout_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
      serial_number: Type.Optional(Type.String({ pattern: "^[A-Z0-9-]{1,20}$" })),
    },
    create: (options: MtSicsScaleOptions) => new MtSicsScale(options),
  },
  "st-gs-colon": {
    kind: "scale",
    parameters: { is_continuous: isContinuous },
    create: (options: BaxtranScaleOptions) => new BaxtranXtaScale(options),
  },
  "baxtran-uf": {
    kind: "scale",
    parameters: { is_continuous: isContinuous },
    create: (options: BaxtranScaleOptions) => new BaxtranUfScale(options),
  },
  "and-standard": {
    kind: "scale",
    parameters: { is_continuous: isContinuous, acknowledges: Type.Optional(Type.Boolean()) },
    create: (options: AndStandardScaleOptions) => new AndStandardScale(options),
  },
  "tenzo-eq": {
    kind: "scale",
    parameters: { shows_plus: Type.Optional(Type.Boolean()) },
    create: (options: TenzoScaleOptions) => new TenzoScale(options),
  },
  "ti400-p08": {
    kind: "scale",
    parameters: { is_continuous: isContinuous },
    create: (options: Ti400ScaleOptions) => new Ti400Scale(options),
  },
  ohaus: {
    kind: "scale",
    parameters: { is_continuous: isContinuous, layout: Type.Optional(Type.Enum(OHAUS_LAYOUTS)) },
    create: (options: OhausScaleOptions) => new OhausScale(options),
  },
  "sartorius-sbi": {
    kind: "scale",
    parameters: {
      is_continuous: isContinuous,
      has_header: Type.Optional(Type.Boolean()),
      error_code: Type.Optional(Type.Integer({ minimum: 0, maximum: 999 })),
    },
    create: (options: SartoriusScaleOptions) => new SartoriusScale(options),
  },
  "adam-cpw": {
    kind: "scale",
    parameters: {
      is_continuous: isContinuous,
      kind: Type.Optional(Type.Enum(ADAM_KINDS)),
      unit: Type.Optional(Type.Enum(ADAM_UNITS)),
    },
    create: (options: AdamScaleOptions) => new AdamScale(options),
  },
  "dibal-g310": {
    kind: "scale",
    parameters: {},
    create: (options: ScaleOptions) => new DibalScale(options),
  },
  plain: {
    kind: "scale",
    parameters: {
      line: Type.Optional(Type.Enum(PLAIN_LINES)),
      unit: Type.Optional(Type.Enum(PLAIN_UNITS)),
      drift_g_per_h: Type.Optional(Type.Number({ minimum: -100_000, maximum: 100_000 })),
    },
    create: (options: PlainScaleOptions) => new PlainScale(options),
  },
  "cas-22": {
    kind: "scale",
    parameters: {
      is_continuous: isContinuous,
      device_id: Type.Optional(Type.Integer({ minimum: 0, maximum: 99 })),
      sets_lamp_bit5: Type.Optional(Type.Boolean()),
    },
    create: (options: Cas22ScaleOptions) => new Cas22Scale(options),
  },
  "cas-pd2": {
    kind: "scale",
    parameters: { is_continuous: isContinuous, unit: Type.Optional(Type.Enum(CAS_PD2_UNITS)) },
    create: (options: CasPd2ScaleOptions) => new CasPd2Scale(options),
  },
  "cas-dc1": {
    kind: "scale",
    parameters: { padding: Type.Optional(Type.Enum(["zeros", "blanks"] as const)) },
    create: (options: CasDc1ScaleOptions) => new CasDc1Scale(options),
  },
  "toledo-8217": {
    kind: "scale",
    parameters: { unit: Type.Optional(Type.Enum(TOLEDO_8217_UNITS)) },
    create: (options: Toledo8217ScaleOptions) => new Toledo8217Scale(options),
  },
  "toledo-continuous": {
    kind: "scale",
    parameters: {
      is_continuous: isContinuous,
      unit: Type.Optional(Type.Enum(TOLEDO_CONTINUOUS_UNITS)),
      has_checksum: Type.Optional(Type.Boolean()),
      is_short: Type.Optional(Type.Boolean()),
      is_blank_padded: Type.Optional(Type.Boolean()),
    },
    create: (options: ToledoContinuousScaleOptions) => new ToledoContinuousScale(options),
  },
  "xk3190-a9": {
    kind: "scale",
    parameters: {
      is_continuous: isContinuous,
      xor_over9: Type.Optional(Type.Enum(["letters", "colons"] as const)),
      overload: Type.Optional(Type.Enum(["nothing", "blanks"] as const)),
    },
    create: (options: Xk3190A9ScaleOptions) => new Xk3190A9Scale(options),
  },
  "xk3190-a12-w": {
    kind: "scale",
    parameters: {
      unit: Type.Optional(Type.Enum(XK3190_A12_W_UNITS)),
      tells_tare: Type.Optional(Type.Boolean()),
    },
    create: (options: Xk3190A12WScaleOptions) => new Xk3190A12WScale(options),
  },
  "xk3190-a12e-chk": {
    kind: "scale",
    parameters: { unit: Type.Optional(Type.Literal("kg")) },
    create: (options: Xk3190A12eChkScaleOptions) => new Xk3190A12eChkScale(options),
  },
  "xk3190-rev": {
    kind: "scale",
    parameters: { is_continuous: isContinuous },
    create: (options: Xk3190EqualsScaleOptions) => new Xk3190EqualsScale(options, "backwards"),
  },
  "xk3190-fwd": {
    kind: "scale",
    parameters: { is_continuous: isContinuous },
    create: (options: Xk3190EqualsScaleOptions) => new Xk3190EqualsScale(options, "forwards"),
  },
  nci: {
    kind: "scale",
    parameters: {
      variant: Type.Optional(Type.Enum(NCI_VARIANTS)),
      has_third_status_byte: Type.Optional(Type.Boolean()),
    },
    create: (options: NciScaleOptions) => new NciScale(options),
  },
  berkel: {
    kind: "scale",
    parameters: { capacity: Type.Optional(Type.Enum(BERKEL_CAPACITIES)) },
    create: (options: BerkelScaleOptions) => new BerkelScale(options),
  },
  me007ys: {
    kind: "bin-sensor",
    parameters: { output },
    create: (options: A02yyuwOptions) => new Me007ys(options),
  },
  a01nyub: {
    kind: "bin-sensor",
    parameters: { output },
    create: (options: A02yyuwOptions) => new A01nyub(options),
  },
  "jsn-sr04t": {
    kind: "bin-sensor",
    parameters: {},
    create: (options: BinSensorOptions) => new JsnSr04t(options, "push"),
  },
  "jsn-sr04t-polled": {
    kind: "bin-sensor",
    parameters: {},
    create: (options: BinSensorOptions) => new JsnSr04t(options, "polled"),
  },
  "maxbotix-mm": {
    kind: "bin-sensor",
    parameters: {
      type: Type.Optional(Type.Enum(MAXBOTIX_TYPES)),
      polarity: Type.Optional(Type.Enum(["normal", "inverted"] as const)),
    },
    create: (options: MaxbotixOptions) => new Maxbotix(options),
  },
  tfmini: {
    kind: "bin-sensor",
    parameters: {
      ...lightParameters,
      temperature_c: Type.Optional(Type.Number({ minimum: -40, maximum: 100 })),
    },
    create: (options: TfminiOptions) => new Tfmini(options),
  },
  "tfmini-pix": {
    kind: "bin-sensor",
    parameters: lightParameters,
    create: (options: TfminiOptions) => new TfminiPix(options),
  },
} satisfies Record<ScaleProtocol | BinSensorProtocol, CatalogueDevice>;

/** Key of a device that can be simulated. */
export type DeviceKey = keyof typeof DEVICE_CATALOGUE;

/** The keys, in the order of the catalogue. */
export const DEVICE_KEYS = Object.keys(DEVICE_CATALOGUE) as DeviceKey[];

/** A device with the defaults of its model; a bin sensor looks into `bin`, or else into a bin of its own. */
export function createDevice(
  key: DeviceKey,
  { seed, bin = new Bin({ seed }) }: { seed: number; bin?: Bin },
): ScaleModel | BinSensorModel {
  return DEVICE_CATALOGUE[key].create({ seed, bin });
}
