/**
 * Receipt: a deposit on paper, as the bytes of ESC/POS, which nearly every receipt printer speaks.
 *
 * Text is Indonesian, for the member. A second receipt of the same deposit says SALINAN (copy), so that nobody can show two
 * originals; one of a deposit that was taken back says DIBATALKAN (void). What is paid for only at the sale has no amounts, and
 * one estimate that says that it is one: a receipt must not read as a debt. The QR code carries what is needed to find the deposit again, and its amount, so that a changed figure shows.
 */
import type { Printer } from "@jumpa-madu/contracts/node-config";
import type { Deposit, DepositLine, Purpose } from "@jumpa-madu/contracts/records";
import ReceiptPrinterEncoder, { type TableColumn } from "@point-of-sale/receipt-printer-encoder";
import { saleEstimateIdr } from "./sale-estimate.ts";

/** Characters in a line of each width of paper: 12 dots a character, of 384 and 576 dots. */
const COLUMNS = { 58: 32, 80: 48 } as const satisfies Record<Printer["paper_mm"], number>;

/** Columns of a field's name. */
const NAME_COLUMNS = 9;

/** Empty lines before the cut: the knife, or the edge to tear at, sits above the head. */
const FEED_LINES = 4;

/** Time of day is that of the waste bank: western Indonesia (WIB). */
const TIME_ZONE = "Asia/Jakarta";

/** Names for the identifiers of a deposit. */
export interface Names {
  readonly wasteBank: string;
  material(id: string): string;
  /** Number and name of the member; null when the catalogue no longer has them. */
  member(id: string): { number: string; name: string } | null;
}

/** What a deposit's receipt shows. One of a terminal before there were purposes has none: it was saved. */
export type ReceiptDeposit = Omit<Deposit, "kind">;

/** How to print it. */
export interface ReceiptStyle {
  readonly paperMm: Printer["paper_mm"];
  readonly isCopy: boolean;
  readonly isVoided: boolean;
}

/** Content of the QR code: `JM1`, the deposit's identifier, its receipt number and its amount in rupiah. */
export function qrContent({ id, receipt_no, total_idr }: ReceiptDeposit): string {
  return `JM1:${id}:${receipt_no}:${total_idr}`;
}

/** Encodes a receipt. */
export function encodeReceipt(deposit: ReceiptDeposit, names: Names, style: ReceiptStyle): Uint8Array {
  const columns = COLUMNS[style.paperMm];
  const encoder = new ReceiptPrinterEncoder({ columns, language: "esc-pos", feedBeforeCut: FEED_LINES });
  encoder.initialize().codepage("cp437").align("center");
  encoder.bold(true).line(printable(names.wasteBank)).bold(false).line("Bukti setoran sampah");
  for (const stamp of [...(style.isCopy ? ["SALINAN"] : []), ...(style.isVoided ? ["DIBATALKAN"] : [])])
    encoder.bold(true).size(2, 2).line(stamp).size(1, 1).bold(false);
  encoder.align("left").rule();

  const member = names.member(deposit.member);
  encoder.line(`No. ${deposit.receipt_no}`);
  encoder.table(pairOf(columns, columns - NAME_COLUMNS), [
    ["Waktu", `${wibOf(deposit.t)} WIB`],
    ["Nasabah", member === null ? "-" : printable(member.number)],
  ]);
  if (member !== null) encoder.line(printable(member.name));
  encoder.rule();
  const isBought = deposit.settlement !== "share_of_sale";
  for (const line of deposit.lines) printLine(encoder, line, { names, columns, isBought });
  encoder.rule({ style: "double" });
  printWorth(encoder, deposit, columns);
  for (const note of notesOf(deposit)) encoder.line(note);
  encoder.newline().align("center").qrcode(qrContent(deposit), { model: 2, size: 5, errorlevel: "m" });
  encoder.line("Simpan bukti ini. Terima kasih!").align("left");
  return encoder.cut("partial").encode();
}

