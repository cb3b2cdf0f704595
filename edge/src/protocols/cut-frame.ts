/** Tells a cut line from one of another kind, for lines of fixed width. */

/**
 * True when `text` is a whole line that lost its head or its tail: with the missing characters of `template`, which is a whole
 * line itself, it is whole again.
 */
export function isCut(text: string, template: string, whole: RegExp): boolean {
  if (text.length === 0 || text.length >= template.length) return false;
  const missing = template.length - text.length;
  return whole.test(template.slice(0, missing) + text) || whole.test(text + template.slice(text.length));
}
