/**
 * Compares the name that a member gave for an account with the one that the bank or wallet tells.
 *
 * Banks write in capitals, cut names short, leave out titles and the patronymic's BIN or BINTI; wallets mask all but the
 * first letters (`AXX PXXXXXX`, `S*** A****`). The comparison is pure and answers what a person should be told.
 */

/** `masked`: what is shown fits, the rest cannot be known. */
export type NameMatch = "matched" | "masked" | "different";

/** Titles before and after a name, and what stands between a name and that of the father. */
const TITLES = new Set(
  (
    "BP BPK BAPAK IBU SDR SDRI TN NY NN MR MRS MS H HJ HAJI HAJJAH DR DRG DRA DRS IR PROF KH UST USTADZ USTADZAH " +
    "ST SE SH SPD SAG SKOM SSOS SKM SP SPT SSI SPSI MSI MM MH MPD MKOM MT MA MSC MBA AMD AMK BIN BINTI"
  ).split(" "),
);

/** Names of one word, in capitals without accents, points, hyphens and titles. */
function wordsOf(name: string): string[] {
  const plain = name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toUpperCase()
    // S.Pd. and M.Kom. are one word each; so is O'NEAL.
    .replaceAll(/[.'’`]/g, "")
    .replaceAll(/[^\p{L}\p{N}*]+/gu, " ");
  const words = plain.split(" ").filter((word) => word !== "");
  const names = words.filter((word) => !TITLES.has(word));
  // Somebody may be called Ma or Dr; better a title than no name.
  return names.length === 0 ? words : names;
}

/** A word of which only the beginning, or beginning and end, is shown: `S***`, `AXX`, `PXXXXXX`, `B**I`. */
const MASKED = /^(?:[\p{L}\p{N}]*\*+[\p{L}\p{N}]*|[\p{L}\p{N}]{1,2}X{2,})$/u;

/** Tells whether the names can be one person's. An empty name is `different` from every other. */
export function compareNames(given: string, found: string): NameMatch {
  const [ours, theirs] = [wordsOf(given), wordsOf(found)];
  if (ours.length === 0 || theirs.length === 0) return "different";
  if (sameWords(ours, theirs) || ours.join("") === theirs.join("")) return "matched";
  if (!theirs.some((word) => MASKED.test(word))) return "different";
  return ours.length === theirs.length && ours.every((word, index) => fitsMask(word, theirs[index] ?? ""))
    ? "masked"
    : "different";
}

/** The same words in any order: some banks write the last name first. */
function sameWords(ours: string[], theirs: string[]): boolean {
  return ours.toSorted().join(" ") === theirs.toSorted().join(" ");
}

/** Letters that are shown must be equal, and so must the length, unless three asterisks stand for any number of letters. */
function fitsMask(word: string, mask: string): boolean {
  if (!MASKED.test(mask)) return word === mask;
  const shownFrom = /^[^*]*?(?=\*|X{2,}$)/u.exec(mask)?.[0] ?? "";
  const shownUntil = mask.includes("*") ? mask.slice(mask.lastIndexOf("*") + 1) : "";
  const isAnyLength = mask.includes("***") && mask.replaceAll(/[^*]/g, "").length === 3;
  return (
    word.startsWith(shownFrom) &&
    word.endsWith(shownUntil) &&
    (isAnyLength ? word.length >= shownFrom.length + shownUntil.length : word.length === mask.length)
  );
}
