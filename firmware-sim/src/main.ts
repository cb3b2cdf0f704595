/**
 * Runs a fleet of simulated devices: `node main.ts FLEET.json`.
 *
 * Prints one JSON line when all can be opened, then answers each line of stdin (see orders.ts) with one. SIGTERM, SIGINT
 * or the end of stdin stops every device and removes the links. Exit code 1 with the reasons on stderr when the fleet
 * cannot start.
 */
import { readFileSync } from "node:fs";
import { CommandLines } from "./command-lines.ts";
import { type FleetDevice, parseFleet, startFleet, stopFleet } from "./fleet.ts";
import { obeyOrder } from "./orders.ts";
import { SimError } from "./sim-error.ts";

/** An order of more bytes than this is refused. */
const ORDER_BYTES_MAX = 4096;

function readFleet(path: string | undefined): Map<string, FleetDevice> {
  if (path === undefined) throw new SimError("FLEET_INVALID", "usage: node main.ts FLEET.json");
  const fleet = parseFleet(JSON.parse(readFileSync(path, "utf8")));
  if (!fleet.ok) throw new SimError("FLEET_INVALID", fleet.faults.join("\n"));
  return startFleet(fleet.value);
}

function answer(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function run(fleet: ReadonlyMap<string, FleetDevice>): void {
  const lines = new CommandLines(ORDER_BYTES_MAX);
  const stop = () => {
    stopFleet(fleet);
    process.stdin.destroy();
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  process.stdin.on("end", stop);
  // Whoever read the answers is gone, and will send no more orders.
  process.stdout.on("error", stop);
  process.stdin.on("data", (bytes: Buffer) => {
    for (const line of lines.push(bytes)) {
      answer(line.ok ? obeyOrder(line.text, fleet) : { ok: false, error: "line is too long" });
    }
  });
  answer({ ready: true, devices: [...fleet].map(([id, { path }]) => ({ id, path })) });
}

try {
  run(readFleet(process.argv[2]));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
