/** Our own services as real processes, with the options of Node that `package.json` starts them with. */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Child, startChild } from "../servers/child.ts";
import { freePort } from "../servers/free-port.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** Sets variables for one process: `startChild` gives every child the environment of the tests. */
const ENV = "/usr/bin/env";

/** A service that runs. Ports outlive `restart`. */
export interface Service {
  readonly pid: number;
  stop(): Promise<void>;
  /** Stops it and starts it again with the same variables. */
  restart(): Promise<void>;
}

/** Services by the npm script that starts them. */
type ServiceName = "broker" | "ingest" | "edge";

/** How to start a service. */
export interface ServiceOptions {
  name: ServiceName;
  variables: Record<string, string>;
  /** Answers 200 when the service can do its work. */
  readyUrl: string;
  logFile: string;
  /** Options of Node beside those of the npm script, such as `--cpu-prof`. */
  nodeOptions?: string[];
}

/** Words of the npm script of a service after `node scripts/node.mjs`: options of Node, and the source file. */
function commandOf(name: ServiceName): string[] {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(
    readFileSync(join(ROOT, "package.json"), "utf8"),
  );
  const [, command = ""] = /(?:^| )node scripts\/node\.mjs (.+)$/.exec(scripts[name] ?? "") ?? [];
  return command.split(" ").map((word) => (word.endsWith(".ts") ? join(ROOT, word) : word));
}

/** Starts a service and resolves when it is ready. */
export async function startService(options: ServiceOptions): Promise<Service> {
  const settings = Object.entries(options.variables).map(([name, value]) => `${name}=${value}`);
  const start = () =>
    startChild({
      command: ENV,
      args: [...settings, process.execPath, ...(options.nodeOptions ?? []), ...commandOf(options.name)],
      logFile: options.logFile,
      isReady: async () => (await fetch(options.readyUrl)).ok,
    });
  let child: Child = await start();
  return {
    get pid() {
      return child.pid;
    },
    stop: () => child.stop(),
    async restart() {
      await child.stop();
      child = await start();
    },
  };
}

/** Where the stack keeps things, and what differs between benchmarks. */
export interface StackOptions {
  /** Folder for databases and logs. */
  dir: string;
  databaseUrl: string;
  telemetryUrl: string;
  brokerVariables?: Record<string, string>;
  ingestVariables?: Record<string, string>;
  brokerNodeOptions?: string[];
  ingestNodeOptions?: string[];
}

/** Broker and ingest of shard s1. */
export interface Stack {
  readonly brokerUrl: string;
  readonly broker: Service;
  readonly ingest: Service;
  stop(): Promise<void>;
}

/** Starts broker and ingest on free ports of 127.0.0.1. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dir, databaseUrl, telemetryUrl } = options;
  const [mqttPort, brokerHttpPort, ingestHttpPort] = [await freePort(), await freePort(), await freePort()];
  const broker = await startService({
    name: "broker",
    variables: {
      DATABASE_URL: databaseUrl,
      BROKER_TCP_PORT: String(mqttPort),
      BROKER_HTTP_PORT: String(brokerHttpPort),
      BROKER_LOG_LEVEL: "warn",
      ...options.brokerVariables,
    },
    readyUrl: `http://127.0.0.1:${brokerHttpPort}/readyz`,
    logFile: join(dir, "broker.log"),
    nodeOptions: options.brokerNodeOptions ?? [],
  });
  try {
    const brokerUrl = `mqtt://127.0.0.1:${mqttPort}`;
    const ingest = await startService({
      name: "ingest",
      variables: {
        MQTT_URL: brokerUrl,
        INGEST_SECRET: "a-secret-for-benchmarks-only",
        DATABASE_URL: databaseUrl,
        TELEMETRY_URL: telemetryUrl,
        INGEST_HTTP_PORT: String(ingestHttpPort),
        INGEST_LOG_LEVEL: "warn",
        ...options.ingestVariables,
      },
      readyUrl: `http://127.0.0.1:${ingestHttpPort}/readyz`,
      logFile: join(dir, "ingest.log"),
      nodeOptions: options.ingestNodeOptions ?? [],
    });
    return {
      brokerUrl,
      broker,
      ingest,
      async stop() {
        await ingest.stop();
        await broker.stop();
      },
    };
  } catch (error) {
    await broker.stop();
    throw error;
  }
}
