/** Names of holders, as members give them and as banks and wallets tell them. */
import { expect, test } from "vitest";
import { compareNames, type NameMatch } from "./account-names.ts";

test.each<[given: string, found: string, match: NameMatch]>([
  ["Nasabah Satu", "NASABAH SATU", "matched"],
  ["Nasabah  Satu ", "nasabah satu", "matched"],
  ["Nasabah Satu", "SATU NASABAH", "matched"],
  ["Ibu Nasabah Satu", "NASABAH SATU", "matched"],
  ["Hj. Nasabah Satu, S.Pd.", "NASABAH SATU SPD", "matched"],
  ["Nasabah bin Satu", "NASABAH SATU", "matched"],
  ["Nasabah binti Satu", "NASABAH BINTI SATU", "matched"],
  ["Nasabah-Satu", "NASABAH SATU", "matched"],
  ["Nasabahsatu", "NASABAH SATU", "matched"],
  ["Násabah Satu", "NASABAH SATU", "matched"],
  ["Nas'abah Satu", "NASABAH SATU", "matched"],
  ["Nasabah Satu", "NXXXXXX SXXX", "masked"],
  ["Nasabah Satu", "N****** S***", "masked"],
  ["Nasabah Satu", "NA***** SA**", "masked"],
  ["Nasabah Satu", "N*****H S**U", "masked"],
  ["Nasabah Satu", "N*** S***", "masked"],
  ["Ibu Nasabah Satu", "NXXXXXX SXXX", "masked"],
  ["Nasabah Satu", "NXXXXX SXXX", "different"],
  ["Nasabah Satu", "NXXXXXX", "different"],
  ["Nasabah Satu", "NXXXXXX DXXX", "different"],
  ["Nasabah Satu", "N*****B S**U", "different"],
  ["Nasabah Satu", "NASABAH DUA", "different"],
  ["Nasabah Satu", "NASABAH", "different"],
  ["Nasabah Satu", "", "different"],
  ["", "", "different"],
  ["...", "NASABAH SATU", "different"],
  ["Haji", "HAJI", "matched"],
])("%s beside %s: %s", (given, found, match) => {
  expect(compareNames(given, found)).toBe(match);
});
