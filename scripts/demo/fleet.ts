/**
 * The demo's edge: a terminal with a scale in each waste bank, a workshop whose scale is set up wrongly, and two street
 * nodes with six bin sensors each.
 *
 * The nodes' own files name no port: what hangs where is registered through the API and reaches them by the retained
 * configuration, as it would in the field.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ApiClient } from "./api-client.ts";
import { type NodeCredentials, registerNode } from "./sample-city.ts";
import { FULL_MM, type SampleBin, sampleBins } from "./sample-data.ts";

/** Simulated time runs this much faster than the clock on the wall: a day of filling takes ten minutes. */
const TIME_SCALE = 144;

/** Pause between two readings of one bin, in seconds. */
const REPORT_EVERY_S = 2;

/** Bins with a sensor: every fifth, so that most districts have one. */
const BIN_EVERY = 5;

/** A place with a scale: its node, and the model that stands for the scale. */
interface Terminal {
  node: string;
  name: string;
  wasteBank: string;
  scale: string;
  /** What the simulated scale speaks. */
  model: string;
  /** What the node is told that it speaks. */
  protocol: string;
}

/** Counters where members bring waste: one of a scale that tells when it rests, one that does not, one that is asked. */
export const COUNTERS = [
  {
    node: "berseri-1",
    name: "Loket Berseri",
    wasteBank: "bsi-berseri",
    scale: "scale-berseri",
    model: "st-gs",
    protocol: "st-gs",
  },
  {
    node: "bakaran-1",
    name: "Loket Bakaran Batu",
    wasteBank: "bsu-bakaran-batu",
    scale: "scale-bakaran",
    model: "xk3190-a12-w",
    protocol: "xk3190-a12-w",
  },
  {
    node: "khalipah-1",
    name: "Loket Bandar Khalipah",
    wasteBank: "bsu-bandar-khalipah",
    scale: "scale-khalipah",
    model: "toledo-8217",
    protocol: "toledo-8217",
  },
] as const satisfies readonly Terminal[];

/** Nobody weighs here: the protocol is the wrong one, so that the page shows what a person is told to do about it. */
const WORKSHOP = {
  node: "bengkel",
  name: "Bengkel",
  wasteBank: "bsi-berseri",
  scale: "scale-bengkel",
  model: "xk3190-a9",
  protocol: "st-gs",
} as const satisfies Terminal;

/** Every node with a scale. */
export const TERMINALS: readonly Terminal[] = [...COUNTERS, WORKSHOP];

/** Sensors of a street node, in turn. */
export const BIN_SENSORS = [
  { protocol: "a02yyuw" },
  { protocol: "tfmini" },
  { protocol: "maxbotix-mm" },
  { protocol: "jsn-sr04t-polled" },
  { protocol: "firmata", sensor: { kind: "hc-sr04", pin: 7 }, air_temp_c: 28 },
  { protocol: "me007ys" },
] as const;

/** Bins of this size are wheeled ones, narrower at the bottom: half their height is not half their volume. */
const WHEELED_L = 240;
const WHEELED = "wheeled-240";
const CONTAINER_TYPES = { [WHEELED]: { shape: "tapered", bottom_length: 0.78, bottom_width: 0.8 } };

/** One device for the simulator. */
interface SimulatedDevice {
  id: string;
  model: string;
  link: string;
  seed: number;
  [parameter: string]: unknown;
}

/** Bins that have a sensor. */
function sensedBins(): SampleBin[] {
  return sampleBins().filter((_, index) => index % BIN_EVERY === 0);
}

/** Path of the serial port on which a device is simulated. */
function linkOf(links: string, device: string): string {
  return join(links, device);
}

/** Describes the simulated devices; their ports appear in the folder `links`. */
export function simulatedDevices(links: string): SimulatedDevice[] {
  const scales = TERMINALS.map(({ scale, model }, index) => ({
    id: scale,
    model,
    link: linkOf(links, scale),
    seed: index + 1,
    max_g: 60_000,
    division_g: 5,
  }));
  return [
    ...scales,
    ...sensedBins().map((bin, index) => sensorOf(bin, { link: linkOf(links, bin.id), index })),
  ];
}

