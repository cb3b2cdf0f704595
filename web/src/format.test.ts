import { expect, test } from "vitest";
import { DICTIONARIES } from "./dictionary.ts";
import { age, kilograms, percent, rupiah } from "./format.ts";

const indonesian = { locale: "id-ID", words: DICTIONARIES.id };

test.each([
  [0, "baru saja"],
  [9_999, "baru saja"],
  [-60_000, "baru saja"],
  [59_000, "59 detik yang lalu"],
  [3 * 60_000 + 59_000, "3 menit yang lalu"],
  [26 * 3_600_000, "1 hari yang lalu"],
])("%d ms ago", (agoMs, said) => {
  expect(age(1e12 - agoMs, 1e12, indonesian)).toBe(said);
});

test("numbers in the way of the language, money always in that of Indonesia", () => {
  expect(kilograms(12_350, "id-ID")).toBe("12,350");
  expect(kilograms(12_350, "en-GB")).toBe("12.350");
  expect(percent(0.734, "id-ID")).toBe("73%");
  expect(rupiah(28_000).replaceAll("\u00a0", " ")).toBe("Rp 28.000");
});
