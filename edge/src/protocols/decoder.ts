/** Decoder: one device's bytes to readings and faults, by joining its protocol's framing and parser. */
import type { Framed, Sync } from "./framing.ts";
import type { DeviceProtocol, Fault, ParseSettings, RawReading } from "./protocol.ts";

/** A reading with the frame that said so, or a fault, with its frame when it is about one. */
export type Decoded =
  | { readonly reading: RawReading; readonly frame: Uint8Array }
  | { readonly fault: Fault; readonly frame?: Uint8Array };

/** Decodes one stream; like its framer it is indifferent to chunking and bounded by one frame. */
export interface Decoder {
  /** Takes the next bytes; returns what they complete, in order. */
  push(chunk: Uint8Array): Decoded[];
  /** Takes the end of input as the end of the frame. */
  end(): Decoded[];
  /** Bytes that were in no frame. */
  readonly discardedBytes: number;
}

/** Makes a fresh decoder. */
export function decoderOf(protocol: DeviceProtocol, sync: Sync, settings: ParseSettings = {}): Decoder {
  const framer = protocol.frame(sync);

  function decode(framed: Framed): Decoded {
    if ("fault" in framed) return framed;
    const outcome = protocol.parse(framed.frame, settings);
    return outcome.ok
      ? { reading: outcome.reading, frame: framed.frame }
      : { fault: outcome.fault, frame: framed.frame };
  }

  return {
    push: (chunk) => framer.push(chunk).map(decode),
    end: () => framer.end().map(decode),
    get discardedBytes() {
      return framer.discardedBytes;
    },
  };
}
