/** XOR sums, as scales write them: one byte, or its two halves as characters. */

/** XOR of all bytes. */
export function xorOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0);
}

/**
 * Half a byte from its character. Yaohua adds 37h to a half over 9, which makes the letters A to F; some firmware is said to
 * add 30h to all, which makes `:` to `?`. Both are read; they share no character. Null for any other character.
 */
function halfOf(character: number | undefined): number | null {
  if (character === undefined) return null;
  if (character >= 0x30 && character <= 0x3f) return character - 0x30;
  return character >= 0x41 && character <= 0x46 ? character - 0x37 : null;
}

/** True when the characters `high` and `low` are the XOR of the bytes. */
export function isXorInCharacters(
  bytes: Uint8Array,
  high: number | undefined,
  low: number | undefined,
): boolean {
  const [highHalf, lowHalf] = [halfOf(high), halfOf(low)];
  return highHalf !== null && lowHalf !== null && xorOf(bytes) === highHalf * 16 + lowHalf;
}
