/** Check characters that are the exclusive or of the characters before them. */

/** Exclusive or of all bytes: the even column parity of a block. */
export function exclusiveOr(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum ^ byte, 0);
}

/**
 * An exclusive or as the two characters that Yaohua's indicators send, the high half first. A half of 0 to 9 is its
 * digit; one of A to F is a letter, of some firmware one of the characters `:` to `?` that follow the digits.
 */
export function writeExclusiveOr(bytes: Uint8Array, over9: "letters" | "colons" = "letters"): string {
  const sum = exclusiveOr(bytes);
  return [sum >> 4, sum & 0xf]
    .map((half) => String.fromCharCode(half > 9 && over9 === "letters" ? half + 0x37 : half + 0x30))
    .join("");
}
