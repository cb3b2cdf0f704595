import { Random } from "@jumpa-madu/contracts/random";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "./host-port.ts";
import { BITS_PER_BYTE, Line, PIECE_BYTES_MAX, QUEUE_BYTES_MAX, type Wire } from "./line.ts";

class Recorder implements Wire {
  isOpen = true;
  takesMax = Number.POSITIVE_INFINITY;
  readonly pieces: { bytes: number[]; atMs: number }[] = [];

  write(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, Math.min(bytes.length, this.takesMax));
    this.pieces.push({ bytes: [...taken], atMs: performance.now() });
    return taken.length;
  }

  get bytes(): number[] {
    return this.pieces.flatMap((piece) => piece.bytes);
  }
}

function newLine(wire: Wire, baud = 9600): Line {
  const line = new Line({ wire, baud, random: new Random(1) });
  onTestFinished(() => line.clear());
  return line;
}

const frameOf = (length: number) => Uint8Array.from({ length }, (_, index) => index & 0xff);

test("bytes never arrive faster than the baud carries them, and arrive in order in pieces", async () => {
  const wire = new Recorder();
  const line = newLine(wire);
  const startMs = performance.now();
  line.send(frameOf(300));
  await eventually(() => expect(wire.bytes).toEqual([...frameOf(300)]));
  let count = 0;
  for (const { bytes, atMs } of wire.pieces) {
    count += bytes.length;
    expect(atMs - startMs).toBeGreaterThanOrEqual((count * BITS_PER_BYTE * 1000) / 9600);
    expect(bytes.length).toBeLessThanOrEqual(PIECE_BYTES_MAX);
  }
  expect(new Set(wire.pieces.map(({ bytes }) => bytes.length)).size).toBeGreaterThan(3);
  // 300 bytes take 313 ms; a busy machine may add to it.
  expect(performance.now() - startMs).toBeLessThan(3000);
});

test("a faster line carries a burst in less time than its baud needs", async () => {
  const wire = new Recorder();
  const line = newLine(wire, 1200);
  line.speedFactor = 100;
  const startMs = performance.now();
  line.send(frameOf(600));
  await eventually(() => expect(wire.bytes).toHaveLength(600));
  expect(performance.now() - startMs).toBeLessThan(5000);
});

test("a frame that does not fit into the queue is dropped whole", async () => {
  const wire = new Recorder();
  const line = newLine(wire, 115_200);
  expect(line.send(frameOf(QUEUE_BYTES_MAX - 1))).toBe(true);
  expect(line.freeBytes).toBe(1);
  expect(line.send(frameOf(2))).toBe(false);
  expect(line.send(Uint8Array.of(0xaa))).toBe(true);
  await eventually(() => expect(wire.bytes).toHaveLength(QUEUE_BYTES_MAX));
  expect(wire.bytes.at(-1)).toBe(0xaa);
  expect(line.counts).toEqual({ sentBytes: QUEUE_BYTES_MAX, unheardBytes: 0, droppedFrames: 1 });
});

test("bytes that nobody listens to are gone, not kept", async () => {
  const wire = new Recorder();
  wire.isOpen = false;
  const line = newLine(wire, 115_200);
  line.send(frameOf(100));
  await eventually(() => expect(line.counts.unheardBytes).toBe(100));
  wire.isOpen = true;
  line.send(Uint8Array.of(1, 2));
  await eventually(() => expect(wire.bytes).toEqual([1, 2]));
});

test("a wire that takes little loses nothing and mixes nothing", async () => {
  const wire = new Recorder();
  wire.takesMax = 1;
  const line = newLine(wire, 115_200);
  line.send(frameOf(40));
  await eventually(() => expect(wire.bytes).toEqual([...frameOf(40)]));
});

test("a cleared line sends nothing more and can be used again", async () => {
  const wire = new Recorder();
  const line = newLine(wire);
  line.send(frameOf(QUEUE_BYTES_MAX));
  line.clear();
  line.send(Uint8Array.of(0x55));
  await eventually(() => expect(wire.bytes).toEqual([0x55]));
});
