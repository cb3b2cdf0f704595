/** The serial ports of this machine, by the names that stay the same when plugs are changed. */
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { SerialPort } from "serialport";

/** Links that name a port by what is plugged in, not by the order in which it was found. */
const BY_ID = "/dev/serial/by-id";

/** A port and what the system knows of what is plugged in. */
export interface ListedPort {
  readonly path: string;
  /** Maker and product of the USB adapter, as far as they are known. */
  readonly adapter: string;
}

/** Lists the serial ports that could have something on them; ports that the system only could have are left out. */
export async function listPorts(): Promise<ListedPort[]> {
  const stable = await stablePaths();
  const ports = await SerialPort.list();
  return ports
    .filter(
      ({ path, vendorId, pnpId }) => vendorId !== undefined || pnpId !== undefined || !/ttyS\d+$/.test(path),
    )
    .map(({ path, manufacturer, vendorId, productId }) => ({
      path: stable.get(path) ?? path,
      adapter: [manufacturer, vendorId && `${vendorId}:${productId}`].filter(Boolean).join(" "),
    }));
}

async function stablePaths(): Promise<Map<string, string>> {
  const names = await readdir(BY_ID).catch((error: NodeJS.ErrnoException) => {
    // The folder exists only while an adapter is plugged in.
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const links = names.map(async (name) => [await realpath(join(BY_ID, name)), join(BY_ID, name)] as const);
  return new Map(await Promise.all(links));
}
