/** An edge agent as a process, with its terminal. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../servers/free-port.ts";
import { type HttpClient, httpClient } from "./http-client.ts";
import { type Service, serviceOf } from "./service.ts";
import { until } from "./until.ts";

/** What an agent is made with. Its ports come from the API. */
export interface EdgeOptions {
  node: string;
  secret: string;
  brokerUrl: string;
  apiUrl: string;
  /** Folder of its configuration; also of its outbox unless `dataDir` says otherwise. */
  folder: string;
  logFile: string;
  dataDir?: string | undefined;
  /** Settings of the section `limits` that differ from the defaults. */
  limits?: Record<string, number> | undefined;
}

/** A running agent. */
export interface EdgeAgent extends Service {
  readonly node: string;
  /** Its terminal server. */
  readonly terminal: HttpClient;
  /** File of its outbox; locked while it runs. */
  readonly outboxFile: string;
  /** Gives it another secret; in force from the next start on. */
  setSecret(secret: string): void;
  /** Waits until nothing is unsent. */
  drained(deadlineMs?: number): Promise<void>;
}

/** Describes an agent; it starts with `start`. */
export async function edgeAgentOf(options: EdgeOptions): Promise<EdgeAgent> {
  const { node, folder, logFile, dataDir = join(folder, "data") } = options;
  mkdirSync(dataDir, { recursive: true });
  const port = await freePort();
  const configFile = join(folder, "edge.json");
  const setSecret = (secret: string) =>
    writeFileSync(configFile, JSON.stringify(configOf(options, { secret, port, dataDir }), null, 2), {
      mode: 0o600,
    });
  setSecret(options.secret);

  const terminal = httpClient(`http://127.0.0.1:${port}`);
  const service = serviceOf({
    name: `edge-${node}`,
    entry: "edge/src/main.ts",
    env: { EDGE_CONFIG: configFile },
    logFile,
    healthUrl: `${terminal.base}/status`,
  });
  return Object.assign(service, {
    node,
    terminal,
    outboxFile: join(dataDir, "outbox.sqlite"),
    setSecret,
    async drained(deadlineMs?: number) {
      const isDrained = async () => {
        const { outbox } = await terminal.read("/status");
        if (outbox.readings + outbox.records > 0) throw new Error(JSON.stringify(outbox));
        return true;
      };
      await until(
        `the outbox of ${node} is empty`,
        isDrained,
        deadlineMs === undefined ? {} : { deadlineMs },
      );
    },
  });
}

function configOf(
  { node, brokerUrl, apiUrl, limits = {} }: EdgeOptions,
  { secret, port, dataDir }: { secret: string; port: number; dataDir: string },
): object {
  return {
    node,
    secret,
    broker: { url: brokerUrl },
    api: { url: apiUrl },
    data_dir: dataDir,
    log_level: "debug",
    http: { port },
    limits: { catalogue_every_s: 5, ...limits },
  };
}
