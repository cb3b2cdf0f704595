import * as fc from "fast-check";
import { expect, test } from "vitest";
import { beginningsOf, NAME_WORDS_MAX, searchedWords } from "./name-words.ts";

test("a name is found by the beginnings of each word, of two characters or more", () => {
  expect(beginningsOf("Nasabah Satu")).toEqual([
    "na",
    "nas",
    "nasa",
    "nasab",
    "nasaba",
    "nasabah",
    "sa",
    "sat",
    "satu",
  ]);
});

test("case, accents and punctuation do not count, and an apostrophe parts no word", () => {
  expect(searchedWords("NÁSABAH, nasabah-Sa'tu (M.)")).toEqual(["nasabah", "satu"]);
  expect(searchedWords("Ǆ ﬁsika")).toEqual(["dz", "fisika"]);
});

test("of a long word the first twelve characters count", () => {
  expect(searchedWords("abcdefghijklmnop")).toEqual(["abcdefghijkl"]);
  expect(beginningsOf("abcdefghijklmnop").at(-1)).toBe("abcdefghijkl");
});

test("of a name with very many words the first ones are found by", () => {
  const name = Array.from({ length: NAME_WORDS_MAX + 1 }, (_, index) => `kata${index}`).join(" ");
  expect(searchedWords(name)).toHaveLength(NAME_WORDS_MAX);
  expect(searchedWords(name)).not.toContain(`kata${NAME_WORDS_MAX}`);
});

test("whoever types the words of any name finds it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (name) => {
      const beginnings = beginningsOf(name);
      for (const word of searchedWords(name)) expect(beginnings).toContain(word);
    }),
  );
});
