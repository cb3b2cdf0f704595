/**
 * A process that does nothing but decode: how fast each protocol is, and what it leaves to the garbage collector.
 *
 * Reads one order from its first argument as JSON and prints one JSON line, a row for each protocol. The bytes come in chunks
 * as a serial driver hands them on. What is allocated is V8's own count of all bytes that were ever allocated on its heap,
 * which no collection disturbs.
 */
import { getHeapStatistics } from "node:v8";
import { Random } from "@jumpa-madu/contracts/random";
import { DEVICE_KEYS, type DeviceKey } from "@jumpa-madu/firmware-sim/device-catalogue";
import { decoderOf } from "../../../edge/src/protocols/decoder.ts";
import { protocolOf } from "../../../edge/src/protocols/registry.ts";
import { spokenFrames } from "../fuzz/spoken-frames.ts";

const SEED = 1;

/** Frames of one round; rounds are repeated until the time is over. */
const FRAMES = 2_000;

/** A driver hands on what came within a few milliseconds: at 9600 baud a byte a millisecond. */
const CHUNK_BYTES_MAX = 16;

/** What is to be done. */
export interface DecoderSpeedOrder {
  /** Time for each protocol. */
  durationMs: number;
}

/** What became of one protocol. */
export interface DecoderSpeed {
  protocol: DeviceKey;
  bytesPerFrame: number;
  framesPerS: number;
  allocatedBytesPerFrame: number;
}

function chunksOf(key: DeviceKey): Uint8Array[] {
  const random = new Random(SEED);
  const spoken = spokenFrames(key, SEED);
  const frames = Array.from(
    { length: FRAMES },
    () => spoken[random.integer(0, spoken.length - 1)]?.bytes ?? [],
  );
  const bytes = Uint8Array.from(frames.flatMap((frame) => [...frame]));
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < bytes.length; ) {
    const length = random.integer(1, CHUNK_BYTES_MAX);
    chunks.push(bytes.slice(from, from + length));
    from += length;
  }
  return chunks;
}

function measure(key: DeviceKey, durationMs: number): DecoderSpeed {
  const decoder = decoderOf(protocolOf(key), "at_frame");
  const chunks = chunksOf(key);
  const round = () => chunks.reduce((frames, chunk) => frames + decoder.push(chunk).length, 0);
  for (const warmedMs = performance.now() + durationMs / 4; performance.now() < warmedMs; ) round();

  const allocatedBefore = getHeapStatistics().total_allocated_bytes;
  const startMs = performance.now();
  let [frames, rounds] = [0, 0];
  for (; performance.now() - startMs < durationMs; rounds += 1) frames += round();
  const elapsedS = (performance.now() - startMs) / 1_000;
  const allocated = getHeapStatistics().total_allocated_bytes - allocatedBefore;
  const bytes = rounds * chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return {
    protocol: key,
    bytesPerFrame: bytes / frames,
    framesPerS: frames / elapsedS,
    allocatedBytesPerFrame: allocated / frames,
  };
}

if (import.meta.main) {
  const { durationMs } = JSON.parse(process.argv[2] ?? "") as DecoderSpeedOrder;
  process.stdout.write(`${JSON.stringify(DEVICE_KEYS.map((key) => measure(key, durationMs)))}\n`);
}
