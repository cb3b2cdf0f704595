/** A PIN of one group of digits again and again, such as 000000, 121212 or 123123. */
const REPEATED = /^(\d{1,3})\1+\d{0,2}$/;

/** Digits that rise or fall by one, round and round. */
const RUNS = ["01234567890123456789", "98765432109876543210"];

/** What is wrong with a PIN that people try first, in words; null when nothing is. */
export function faultOfPin(pin: string): string | null {
  const isFirstGuess = REPEATED.test(pin) || RUNS.some((run) => run.includes(pin));
  return isFirstGuess ? "a PIN like 000000, 121212 or 123456 is guessed first; choose another" : null;
}
