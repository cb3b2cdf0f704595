/**
 * Watches the frame of an MQTT byte stream: where packets begin and how long they are.
 *
 *   packet:           fixed header | body
 *   fixed header:     type (4 bits) flags (4 bits) | remaining length
 *   remaining length: 1 to 4 bytes, 7 bits each, lowest first; the top bit says that another byte follows
 *
 * MQTT 3.1.1 (OASIS) §2.2. Aedes has no bound of its own and would collect 256 MB for a header that announces them,
 * so the length is judged as soon as the header is complete and nothing of the body is kept.
 */

/** Why the stream cannot go on. */
export type PacketFault = "packet_bytes" | "packet_length_malformed" | "connect_missing" | "message_id_zero";

const CONNECT = 1;
const SUBSCRIBE = 8;
const UNSUBSCRIBE = 10;
const LENGTH_BYTES_MAX = 4;

/** One byte stream's position within its packets. */
export class PacketGate {
  readonly #connectBytesMax: number;
  readonly #packetBytesMax: number;
  #isFirst = true;
  #type = 0;
  /** Bytes of the present fixed header that were seen; 0 between packets. */
  #headerBytes = 0;
  #remaining = 0;
  #bodySeen = 0;
  #messageIdBits = 0;
  #inBody = false;

  constructor(limits: { connectBytesMax: number; packetBytesMax: number }) {
    this.#connectBytesMax = limits.connectBytesMax;
    this.#packetBytesMax = limits.packetBytesMax;
  }

  /** Takes the next bytes of the stream; answers why the connection must be closed, or null. */
  admit(chunk: Uint8Array): PacketFault | null {
    let at = 0;
    while (at < chunk.length) {
      if (this.#inBody) {
        at += this.#takeBody(chunk, at);
        if (this.#bodySeen < this.#remaining) continue;
        if (this.#hasZeroMessageId()) return "message_id_zero";
        this.#inBody = false;
        this.#headerBytes = 0;
      } else {
        const fault = this.#takeHeaderByte(chunk[at] ?? 0);
        if (fault !== null) return fault;
        at++;
      }
    }
    return null;
  }

  #takeHeaderByte(byte: number): PacketFault | null {
    if (this.#headerBytes === 0) {
      this.#type = byte >> 4;
      this.#headerBytes = 1;
      this.#remaining = 0;
      // [MQTT-3.1.0-1]
      return this.#isFirst && this.#type !== CONNECT ? "connect_missing" : null;
    }
    this.#remaining += (byte & 0x7f) << (7 * (this.#headerBytes - 1));
    this.#headerBytes++;
    const more = (byte & 0x80) !== 0;
    if (more) return this.#headerBytes > LENGTH_BYTES_MAX ? "packet_length_malformed" : null;
    return this.#beginBody();
  }

  #beginBody(): PacketFault | null {
    const bytesMax = this.#isFirst ? this.#connectBytesMax : this.#packetBytesMax;
    if (this.#headerBytes + this.#remaining > bytesMax) return "packet_bytes";
    this.#isFirst = false;
    this.#bodySeen = 0;
    this.#messageIdBits = 0;
    this.#inBody = this.#remaining > 0;
    if (!this.#inBody) this.#headerBytes = 0;
    return null;
  }

  #takeBody(chunk: Uint8Array, at: number): number {
    const count = Math.min(chunk.length - at, this.#remaining - this.#bodySeen);
    for (let i = this.#bodySeen; i < 2 && i < this.#bodySeen + count; i++) {
      this.#messageIdBits |= chunk[at + i - this.#bodySeen] ?? 0;
    }
    this.#bodySeen += count;
    return count;
  }

  /** [MQTT-2.3.1-1]; Aedes accepts it, and no hook of Aedes sees the identifier of these two. */
  #hasZeroMessageId(): boolean {
    return (this.#type === SUBSCRIBE || this.#type === UNSUBSCRIBE) && this.#messageIdBits === 0;
  }
}
