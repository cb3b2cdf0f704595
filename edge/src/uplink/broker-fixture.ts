/** A real broker (Aedes) on a free port, and a scripted ingest on it, for the tests of the uplink. */
import { createServer, type Server, type Socket } from "node:net";
import type { Ack } from "@jumpa-madu/contracts/ack";
import { Envelope, type Stream } from "@jumpa-madu/contracts/envelope";
import { parseTopic, topicOf } from "@jumpa-madu/contracts/topics";
import { checkerOf } from "@jumpa-madu/contracts/validate";
import { Aedes } from "aedes";

const envelopeChecker = checkerOf(Envelope);

/** An envelope as it arrived. */
export interface Arrived {
  stream: Stream;
  node: string;
  envelope: Envelope;
  bytes: number;
}

/** What the scripted ingest does with an envelope: answers at once, later by calling `acknowledge`, or never. */
export type Script = (arrived: Arrived, acknowledge: (change?: Partial<Ack>) => void) => void;

export interface TestBroker {
  url: string;
  arrived: Arrived[];
  statuses: { online: boolean; [name: string]: unknown }[];
  /** Replaces what the ingest does. */
  script: Script;
  publish(channel: "ack" | "config", payload: string | Buffer, retain?: boolean): Promise<void>;
  /** Cuts every connection without a word. */
  cut(): void;
  /** Stops the broker and forgets all of its state. */
  stop(): Promise<void>;
  /** Starts a new broker on the same port. */
  start(): Promise<void>;
  connections(): number;
}

/** Starts the broker for one node. */
export async function testBroker(node = "node-1", shard = "s1"): Promise<TestBroker> {
  let aedes: Aedes;
  let server: Server;
  let port = 0;
  const sockets = new Set<Socket>();

  const send = (topic: string, payload: string | Buffer, retain = false): Promise<void> =>
    new Promise((resolve, reject) => {
      const packet = { cmd: "publish", topic, payload, qos: 1, retain, dup: false } as const;
      aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
    });

  const broker: TestBroker = {
    url: "",
    arrived: [],
    statuses: [],
    script: (_arrived, acknowledge) => acknowledge(),
    publish: (channel, payload, retain) => send(topicOf({ shard, node, channel }), payload, retain),
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async stop() {
      broker.cut();
      await new Promise((resolve) => server.close(resolve));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
    },
    async start() {
      aedes = await Aedes.createBroker();
      aedes.on("publish", (packet) => take(packet.topic, Buffer.from(packet.payload)));
      server = createServer((socket) => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        aedes.handle(socket);
      });
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      const address = server.address();
      if (typeof address !== "object" || address === null) throw new Error("no port");
      port = address.port;
      broker.url = `mqtt://127.0.0.1:${port}`;
    },
    connections: () => sockets.size,
  };

  const take = (name: string, payload: Buffer): void => {
    const topic = parseTopic(name);
    if (topic === null) return;
    if (topic.channel === "status") broker.statuses.push(JSON.parse(payload.toString()));
    if (topic.channel !== "readings" && topic.channel !== "records") return;
    const stream = topic.channel;
    const envelope: unknown = JSON.parse(payload.toString());
    if (!envelopeChecker.fits(envelope)) throw new Error("not an envelope");
    const arrived = { stream, node: topic.node, envelope, bytes: payload.length };
    broker.arrived.push(arrived);
    broker.script(arrived, (change = {}) => {
      const upto = envelope.first + envelope.items.length - 1;
      const ack: Ack = { stream, epoch: envelope.epoch, upto, ...change };
      void send(topicOf({ shard, node, channel: "ack" }), JSON.stringify(ack)).catch(() => undefined);
    });
  };

  await broker.start();
  return broker;
}

/** Waits until `holds` answers true; throws after `deadlineMs`. */
export async function until(holds: () => boolean, what: string, deadlineMs = 10_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
