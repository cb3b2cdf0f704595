/** Text that both engines keep. */

/** The text without NUL, which PostgreSQL refuses; money must not wait for it. */
export function printable(text: string): string {
  return text.replaceAll("\0", "\uFFFD");
}