/** Registers the terminals with their scales; the first one has a receipt printer at the path `printer`. */
export async function createTerminals(
  api: ApiClient,
  { links, printer }: { links: string; printer: string },
): Promise<NodeCredentials[]> {
  const nodes: NodeCredentials[] = [];
  for (const terminal of TERMINALS)
    nodes.push(await createTerminal(api, terminal, linkOf(links, terminal.scale)));
  const profile = { printer: { path: printer, paper_mm: 58 } };
  await api.request("PUT", `/v1/nodes/${COUNTERS[0].node}/profile`, profile);
  return nodes;
}

/** Registers the street nodes with their bin sensors. */
export async function createStreetNodes(api: ApiClient, links: string): Promise<NodeCredentials[]> {
  const bins = sensedBins();
  const nodes: NodeCredentials[] = [];
  for (let first = 0; first < bins.length; first += BIN_SENSORS.length) {
    const number = first / BIN_SENSORS.length + 1;
    nodes.push(await createStreetNode(api, bins.slice(first, first + BIN_SENSORS.length), { number, links }));
  }
  return nodes;
}

async function createTerminal(
  api: ApiClient,
  { node, name, wasteBank, scale, protocol }: Terminal,
  link: string,
): Promise<NodeCredentials> {
  const credentials = await registerNode(api, { id: node, name, waste_bank: wasteBank });
  await api.ensure("/v1/scales", {
    id: scale,
    name: `Timbangan ${name.replace("Loket ", "")}`,
    waste_bank: wasteBank,
    capacity_g: 60_000,
    division_g: 5,
  });
  await bindPort(api, node, { path: link, protocol, scale });
  return credentials;
}

async function createStreetNode(
  api: ApiClient,
  bins: SampleBin[],
  { number, links }: { number: number; links: string },
): Promise<NodeCredentials> {
  const id = `street-${number}`;
  const credentials = await registerNode(api, { id, name: `Simpul jalan ${number}` });
  await api.request("PUT", `/v1/nodes/${id}/profile`, { container_types: CONTAINER_TYPES });
  for (const [index, bin] of bins.entries()) {
    await bindPort(api, id, {
      path: linkOf(links, bin.id),
      ...BIN_SENSORS[index],
      bin: bin.id,
      ...(bin.capacityL === WHEELED_L ? { container: WHEELED } : {}),
      calibration: { empty_mm: bin.emptyMm, full_mm: FULL_MM },
      report_every_s: REPORT_EVERY_S,
    });
  }
  return credentials;
}

/** Binds a port; one that an earlier demo bound on the same database is retired first, since its path is gone. */
async function bindPort(
  api: ApiClient,
  node: string,
  port: { path: string; [setting: string]: unknown },
): Promise<void> {
  if (await api.ensure(`/v1/nodes/${node}/devices`, { port })) return;
  const there = await api.all<{ id: string; port: { bin?: string; scale?: string } }>(
    `/v1/nodes/${node}/devices`,
  );
  for (const device of there) {
    if (device.port.bin === port.bin && device.port.scale === port.scale) {
      await api.remove(`/v1/nodes/${node}/devices/${device.id}`);
    }
  }
  await api.request("POST", `/v1/nodes/${node}/devices`, { port });
}

function sensorOf(bin: SampleBin, { link, index }: { link: string; index: number }): SimulatedDevice {
  return {
    id: bin.id,
    model: BIN_SENSORS[index % BIN_SENSORS.length]?.protocol ?? "a02yyuw",
    link,
    seed: 100 + index,
    empty_mm: bin.emptyMm,
    full_mm: FULL_MM,
    // Spread over the day and the levels, so that there is something to see at once.
    fill: ((index * 37) % 80) / 100,
    fill_per_day: 0.45 + 0.05 * (index % 8),
    start_hour: (index * 5) % 24,
    time_scale: TIME_SCALE,
  };
}

/** Writes a node's configuration file, readable by its owner alone, and answers its path. */
export function writeNodeFile(
  folder: string,
  { id, secret }: NodeCredentials,
  { broker, api, httpPort }: { broker: string; api: string; httpPort: number },
): string {
  const dataFolder = join(folder, "edge", id);
  mkdirSync(dataFolder, { recursive: true });
  const file = join(dataFolder, "edge.json");
  const settings = {
    node: id,
    secret,
    broker: { url: broker },
    api: { url: api },
    data_dir: dataFolder,
    http: { port: httpPort },
    limits: { catalogue_every_s: 30 },
  };
  writeFileSync(file, JSON.stringify(settings, null, 2), { mode: 0o600 });
  return file;
}
