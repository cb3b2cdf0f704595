/** A passbook with every kind of line; for tests. */
import type { PassbookLine } from "@jumpa-madu/store/passbook";
import type { PrintedPassbook } from "./passbook-page.ts";

/** 2026-11-24, 10 o'clock WIB. */
const NOW_MS = 1_795_489_200_000;
const DAY_MS = 86_400_000;

type Moved = Partial<PassbookLine> & { amountIdr: number };

const MOVED: Moved[] = [
  { amountIdr: 5_625, material: "pet", netG: 1_250, priceIdrPerKg: 4_500, receiptNo: "K1-000412" },
  { amountIdr: 18_450, material: "kardus", netG: 12_300, priceIdrPerKg: 1_500, receiptNo: "K1-000412" },
  { amountIdr: 2_340_000, material: "pet", netG: 520_000, priceIdrPerKg: 4_500, receiptNo: "T1-000007" },
  {
    amountIdr: -18_450,
    kind: "deposit_void",
    reverses: true,
    material: "kardus",
    netG: 12_300,
    priceIdrPerKg: 1_500,
    receiptNo: "K1-000412",
  },
  { amountIdr: 12_000, kind: "sale", officer: null },
  { amountIdr: -100_000, kind: "book_move", otherBook: "lebaran", officer: "teller.satu" },
  { amountIdr: -1_250_000, kind: "payout_settle", officer: null },
  { amountIdr: 2_500, kind: "payout_fee_refund", officer: null },
  { amountIdr: 9_000, material: "pet", netG: 2_000, priceIdrPerKg: 4_500, receiptNo: "D1-000031" },
  { amountIdr: -9_000, receiptNo: "D1-000031" },
];

/** The passbook; `rounds` repeats its lines. */
export function samplePassbook(rounds = 1): PrintedPassbook {
  let balanceIdr = 250_000;
  const lines = Array.from({ length: rounds }, () => MOVED)
    .flat()
    .map(({ amountIdr, ...more }, index): PassbookLine => {
      balanceIdr += amountIdr;
      const postedMs = NOW_MS - 40 * DAY_MS + index * DAY_MS;
      return {
        id: "",
        journal: "",
        kind: "deposit",
        occurredMs: index === 2 ? postedMs - 2 * DAY_MS : postedMs,
        postedMs,
        inIdr: Math.max(amountIdr, 0),
        outIdr: Math.max(-amountIdr, 0),
        balanceIdr,
        reverses: false,
        material: null,
        netG: null,
        priceIdrPerKg: null,
        otherBook: null,
        receiptNo: null,
        officer: "Terminal Pasar Bakaran Batu",
        ...more,
      };
    });
  return {
    wasteBank: "Bank Sampah Induk Lubuk Pakam",
    memberName: "Nasabah Satu",
    memberNumber: "LP-0042",
    product: "Tabungan biasa",
    openedMs: NOW_MS - 300 * DAY_MS,
    closedMs: null,
    from: "2026-10-15",
    to: "2026-11-24",
    openingIdr: 250_000,
    closingIdr: balanceIdr,
    lines,
    names: new Map([
      ["pet", "Botol PET bersih"],
      ["kardus", "Kardus"],
      ["lebaran", "Tabungan Lebaran"],
    ]),
    holds: [{ kind: "payout_hold", sinceMs: NOW_MS, amountIdr: 75_000 }],
    printedMs: NOW_MS,
  };
}
