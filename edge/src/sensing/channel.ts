/** Channel: everything between one configured port and what the node reports about it. */
import type { Port } from "@jumpa-madu/contracts/node-config";
import { type BinChannel, startBin } from "./bin-channel.ts";
import { startBoardSensor } from "./board-channel.ts";
import type { ChannelOptions } from "./channel-options.ts";
import { type ScaleChannel, startScale } from "./scale-channel.ts";

/** A running port. `device.done` settles when it has been stopped. */
export type Channel = BinChannel | ScaleChannel;

/** Starts what hangs on a port; runs until the signal aborts. */
export function startChannel(port: Port, options: ChannelOptions): Channel {
  if ("scale" in port) return startScale(port, options);
  if (port.protocol === "firmata") return startBoardSensor(port, options);
  return startBin(port, options);
}