/** Two columns, the right one of `right` characters. Long words go on in the next line, nothing is cut off. */
function pairOf(columns: number, right: number): TableColumn[] {
  return [
    { width: columns - right, align: "left" },
    { width: right, align: "right" },
  ];
}

function printLine(
  encoder: ReceiptPrinterEncoder,
  line: DepositLine,
  { names, columns, isBought }: { names: Names; columns: number; isBought: boolean },
): void {
  const { material, net_g, gross_g, tare_g, price_idr_per_kg, amount_idr, typed } = line;
  const mark = typed === undefined ? "" : " *";
  encoder.line(printable(names.material(material)) + mark);
  if (gross_g === undefined || tare_g === undefined) encoder.line("  neto; tara menurut timbangan");
  else if (tare_g > 0) encoder.line(`  bruto ${kilograms(gross_g)} - tara ${kilograms(tare_g)}`);
  if (!isBought) {
    encoder.line(`  ${kilograms(net_g)}`);
    return;
  }
  const weighed = `  ${kilograms(net_g)} x ${rupiah(price_idr_per_kg)}`;
  const amount = rupiah(amount_idr);
  encoder.table(pairOf(columns, amount.length + 1), [[weighed, amount]]);
}

/** What the waste is worth to the member, and what becomes of that. */
function printWorth(encoder: ReceiptPrinterEncoder, deposit: ReceiptDeposit, columns: number): void {
  const { purpose = "save", share_bps: shareBps = 0, total_idr } = deposit;
  const estimate = saleEstimateIdr(deposit);
  if (estimate !== null) {
    const amount = `+/- ${rupiah(estimate)}`;
    encoder
      .bold(true)
      .line(`BAGI HASIL ${share.format(shareBps / 100)} %`)
      .bold(false);
    encoder.line("dihitung saat terjual");
    encoder.table(pairOf(columns, amount.length + 1), [["PERKIRAAN", amount]]);
    encoder.line("menurut harga hari ini;").line("belum menjadi tabungan");
    return;
  }
  encoder.bold(true);
  if (deposit.settlement !== "share_of_sale") {
    const name = purpose === "donate" ? "NILAI" : "JUMLAH";
    encoder.table(pairOf(columns, columns - NAME_COLUMNS), [[name, rupiah(total_idr)]]);
  }
  encoder.line(PURPOSE_WORDS[purpose]).bold(false);
}

/** What becomes of what the waste is worth. */
const PURPOSE_WORDS = {
  save: "MASUK TABUNGAN",
  cash: "DIBAYAR TUNAI",
  donate: "SEDEKAH SAMPAH - terima kasih",
} as const satisfies Record<Purpose, string>;

/** What the member should know about the weights. */
function notesOf({ lines, t }: ReceiptDeposit): string[] {
  const isTyped = lines.some(({ typed }) => typed !== undefined);
  const isExpired = lines.some(({ verified_until }) => verified_until !== undefined && verified_until < t);
  return [
    ...(isTyped ? ["* diketik, disetujui pengawas"] : []),
    ...(isExpired ? ["Masa tera timbangan sudah habis"] : []),
  ];
}

/** Without what would be a command to the printer. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ").trim();
}

const number = new Intl.NumberFormat("id-ID");
const share = new Intl.NumberFormat("id-ID", { maximumFractionDigits: 2 });
const weight = new Intl.NumberFormat("id-ID", { minimumFractionDigits: 3, maximumFractionDigits: 3 });
const moment = new Intl.DateTimeFormat("id-ID", {
  timeZone: TIME_ZONE,
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
});

function rupiah(amountIdr: number): string {
  return `Rp${number.format(amountIdr)}`;
}

function kilograms(weightG: number): string {
  return `${weight.format(weightG / 1000)} kg`;
}

function wibOf(epochMs: number): string {
  return moment.format(epochMs).replace(",", "");
}
