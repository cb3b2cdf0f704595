/**
 * The whole system for one test file: broker, ingest, api and edge agents as processes of their own, on real stores.
 *
 * Every process has a name by which it can be killed and started again, and a log of its own.
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Port } from "@jumpa-madu/contracts/node-config";
import { openTelemetry } from "@jumpa-madu/store/open-telemetry";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import type { TelemetryStore } from "@jumpa-madu/store/telemetry-store";
import { inject } from "vitest";
import { freePort } from "../servers/free-port.ts";
import { createDatabase } from "../servers/postgresql.ts";
import { makeTempDir } from "../servers/temp-dir.ts";
import { type EdgeAgent, edgeAgentOf } from "./edge-agent.ts";
import { type HttpClient, httpClient } from "./http-client.ts";
import { ROOT, type Service, serviceOf } from "./service.ts";
import { apiEnvironment, brokerEnvironment, ingestEnvironment, type Meeting } from "./service-environment.ts";
import { until } from "./until.ts";

/** Which stores to run on. Servers that a test stops or kills are its own; else those that all tests share are used. */
export interface SystemOptions {
  relational: "sqlite" | "postgres";
  telemetry: "sqlite" | "influx";
  /** `postgres://…` of a database `postgres` as its superuser. */
  postgresAdminUrl?: string | undefined;
  /** `http://127.0.0.1:port` */
  influxUrl?: string | undefined;
}

/** A node to be registered and run. */
export interface NodeOptions {
  id: string;
  wasteBank?: string;
  ports: Port[];
  dataDir?: string;
  /** Settings of the agent's section `limits`. */
  limits?: Record<string, number>;
}

export interface System {
  /** Folder of everything that this system keeps. */
  readonly folder: string;
  /** Folder for links to simulated serial ports. */
  readonly portsFolder: string;
  readonly brokerUrl: string;
  /** Where network servers post uplinks to. */
  readonly ingestUrl: string;
  readonly databaseUrl: string;
  readonly telemetryUrl: string;
  readonly broker: Service;
  readonly ingest: Service;
  readonly api: Service;
  readonly edges: Map<string, EdgeAgent>;
  /** The API as an admin. */
  readonly admin: HttpClient;
  /** The stores themselves, opened beside the services; closed by `stop`. */
  readonly store: RelationalStore;
  readonly telemetry: TelemetryStore;
  /** Registers a node with its devices; answers its secret. */
  registerNode(node: Pick<NodeOptions, "id" | "wasteBank" | "ports">): Promise<string>;
  /** Registers a node, starts its agent, and waits until its configuration is in force. */
  addNode(node: NodeOptions): Promise<EdgeAgent>;
  /** Every service that was started. */
  services(): Service[];
  /** Stops everything and removes the folder. */
  stop(): Promise<void>;
}

