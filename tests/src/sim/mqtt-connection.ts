/**
 * One MQTT 3.1.1 connection of a simulated node: CONNECT with will, SUBSCRIBE, publishes at QoS 1, ping.
 *
 * On mqtt-packet over a socket, because an mqtt.js client costs some 50 kB and several timers of its own, which ten
 * thousand nodes in one process do not need. It lives for one connection; whoever made it makes the next.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import mqttPacket, { type IConnectPacket, type Packet, type Parser } from "mqtt-packet";
import type { TimerWheel, Wait } from "./timer-wheel.ts";

/** Longest time from the attempt to the granted subscription, in milliseconds. Beyond: closed. */
const UP_MS_MAX = 30_000;

/** Seconds after which a silent connection is probed. */
const KEEPALIVE_S = 30;

/** Bytes that may wait in the socket. Beyond, `publish` answers false until it has drained. */
const UNSENT_BYTES_MAX = 1_048_576;

/** Largest packet that is taken from the broker: a configuration of 64 KiB. Beyond: closed. */
const PACKET_BYTES_MAX = 128 * 1024;

/** Packet identifiers are 16 bits wide and not 0. */
const PACKET_ID_MAX = 65_535;

/** Where the broker is. */
export interface BrokerAddress {
  host: string;
  port: number;
  tls: boolean;
  /** Certificate authority to trust in place of the system's, PEM. */
  ca?: string | undefined;
}

/** What a node wants of its connection. */
export interface MqttConnectionOptions {
  address: BrokerAddress;
  clientId: string;
  secret: string;
  /** Retained, QoS 1. */
  will: { topic: string; payload: string };
  filters: string[];
  wheel: TimerWheel;
  /** The subscriptions are granted. */
  onUp: () => void;
  /** The connection is over; called once, also when it never was up. */
  onDown: (reason: string) => void;
  onMessage: (topic: string, payload: Buffer) => void;
  /** The socket takes more again after `publish` answered false. */
  onDrain: () => void;
}

/** A connection, from the attempt to its end. */
export class MqttConnection {
  readonly #options: MqttConnectionOptions;
  readonly #socket: Socket;
  readonly #parser: Parser = mqttPacket.parser({ protocolVersion: 4 });
  #deadline: Wait | undefined;
  #isUp = false;
  #isOver = false;
  #packetId = 0;
  #hasPinged = false;

  constructor(options: MqttConnectionOptions) {
    this.#options = options;
    const { host, port, tls, ca } = options.address;
    this.#socket = tls
      ? connectTls({ host, port, ...(ca !== undefined && { ca }) })
      : connectTcp({ host, port });
    this.#socket.setNoDelay(true);
    this.#socket.once(tls ? "secureConnect" : "connect", () => this.#write(this.#connectPacket()));
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("drain", () => options.onDrain());
    this.#socket.on("error", (error) => this.end(error.message));
    this.#socket.on("close", () => this.end("closed"));
    this.#parser.on("packet", (packet: Packet) => this.#handle(packet));
    this.#parser.on("error", (error: Error) => this.end(error.message));
    this.#deadline = options.wheel.after(UP_MS_MAX, () => this.end("no answer in time"));
  }

  /** Publishes at QoS 1; false when the connection is not up or its socket is full. */
  publish(topic: string, payload: string, retain = false): boolean {
    if (!this.#isUp || this.#isOver || this.#socket.writableLength > UNSENT_BYTES_MAX) return false;
    this.#write({ cmd: "publish", topic, payload, qos: 1, retain, dup: false, messageId: this.#nextId() });
    return true;
  }

  /** Says DISCONNECT, so that the will stays unpublished, and closes once everything is on its way. */
  leave(): void {
    if (this.#isUp && !this.#isOver) this.#socket.end(mqttPacket.generate({ cmd: "disconnect" }));
    else this.end("left");
  }

  /** Closes at once; the broker publishes the will. */
  end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.wheel.cancel(this.#deadline);
    this.#socket.destroy();
    this.#options.onDown(reason);
  }

  #connectPacket(): IConnectPacket {
    const { clientId, secret, will } = this.#options;
    return {
      cmd: "connect",
      protocolId: "MQTT",
      protocolVersion: 4,
      clientId,
      clean: true,
      keepalive: KEEPALIVE_S,
      username: clientId,
      password: Buffer.from(secret),
      will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true },
    };
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return;
    const unparsedBytes = this.#parser.parse(chunk);
    if (unparsedBytes > PACKET_BYTES_MAX) this.end("the broker's packet is too large");
  }

  #handle(packet: Packet): void {
    if (this.#isOver) return;
    // PUBACK proves nothing (only ingest's acknowledgement does), and PINGRESP shows itself as data.
    switch (packet.cmd) {
      case "connack":
        if (packet.returnCode === 0) this.#subscribe();
        else this.end(`refused with code ${packet.returnCode}`);
        break;
      case "suback":
        if (packet.granted.every((code) => code === 1)) this.#up();
        else this.end("a subscription is refused");
        break;
      case "publish":
        if (packet.qos === 1 && packet.messageId !== undefined) {
          this.#write({ cmd: "puback", messageId: packet.messageId });
        }
        this.#options.onMessage(packet.topic, Buffer.from(packet.payload));
        break;
    }
  }

  #subscribe(): void {
    const subscriptions = this.#options.filters.map((topic) => ({ topic, qos: 1 as const }));
    this.#write({ cmd: "subscribe", messageId: this.#nextId(), subscriptions });
  }

  #up(): void {
    if (this.#isUp) return;
    this.#isUp = true;
    this.#options.wheel.cancel(this.#deadline);
    this.#probeLater();
    this.#options.onUp();
  }

  /** Pings every keep-alive; a broker that has sent nothing since the ping before is gone. */
  #probeLater(): void {
    const readBytes = this.#socket.bytesRead;
    this.#deadline = this.#options.wheel.after(KEEPALIVE_S * 1_000, () => {
      if (this.#socket.bytesRead === readBytes && this.#hasPinged) return this.end("the broker is silent");
      this.#hasPinged = true;
      this.#write({ cmd: "pingreq" });
      this.#probeLater();
    });
  }

  #nextId(): number {
    this.#packetId = this.#packetId === PACKET_ID_MAX ? 1 : this.#packetId + 1;
    return this.#packetId;
  }

  #write(packet: Packet): void {
    if (!this.#isOver) this.#socket.write(mqttPacket.generate(packet));
  }
}
