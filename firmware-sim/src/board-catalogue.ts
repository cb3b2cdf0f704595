/** The boards of a fleet: not known by a protocol of their own bytes, as the devices of the device catalogue are. */
import Type from "typebox";
import type { CatalogueDevice } from "./device-catalogue.ts";
import { FirmataBinSensor, type FirmataBinSensorOptions } from "./firmata-bin-sensor.ts";

/** The catalogue. Each board has one sensor over one bin. */
export const BOARD_CATALOGUE = {
  firmata: {
    kind: "bin-sensor",
    parameters: {
      sensor: Type.Optional(Type.Enum(["hc-sr04", "jsn-sr04t", "analog"] as const)),
      pin: Type.Optional(Type.Integer({ minimum: 0, maximum: 19 })),
      thermometer: Type.Optional(Type.Enum(["LM35", "TMP36"] as const)),
      air_temp_c: Type.Optional(Type.Number({ minimum: -40, maximum: 85 })),
      boot_ms: Type.Optional(Type.Integer({ minimum: 0, maximum: 60_000 })),
      has_boot_message: Type.Optional(Type.Boolean()),
      has_ping: Type.Optional(Type.Boolean({ description: "false: a board without PingFirmata" })),
      ping_loss: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    },
    create: (options: FirmataBinSensorOptions) => new FirmataBinSensor(options),
  },
} satisfies Record<string, CatalogueDevice>;
