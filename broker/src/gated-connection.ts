/** A connection whose packets are judged by their headers before Aedes sees them. */
import { Duplex } from "node:stream";
import type { PacketFault, PacketGate } from "./packet-gate.ts";

/** What the connection tells about itself. */
export interface ConnectionEvents {
  /** The stream broke the frame's rules; the connection is closed. Called once at most. */
  onFault(fault: PacketFault): void;
  onBytes(direction: "in" | "out", bytes: number): void;
}

/**
 * Stands between a socket (TCP, TLS or WebSocket stream) and Aedes.
 *
 * Keeps the backpressure of both directions: it stops the socket when Aedes does not read, and reports a write as done
 * only when the socket has taken it, so that Aedes's drain timeout sees a peer that does not read.
 */
export class GatedConnection extends Duplex {
  /** Remote IP address, for limits and logs. */
  readonly address: string;
  readonly #socket: Duplex;
  readonly #gate: PacketGate;
  readonly #events: ConnectionEvents;

  constructor(
    socket: Duplex,
    address: string,
    { gate, events }: { gate: PacketGate; events: ConnectionEvents },
  ) {
    super();
    this.address = address;
    this.#socket = socket;
    this.#gate = gate;
    this.#events = events;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.destroy());
    socket.pause();
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    this.#events.onBytes("in", chunk.length);
    const fault = this.#gate.admit(chunk);
    if (fault !== null) {
      this.#events.onFault(fault);
      this.destroy();
      return;
    }
    if (!this.push(chunk)) this.#socket.pause();
  }

  /**
   * Answers all that has arrived. Since Node 26 a plain `read()` answers one chunk; Aedes reads once for each
   * `readable` event, so that the second half of a packet would lie here until the peer sends something else.
   */
  override read(size?: number | null): Buffer | null {
    if (typeof size === "number") return super.read(size);
    const chunks: Buffer[] = [];
    for (let chunk: Buffer | null = super.read(); chunk !== null; chunk = super.read()) chunks.push(chunk);
    return chunks.length === 0 ? null : Buffer.concat(chunks);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#events.onBytes("out", chunk.length);
    this.#socket.write(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: (error?: Error | null) => void): void {
    // One write of all: fewer system calls, and a CONNACK travels in one TCP segment and one WebSocket message.
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "utf8", done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

/** Remote address of an Aedes client's connection. */
export function addressOf(connection: Duplex): string {
  return connection instanceof GatedConnection ? connection.address : "unknown";
}
