/** Bin channel: from the distances of a sensor on a serial port to the level of its bin. */
import type { BinSensorPort, SerialSensorPort } from "@jumpa-madu/contracts/node-config";
import { DISTANCE_MM_MAX } from "@jumpa-madu/contracts/units";
import { protocolOf } from "../protocols/registry.ts";
import { type Device, startDevice } from "../serial/device.ts";
import { startBinReading } from "./bin-reading.ts";
import { type ChannelOptions, deviceOptions, tickUntil } from "./channel-options.ts";

/** A running bin sensor. */
export interface BinChannel {
  readonly kind: "bin";
  readonly port: BinSensorPort;
  readonly device: Pick<Device, "done" | "isOpen" | "stats" | "trouble">;
}

/** Starts reading a bin sensor; runs until the signal aborts. */
export function startBin(port: SerialSensorPort, options: ChannelOptions): BinChannel {
  const { reach = { minMm: 0, maxMm: DISTANCE_MM_MAX }, lacksTemperature = false } = protocolOf(
    port.protocol,
  );
  const bin = startBinReading(port, { reach, lacksTemperature }, options);
  const device = startDevice({
    ...deviceOptions(port, options),
    on(event) {
      if (event.kind !== "reading" || !("distance_mm" in event.reading)) return;
      // The temperature in a lidar's frame is that of its own chip, far above the air's, and says nothing of a fire.
      bin.take({ distanceMm: event.reading.distance_mm }, event.at);
    },
  });
  tickUntil(options.signal, () => bin.tick());
  return { kind: "bin", port, device };
}
