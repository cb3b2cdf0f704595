/**
 * What one UART hears of another: bytes become levels on a line, and levels become bytes again.
 *
 *     character = start 0, data bits (lowest first), parity bit if any, stop 1        the line rests at 1
 *
 * A receiver waits for a falling edge and samples the middle of each bit that follows, by its own clock. When both
 * sides have the same settings it hears what was sent; with other settings it hears what a real UART does, which
 * seldom has the length or the content of what was sent.
 */
import type { Random } from "@jumpa-madu/contracts/random";

/** Parity of the characters on a line. */
export type Parity = "none" | "even" | "odd";

/** Settings of one end of a line; one stop bit. */
export interface LineFormat {
  /** Bits per second. */
  baud: number;
  dataBits: 7 | 8;
  parity: Parity;
}

/** Two clocks that differ by at most this share agree about every bit of a character: half a bit in ten, with a margin. */
const CLOCK_TOLERANCE = 0.03;

/** A receiver looks at the line 16 times in each of its bits, so that it notices an edge up to this late. */
const EDGE_DELAY_BITS = 1 / 16;

/** What a receiver made of one character. */
interface Character {
  byte: number;
  isParityRight: boolean;
  /** The line rested where the stop bit belongs. */
  isStopped: boolean;
}

/**
 * What the end `to` hears when the end `from` sends. The same seed gives the same bytes. Bytes that the settings garble
 * never come out as they were sent, not even by chance.
 *
 * A character with a wrong parity bit or without its stop bit is dropped, but for a break (all bits 0), which is heard as
 * 00: so does the Linux terminal layer with IGNPAR, which serialport sets.
 */
export function hear(
  bytes: Uint8Array,
  { from, to, random }: { from: LineFormat; to: LineFormat; random: Random },
): Uint8Array {
  const isSameBits = from.dataBits === to.dataBits && from.parity === to.parity;
  if (isSameBits && Math.abs(from.baud / to.baud - 1) <= CLOCK_TOLERANCE) {
    return from.dataBits === 7 ? bytes.map((byte) => byte & 0x7f) : bytes;
  }
  if (!(from.baud > 0 && to.baud > 0)) return new Uint8Array(0);
  const bitsPerSample = from.baud / to.baud;
  const delay = random.next() * EDGE_DELAY_BITS * bitsPerSample;
  const characters = readLevels([1, ...levelsOf(bytes, from)], { format: to, bitsPerSample, delay });
  const heard = Uint8Array.from(characters.filter(isHeard), ({ byte }) => byte);
  const isGarbled =
    !isSameBits || heard.length !== bytes.length || heard.some((byte, at) => byte !== bytes[at]);
  return isGarbled ? heard : new Uint8Array(0);
}

/**
 * What a receiver hears of a sender whose line has the other polarity, as an RS-232 output on a TTL input has: it takes
 * the first 1 that turns to 0 for a start bit. Characters follow each other after one more bit at rest, and missing stop
 * bits are not noticed, as in the software receivers of microcontrollers.
 */
export function hearInverted(bytes: Uint8Array): Uint8Array {
  const format: LineFormat = { baud: 9600, dataBits: 8, parity: "none" };
  const levels = [...bytes].flatMap((byte) => [...levelsOf(Uint8Array.of(byte), format), 1]);
  const inverted = [0, ...levels.map((level) => 1 - level), ...Array.from({ length: 12 }, () => 0)];
  const characters = readLevels(inverted, { format, bitsPerSample: 1, delay: 0 });
  return Uint8Array.from(characters, ({ byte }) => byte);
}

/** The level of each bit of the characters. */
function levelsOf(bytes: Uint8Array, { dataBits, parity }: LineFormat): number[] {
  return [...bytes].flatMap((byte) => {
    const data = Array.from({ length: dataBits }, (_, bit) => (byte >> bit) & 1);
    return [0, ...data, ...(parity === "none" ? [] : [parityOf(data, parity)]), 1];
  });
}

function parityOf(data: readonly number[], parity: Parity): number {
  const odd = data.reduce((sum, bit) => sum ^ bit, 0);
  return parity === "even" ? odd : 1 - odd;
}

/** Samples a line that rests at 1 after the given levels. Times are counted in bits of the sender. */
function readLevels(
  levels: readonly number[],
  { format, bitsPerSample, delay }: { format: LineFormat; bitsPerSample: number; delay: number },
): Character[] {
  const levelAt = (time: number) => levels[Math.floor(time)] ?? 1;
  const parityBits = format.parity === "none" ? 0 : 1;
  const characters: Character[] = [];
  let time = 1;
  for (;;) {
    const edge = findFall(levels, time);
    if (edge === undefined) return characters;
    const sample = (bit: number) => levelAt(edge + delay + (bit + 0.5) * bitsPerSample);
    if (sample(0) === 1) {
      // A pulse shorter than half a bit of the receiver is no start bit.
      time = edge + 1;
      continue;
    }
    const data = Array.from({ length: format.dataBits }, (_, bit) => sample(1 + bit));
    const stopBit = 1 + format.dataBits + parityBits;
    characters.push({
      byte: data.reduce((sum, bit, index) => sum | (bit << index), 0),
      isParityRight: parityBits === 0 || sample(stopBit - 1) === parityOf(data, format.parity),
      isStopped: sample(stopBit) === 1,
    });
    time = Math.floor(edge + delay + (stopBit + 0.5) * bitsPerSample) + 1;
  }
}

/** The first bit from `time` on that is 0 after a 1. */
function findFall(levels: readonly number[], time: number): number | undefined {
  for (let bit = time; bit < levels.length; bit += 1) {
    if (levels[bit] === 0 && levels[bit - 1] === 1) return bit;
  }
  return undefined;
}

function isHeard({ byte, isParityRight, isStopped }: Character): boolean {
  return isStopped ? isParityRight : byte === 0;
}
