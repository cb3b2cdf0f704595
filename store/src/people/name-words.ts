/** Words of a name as they are searched for: without case, accents and punctuation. */

/** Words of one name that are found by; those beyond are not, and a name of the field has four. */
export const NAME_WORDS_MAX = 12;

/** Characters of a word that count; a longer word is found by its first ones. */
const BEGINNING_LENGTH_MAX = 12;

/** Fewest characters that find a word: one alone would find a tenth of all members. */
const BEGINNING_LENGTH_MIN = 2;

/** Words of a text, each cut to what counts, those that are too short left out, each once. `Nur'aini` is one word. */
export function searchedWords(text: string): string[] {
  const words = text
    .normalize("NFKD")
    .replaceAll(/[\p{M}'’‘`]/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .map((word) => Array.from(word).slice(0, BEGINNING_LENGTH_MAX).join(""))
    .filter((word) => Array.from(word).length >= BEGINNING_LENGTH_MIN);
  return [...new Set(words)].slice(0, NAME_WORDS_MAX);
}

/** Every beginning by which the words of a name are found. */
export function beginningsOf(name: string): string[] {
  const beginnings = searchedWords(name).flatMap((word) => {
    const characters = Array.from(word);
    return characters
      .slice(BEGINNING_LENGTH_MIN - 1)
      .map((_, index) => characters.slice(0, index + BEGINNING_LENGTH_MIN).join(""));
  });
  return [...new Set(beginnings)];
}
