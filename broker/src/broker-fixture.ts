/** What tests of the broker share: a store in a temporary file, a broker on free ports, clients, raw sockets. */
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { migrate } from "@jumpa-madu/store/migrate";
import { registerNode } from "@jumpa-madu/store/node-registry";
import { openRelational, type RelationalStore } from "@jumpa-madu/store/relational-store";
import { keepServiceAccount, type ServiceRole } from "@jumpa-madu/store/service-accounts";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import mqttPacket, { type Packet } from "mqtt-packet";
import { type Logger, pino } from "pino";
import { type Broker, startBroker } from "./broker.ts";
import { type BrokerConfig, loadConfig } from "./config.ts";
import type { BrokerLimits } from "./limits.ts";

/** Longest that a test waits for one event, in milliseconds. */
const DEADLINE_MS = 10_000;

export interface TestStore {
  store: RelationalStore;
  url: string;
  folder: string;
  /** Registers a node of shard "a" and answers its secret. */
  node(id: string): Promise<string>;
  service(id: string, role: ServiceRole): Promise<string>;
  close(): Promise<void>;
}

export async function openTestStore(): Promise<TestStore> {
  const folder = mkdtempSync(join(tmpdir(), "jumpa-madu-broker-"));
  const url = `sqlite:${join(folder, "store.sqlite")}`;
  const store = openRelational(url, () => undefined);
  await migrate(store);
  return {
    store,
    url,
    folder,
    node: (id) => registerNode(store.db, { id, shard: "a", name: id, wasteBank: null }, Date.now()),
    async service(id, role) {
      const secret = `secret-of-${id}`;
      await keepServiceAccount(store.db, { id, role, secret }, Date.now());
      return secret;
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A configuration with free ports and the defaults, but for what the test gives. */
export function testConfig(
  limits: Partial<BrokerLimits> = {},
  more: Partial<Omit<BrokerConfig, "limits">> = {},
): BrokerConfig {
  const loaded = loadConfig({
    DATABASE_URL: "sqlite:unused",
    BROKER_TCP_PORT: "0",
    BROKER_HTTP_PORT: "0",
  });
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return { ...loaded.value, ...more, limits: { ...loaded.value.limits, publishBurst: 100_000, ...limits } };
}

/** Entries of a log, as objects. */
export interface LogEntry {
  msg: string;
  reason?: string;
  [field: string]: unknown;
}

export interface TestBroker extends Broker {
  url: string;
  tcpPort: number;
  logged: LogEntry[];
  /** Refusals of one reason so far. */
  refused: (reason: string) => Promise<number>;
}

export async function startTestBroker(store: RelationalStore, config = testConfig()): Promise<TestBroker> {
  const { log, logged } = memoryLog();
  const broker = await startBroker(config, { store, log });
  const tcpPort = broker.ports.tcp ?? 0;
  return {
    ...broker,
    tcpPort,
    url: `mqtt://127.0.0.1:${tcpPort}`,
    logged,
    async refused(reason) {
      const { values } = await broker.metrics.refused.get();
      return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
    },
  };
}

/** A log that keeps its entries. */
export function memoryLog(): { log: Logger; logged: LogEntry[] } {
  const logged: LogEntry[] = [];
  const log = pino({ level: "debug" }, { write: (line: string) => void logged.push(JSON.parse(line)) });
  return { log, logged };
}

/** Connects as a node or service: user name and client id are the id. Rejects with what the CONNACK says. */
export function connectAs(url: string, id: string, more: IClientOptions): Promise<MqttClient> {
  return mqtt.connectAsync(url, { ...clientOptions(id), ...more }, false);
}

function clientOptions(id: string): IClientOptions {
  return {
    clientId: id,
    username: id,
    clean: true,
    keepalive: 30,
    protocolVersion: 4,
    reconnectPeriod: 0,
    connectTimeout: DEADLINE_MS,
  };
}

/** Messages of a client from now on, in order. */
export function inboxOf(client: MqttClient): { topic: string; text: string; retain: boolean }[] {
  const inbox: { topic: string; text: string; retain: boolean }[] = [];
  client.on("message", (topic, payload, { retain }) => {
    inbox.push({ topic, text: payload.toString(), retain });
  });
  return inbox;
}

/** Waits until a condition holds. Throws when it does not within the deadline. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs = DEADLINE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await delay(5);
  }
}

/** Waits until a client's connection is closed. */
export function closedOf(client: MqttClient): Promise<void> {
  return until("the client is disconnected", () => !client.connected);
}

/** A socket that speaks MQTT packet by packet, for what no client library would send. */
export interface RawClient {
  socket: Socket;
  packets: Packet[];
  isClosed(): boolean;
  send(packet: Packet): void;
  /** Waits for a packet of this kind and takes it out of `packets`. */
  next(cmd: Packet["cmd"]): Promise<Packet>;
  closed(): Promise<void>;
}

export async function openRaw(port: number): Promise<RawClient> {
  const socket = connectSocket(port, "127.0.0.1");
  const packets: Packet[] = [];
  let isClosed = false;
  const parser = mqttPacket.parser();
  parser.on("packet", (packet) => packets.push(packet));
  socket.on("data", (chunk) => parser.parse(typeof chunk === "string" ? Buffer.from(chunk) : chunk));
  socket.on("error", () => undefined);
  socket.on("close", () => {
    isClosed = true;
  });
  await once(socket, "connect");
  return {
    socket,
    packets,
    isClosed: () => isClosed,
    send: (packet) => socket.write(mqttPacket.generate(packet)),
    async next(cmd) {
      await until(`a ${cmd} arrives`, () => packets.some((packet) => packet.cmd === cmd));
      const index = packets.findIndex((packet) => packet.cmd === cmd);
      const [packet] = packets.splice(index, 1);
      if (packet === undefined) throw new Error("unreachable");
      return packet;
    },
    closed: () => until("the broker closes the socket", () => isClosed),
  };
}

/** CONNECT packet of a node or service, with what the test changes. */
export function connectPacket(id: string, password: string, more: object = {}): Packet {
  return {
    cmd: "connect",
    protocolId: "MQTT",
    protocolVersion: 4,
    clientId: id,
    username: id,
    password: Buffer.from(password),
    clean: true,
    keepalive: 30,
    ...more,
  };
}

/** Opens a raw client and connects it. */
export async function connectRaw(port: number, id: string, password: string): Promise<RawClient> {
  const raw = await openRaw(port);
  raw.send(connectPacket(id, password));
  await raw.next("connack");
  return raw;
}
