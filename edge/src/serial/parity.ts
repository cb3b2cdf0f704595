/** Parity of a device of seven bits that is heard with eight. */

/** Parity that all bytes carry in their eighth bit while their other seven are text; null when there is none such. */
export function parityOf(bytes: Uint8Array): "even" | "odd" | null {
  if (!bytes.some((byte) => byte > 0x7f)) return null;
  const isText = bytes.every((byte) => {
    const low = byte & 0x7f;
    return low >= 0x20 || low === 0x0d || low === 0x0a || low <= 0x03;
  });
  if (!isText) return null;
  if (bytes.every((byte) => isEven(byte))) return "even";
  return bytes.every((byte) => !isEven(byte)) ? "odd" : null;
}

function isEven(byte: number): boolean {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones % 2 === 0;
}