/** Starts broker, ingest and api; nodes are added. */
export async function startSystem(options: SystemOptions): Promise<System> {
  const temp = makeTempDir("system");
  const folder = temp.path;
  const logsFolder = join(folder, "logs");
  mkdirSync(logsFolder);
  const meeting = await meetingOf(options, folder);
  const services = servicesOf(meeting, logsFolder);
  const { broker, ingest, api } = services;
  const brokerUrl = `mqtt://127.0.0.1:${meeting.ports.broker}`;
  const apiUrl = `http://127.0.0.1:${meeting.ports.api}`;
  const edges = new Map<string, EdgeAgent>();

  // The first to start migrates the database.
  await broker.start();
  await Promise.all([ingest.start(), api.start()]);
  await Promise.all(
    [meeting.ports.ingestHttp, meeting.ports.api].map((port) =>
      until(`readiness on port ${port}`, async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).ok),
    ),
  );
  const admin = httpClient(apiUrl, await adminToken(meeting, apiUrl));
  const store = openRelational(meeting.databaseUrl, () => {});
  const telemetry = openTelemetry(meeting.telemetryUrl);

  async function registerNode({ id, wasteBank, ports }: Pick<NodeOptions, "id" | "wasteBank" | "ports">) {
    const { secret } = await admin.make("/v1/nodes", {
      id,
      name: `Simpul ${id}`,
      waste_bank: wasteBank ?? null,
    });
    for (const port of ports) await admin.make(`/v1/nodes/${id}/devices`, { port });
    return secret as string;
  }

  return {
    folder,
    portsFolder: join(folder, "ports"),
    brokerUrl,
    ingestUrl: `http://127.0.0.1:${meeting.ports.ingestHttp}`,
    databaseUrl: meeting.databaseUrl,
    telemetryUrl: meeting.telemetryUrl,
    broker,
    ingest,
    api,
    edges,
    admin,
    store,
    telemetry,
    registerNode,
    async addNode({ dataDir, limits, ...node }) {
      const edgeFolder = join(folder, "edge", node.id);
      mkdirSync(edgeFolder, { recursive: true });
      const edge = await edgeAgentOf({
        node: node.id,
        secret: await registerNode(node),
        brokerUrl,
        apiUrl,
        folder: edgeFolder,
        logFile: join(logsFolder, `edge-${node.id}.log`),
        dataDir,
        limits,
      });
      edges.set(node.id, edge);
      await edge.start();
      await until(`configuration of ${node.id} with all its ports open`, async () => {
        const { ports } = await edge.terminal.read("/status");
        return ports.length === node.ports.length && ports.every(({ open }: { open: boolean }) => open);
      });
      return edge;
    },
    services: () => [broker, ingest, api, ...edges.values()],
    async stop() {
      await Promise.all([...edges.values()].map((edge) => edge.stop()));
      await Promise.all([ingest.stop(), api.stop()]);
      await broker.stop();
      await Promise.all([store.close(), telemetry.close()]);
      temp.remove();
    },
  };
}

async function meetingOf(options: SystemOptions, folder: string): Promise<Meeting> {
  // Names of databases on servers that tests share must differ.
  const name = `system_${process.pid}_${randomBytes(4).toString("hex")}`;
  const databaseUrl =
    options.relational === "sqlite"
      ? `sqlite:${join(folder, "jumpa-madu.sqlite")}`
      : await createDatabase(options.postgresAdminUrl ?? inject("postgresUrl"), name);
  const telemetryUrl =
    options.telemetry === "sqlite"
      ? `sqlite:${join(folder, "telemetry.sqlite")}`
      : `${(options.influxUrl ?? inject("influxUrl")).replace(/^http/, "influx")}/${name}`;
  const [broker, brokerHttp, ingestHttp, api] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const secret = () => randomBytes(24).toString("base64url");
  return {
    databaseUrl,
    telemetryUrl,
    vaultUrl: `sqlite:${join(folder, "vault.sqlite")}`,
    ports: { broker, brokerHttp, ingestHttp, api },
    secrets: { ingest: secret(), api: secret(), vaultKey: randomBytes(32).toString("base64") },
  };
}

function servicesOf(meeting: Meeting, logsFolder: string): Record<"broker" | "ingest" | "api", Service> {
  const service = (name: string, { env, port }: { env: Record<string, string>; port: number }) =>
    serviceOf({
      name,
      entry: `${name}/src/main.ts`,
      env,
      logFile: join(logsFolder, `${name}.log`),
      healthUrl: `http://127.0.0.1:${port}/healthz`,
    });
  const { ports } = meeting;
  return {
    broker: service("broker", { env: brokerEnvironment(meeting), port: ports.brokerHttp }),
    ingest: service("ingest", { env: ingestEnvironment(meeting), port: ports.ingestHttp }),
    api: service("api", { env: apiEnvironment(meeting), port: ports.api }),
  };
}

/** Makes the first user as an operator of the system would, and signs in. */
async function adminToken({ databaseUrl }: Meeting, apiUrl: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(ROOT, "api/src/create-user.ts"), "--username", "admin", "--role", "admin"],
    { env: { ...process.env, DATABASE_URL: databaseUrl } },
  );
  const { username, password } = JSON.parse(stdout);
  const { token } = await httpClient(apiUrl).make("/v1/sessions", { username, password });
  return token;
}
