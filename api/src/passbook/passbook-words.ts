/** Words of the printed passbook, Indonesian first and English second. */
import type { BookJournalKind } from "@jumpa-madu/store/journal-kinds";

/** A word in both languages. */
export interface Words {
  id: string;
  en: string;
}

/** What each kind of journal is called that moves a member's savings. */
const KINDS: Record<BookJournalKind, Words> = {
  deposit: { id: "Setoran", en: "Deposit" },
  deposit_void: { id: "Batal setoran", en: "Deposit taken back" },
  deposit_correction: { id: "Koreksi setoran", en: "Deposit taken back by a correction" },
  book_move: { id: "Pindah buku", en: "Moved between books" },
  payout_hold: { id: "Penarikan", en: "Withdrawal" },
  payout_give_back: { id: "Penarikan batal", en: "Withdrawal given up" },
  payout_settle: { id: "Penarikan", en: "Withdrawal" },
  payout_return: { id: "Penarikan kembali", en: "Withdrawal came back" },
  payout_credit_back: { id: "Penarikan kembali", en: "Withdrawal came back" },
  payout_fee: { id: "Biaya penarikan", en: "Withdrawal fee" },
  payout_fee_refund: { id: "Biaya kembali", en: "Fee given back" },
  sale: { id: "Hasil penjualan", en: "Share of a sale" },
  sale_void: { id: "Batal penjualan", en: "Sale taken back" },
  imported_withdrawal: { id: "Penarikan", en: "Withdrawal" },
};

/** Cash that was paid at once at the counter: it leaves the book in the deposit's own journal. */
const CASH: Words = { id: "Dibayar tunai", en: "Paid in cash" };

const REVERSAL: Words = { id: "Pembatalan", en: "Reversal" };

/** Words for a movement. A kind without words of its own is told by what it is named, so that no line is without any. */
export function wordsOf({
  kind,
  reverses,
  outIdr,
}: {
  kind: string;
  reverses: boolean;
  outIdr: number;
}): Words {
  if (kind === "deposit" && outIdr > 0) return CASH;
  const words = (KINDS as Partial<Record<string, Words>>)[kind] ?? (reverses ? REVERSAL : null);
  return (
    words ?? (kind.startsWith("payout") ? { id: "Penarikan", en: "Withdrawal" } : { id: kind, en: kind })
  );
}

const money = new Intl.NumberFormat("id-ID", { maximumFractionDigits: 0 });
const weight = new Intl.NumberFormat("id-ID", { maximumFractionDigits: 3 });

/** Whole rupiah as they are written in Indonesia: `12.500`. */
export function rupiah(amountIdr: number): string {
  return money.format(amountIdr);
}

/** Grams as kilograms: `1,25 kg`. */
export function kilograms(grams: number): string {
  return `${weight.format(grams / 1_000)}\u00a0kg`;
}
