/** Prints a passbook as a page of its own, for paper: no script, no style within, every text escaped. */
import { dayOf } from "@jumpa-madu/contracts/local-day";
import type { Hold, PassbookLine } from "@jumpa-madu/store/passbook";
import { kilograms, rupiah, wordsOf } from "./passbook-words.ts";

/** Where the page finds its style; the content policy allows none within the page. */
export const PASSBOOK_STYLE_PATH = "/v1/passbook.css";

/** What is printed. */
export interface PrintedPassbook {
  wasteBank: string;
  /** Null: the member was forgotten. */
  memberName: string | null;
  memberNumber: string;
  product: string;
  openedMs: number;
  closedMs: number | null;
  /** Days in WIB; null: from the first, until the last. */
  from: string | null;
  to: string | null;
  openingIdr: number;
  closingIdr: number;
  lines: PassbookLine[];
  /** Names of materials and products by id. */
  names: Map<string, string>;
  holds: Hold[];
  printedMs: number;
}

/** Columns of the table, as on the paper books that waste banks know. `kind`: the class that sets the width. */
const COLUMNS = [
  { id: "Tanggal", en: "Date", kind: "day" },
  { id: "Uraian", en: "What", kind: "what" },
  { id: "Masuk", en: "In, Rp", kind: "sum" },
  { id: "Keluar", en: "Out, Rp", kind: "sum" },
  { id: "Saldo", en: "Balance, Rp", kind: "sum" },
  { id: "Petugas", en: "Officer", kind: "officer" },
  { id: "No. bukti", en: "Receipt", kind: "receipt" },
];

/** The page as HTML. */
export function passbookPage(book: PrintedPassbook): string {
  const who = book.memberName ?? "(dihapus / erased)";
  return `<!doctype html>
<html lang="id">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Buku tabungan ${escaped(book.memberNumber)} - ${escaped(book.wasteBank)}</title>
<link rel="stylesheet" href="${PASSBOOK_STYLE_PATH}">
</head>
<body>
<header>
<p class="bank">${escaped(book.wasteBank)}</p>
<h1>Buku tabungan <span class="en" lang="en">Passbook</span></h1>
<dl>
${fact("Nasabah", "Member", `${escaped(who)} <span class="number">${escaped(book.memberNumber)}</span>`)}
${fact("Tabungan", "Savings", escaped(book.product))}
${fact("Dibuka", "Opened", day(book.openedMs) + (book.closedMs === null ? "" : ` &ndash; ditutup ${day(book.closedMs)} ${english("closed")}`))}
${fact("Masa", "Period", periodOf(book))}
</dl>
</header>
<table>
<thead><tr>
${COLUMNS.map(({ id, en, kind }) => `<th scope="col" class="${kind}">${id} ${english(en)}</th>`).join("\n")}
</tr></thead>
<tbody>
${balanceRow("Saldo awal", "Opening balance", book.openingIdr)}
${book.lines.map((line) => lineRow(line, book.names)).join("\n")}
${balanceRow("Saldo akhir", "Closing balance", book.closingIdr)}
</tbody>
</table>
${holdsOf(book.holds)}
<footer>
<p>Dicetak ${day(book.printedMs)} pukul ${clock(book.printedMs)} WIB ${english("printed")}. Urutan menurut pembukuan; saldo sama dengan buku besar. ${english("In the order of posting; the balance is the ledger's.")}</p>
<p class="sign">Petugas ${english("Officer")}</p>
</footer>
</body>
</html>
`;
}

function lineRow(line: PassbookLine, names: Map<string, string>): string {
  const words = wordsOf(line);
  const occurred = day(line.occurredMs);
  const posted = day(line.postedMs);
  const details = [
    detailOf(line, names),
    posted === occurred ? "" : `dibukukan ${posted} ${english("posted")}`,
  ].filter((detail) => detail !== "");
  return `<tr>
<td>${occurred}</td>
<td>${escaped(words.id)} ${english(words.en)}${details.map((detail) => `<small>${detail}</small>`).join("")}</td>
<td class="sum">${line.inIdr === 0 ? "" : rupiah(line.inIdr)}</td>
<td class="sum">${line.outIdr === 0 ? "" : rupiah(line.outIdr)}</td>
<td class="sum">${rupiah(line.balanceIdr)}</td>
<td>${escaped(line.officer ?? "")}</td>
<td class="receipt">${escaped(line.receiptNo ?? "")}</td>
</tr>`;
}

function detailOf(
  { material, netG, priceIdrPerKg, otherBook, inIdr }: PassbookLine,
  names: Map<string, string>,
): string {
  if (otherBook !== null) return `${inIdr > 0 ? "dari" : "ke"} ${escaped(names.get(otherBook) ?? otherBook)}`;
  if (material === null) return "";
  const parts = [names.get(material) ?? material];
  if (netG !== null) parts.push(kilograms(netG));
  if (priceIdrPerKg !== null) parts.push(`Rp\u00a0${rupiah(priceIdrPerKg)}/kg`);
  return escaped(parts.join(" · "));
}

function balanceRow(id: string, en: string, balanceIdr: number): string {
  return `<tr class="carried"><td></td><td>${id} ${english(en)}</td><td></td><td></td><td class="sum">${rupiah(balanceIdr)}</td><td></td><td></td></tr>`;
}

function holdsOf(holds: Hold[]): string {
  if (holds.length === 0) return "";
  const rows = holds.map((hold) => {
    const words = wordsOf({ kind: hold.kind, reverses: false, outIdr: hold.amountIdr });
    return `<li>${day(hold.sinceMs)}: ${escaped(words.id)} ${english(words.en)} Rp ${rupiah(hold.amountIdr)}</li>`;
  });
  return `<section>
<h2>Sedang diproses <span class="en" lang="en">On its way out, still in the balance</span></h2>
<ul>
${rows.join("\n")}
</ul>
</section>`;
}

function fact(id: string, en: string, value: string): string {
  return `<div><dt>${id} ${english(en)}</dt><dd>${value}</dd></div>`;
}

function periodOf({ from, to, printedMs, openedMs }: PrintedPassbook): string {
  return `${written(from ?? dayOf(openedMs))} &ndash; ${written(to ?? dayOf(printedMs))}`;
}

function day(atMs: number): string {
  return written(dayOf(atMs));
}

/** `2026-11-24` as `24-11-2026`. */
function written(localDay: string): string {
  return localDay.split("-").reverse().join("-");
}

/** Hour and minute in WIB. */
function clock(atMs: number): string {
  return new Date(atMs + 7 * 3_600_000).toISOString().slice(11, 16);
}

function english(text: string): string {
  return `<span class="en" lang="en">${escaped(text)}</span>`;
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? "");
}
