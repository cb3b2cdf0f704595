/** One form of a phone number for all the ways in which people write it. */

/** Digits of a number with its country code (E.164 allows 15). */
const PHONE_DIGITS_MIN = 6;
const PHONE_DIGITS_MAX = 15;

/**
 * Digits with the country code and nothing else: `0812…`, `812…`, `62812…`, `+62 812-…` and `0062812…` are one. Null when the
 * text is no phone number. What names no country is taken for a number of Indonesia.
 */
export function canonicalPhone(text: string): string | null {
  if (!/^\+?[0-9 ().-]+$/.test(text.trim())) return null;
  const digits = text.replaceAll(/\D/g, "");
  const number = text.trim().startsWith("+") ? digits : withCountry(digits);
  // The zero of the national form is often left standing behind the country code.
  const canonical = number.replace(/^620+/, "62");
  // No country's code begins with 0.
  if (canonical.startsWith("0")) return null;
  return canonical.length >= PHONE_DIGITS_MIN && canonical.length <= PHONE_DIGITS_MAX ? canonical : null;
}

function withCountry(digits: string): string {
  if (digits.startsWith("00")) return digits.slice(2);
  if (digits.startsWith("0")) return `62${digits.slice(1)}`;
  // Mobile numbers of Indonesia begin with 8 behind the zero.
  return digits.startsWith("8") ? `62${digits}` : digits;
}
