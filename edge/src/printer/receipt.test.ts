import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPaper } from "./escpos-fixture.ts";
import { encodeReceipt, type Names, qrContent, type ReceiptDeposit } from "./receipt.ts";

const ID = "0192f7a0-1c5b-7000-8000-0123456789ab";
const names: Names = {
  wasteBank: "Bank Sampah Melati",
  material: (id) => ({ "pet-clear": "Botol PET bening", cardboard: "Kardus" })[id] ?? id,
  member: (id) => (id === ID ? { number: "BSM-0042", name: "Nasabah Contoh" } : null),
};

const line: ReceiptDeposit["lines"][number] = {
  material: "pet-clear",
  price: ID,
  price_idr_per_kg: 3_500,
  gross_g: 4_250,
  tare_g: 250,
  net_g: 4_000,
  stable: true,
  scale: "scale-1",
  verified_until: 1_900_000_000_000,
  raw: "53",
  amount_idr: 14_000,
};

const deposit: ReceiptDeposit = {
  id: ID,
  receipt_no: "BS-MELATI-1-9F3A-000042",
  // 2026-11-24 06:05 in western Indonesia, the day before in Greenwich.
  t: Date.UTC(2026, 10, 23, 23, 5),
  waste_bank: "bs-melati",
  member: ID,
  lines: [
    line,
    { ...line, material: "cardboard", gross_g: 1_250, tare_g: 0, net_g: 1_250, amount_idr: 1_875 },
  ],
  total_idr: 15_875,
};

const consigned: ReceiptDeposit = {
  ...deposit,
  purpose: "save",
  settlement: "share_of_sale",
  share_bps: 6_250,
  lines: deposit.lines.map((one) => ({ ...one, amount_idr: 0 })),
  total_idr: 0,
};

const print = (one: ReceiptDeposit, style: Partial<Parameters<typeof encodeReceipt>[2]> = {}) =>
  readPaper(encodeReceipt(one, names, { paperMm: 58, isCopy: false, isVoided: false, ...style }));

describe("a receipt", () => {
  it("says who brought what, what it weighs and what it is worth", () => {
    expect(print(deposit).lines.map((one) => one.replaceAll(/ +/g, " ").trim())).toEqual(
      expect.arrayContaining([
        "Bank Sampah Melati",
        "No. BS-MELATI-1-9F3A-000042",
        "Waktu 24/11/2026 06.05 WIB",
        "Nasabah BSM-0042",
        "Nasabah Contoh",
        "Botol PET bening",
        "bruto 4,250 kg - tara 0,250 kg",
        "4,000 kg x Rp3.500 Rp14.000",
        "Kardus",
        "1,250 kg x Rp3.500 Rp1.875",
        "JUMLAH Rp15.875",
      ]),
    );
  });

  it("says of a net weight whose tare nobody knows that the tare is the scale's", () => {
    const { gross_g: _gross, tare_g: _tare, ...net } = line;
    const { lines } = print({ ...deposit, lines: [net] });
    expect(lines.join("\n")).toContain("neto; tara menurut timbangan");
    expect(lines.join("\n")).not.toContain("bruto");
  });

  it("carries the deposit in its QR code, and is cut off once", () => {
    const { qrCodes, cuts } = print(deposit);
    expect(qrCodes).toEqual([`JM1:${ID}:BS-MELATI-1-9F3A-000042:15875`]);
    expect(qrCodes).toEqual([qrContent(deposit)]);
    expect(cuts).toBe(1);
  });

  it.each([
    [58, 32],
    [80, 48],
  ] as const)("fits paper of %i mm", (paperMm, columns) => {
    const long = {
      ...names,
      material: () => "Campuran plastik kemasan berlapis dari pasar induk ".repeat(2),
    };
    const bytes = encodeReceipt(deposit, long, { paperMm, isCopy: false, isVoided: false });
    const { lines } = readPaper(bytes);
    expect(Math.max(...lines.map((one) => one.length))).toBeLessThanOrEqual(columns);
    expect(lines.join(" ").replaceAll(/\s+/g, " ")).toContain("pasar induk");
    expect(lines.some((one) => one.length === columns)).toBe(true);
  });

  it("says SALINAN, large, when it is a copy, and only then", () => {
    expect(print(deposit).lines.join()).not.toContain("SALINAN");
    expect(print(deposit, { isCopy: true }).large).toEqual(["SALINAN"]);
  });

  it.each([
    ["save", "MASUK TABUNGAN", /^JUMLAH +Rp15\.875$/],
    ["cash", "DIBAYAR TUNAI", /^JUMLAH +Rp15\.875$/],
    ["donate", "SEDEKAH SAMPAH - terima kasih", /^NILAI +Rp15\.875$/],
  ] as const)("of a deposit to %s says %s", (purpose, words, worth) => {
    const { lines } = print({ ...deposit, purpose, settlement: "purchase" });
    expect(lines).toContain(words);
    expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(worth)]));
    expect(lines.filter((one) => /TABUNGAN|TUNAI|SEDEKAH|BAGI HASIL|PERKIRAAN/.test(one))).toHaveLength(1);
  });

  it("of a deposit from before there were purposes says that it was saved", () => {
    expect(print(deposit).lines).toContain("MASUK TABUNGAN");
  });

  it.each([58, 80] as const)("of a share of the sale never reads as a debt, on %i mm", (paperMm) => {
    const { lines, qrCodes } = print(consigned, { paperMm });
    expect(lines).toEqual(
      expect.arrayContaining([
        "  4,000 kg",
        "BAGI HASIL 62,5 %",
        "dihitung saat terjual",
        expect.stringMatching(/^PERKIRAAN +\+\/- Rp11\.484$/),
        "belum menjadi tabungan",
      ]),
    );
    expect(lines.filter((one) => one.includes("Rp"))).toHaveLength(1);
    expect(lines.join()).not.toMatch(/JUMLAH|NILAI|TABUNGAN|TUNAI/);
    expect(qrCodes).toEqual([`JM1:${ID}:BS-MELATI-1-9F3A-000042:0`]);
  });

  it("of a gift that would be paid for at the sale speaks of no money", () => {
    const { lines } = print({ ...consigned, purpose: "donate" });
    expect(lines).toContain("SEDEKAH SAMPAH - terima kasih");
    expect(lines.join()).not.toMatch(/Rp|BAGI HASIL|PERKIRAAN/);
  });

  it("says DIBATALKAN, large, when its deposit was taken back, and only then", () => {
    expect(print(deposit, { isVoided: true }).large).toEqual(["DIBATALKAN"]);
    expect(print(deposit, { isVoided: true, isCopy: true }).large).toEqual(["SALINAN", "DIBATALKAN"]);
    expect(print(deposit).lines.join()).not.toContain("DIBATALKAN");
  });

  it("marks a typed weight and an expired verification", () => {
    const { raw: _raw, ...bare } = line;
    const typed = { ...bare, stable: null, typed: { supervisor: ID, reason: "timbangan rusak" } };
    const lines = print({ ...deposit, lines: [typed] }).lines.map((one) => one.trim());
    expect(lines).toEqual(expect.arrayContaining(["Botol PET bening *", "* diketik, disetujui pengawas"]));
    const expired = print({ ...deposit, lines: [{ ...line, verified_until: deposit.t - 1 }] });
    expect(expired.lines).toContain("Masa tera timbangan sudah habis");
    expect(print(deposit).lines.join()).not.toMatch(/tera|diketik/);
  });

  it("prints a deposit whose member the catalogue no longer has", () => {
    expect(print({ ...deposit, member: "gone" }).lines.join()).toContain("JUMLAH");
  });

  it("lets no name give orders to the printer", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), fc.boolean(), (text, isCopy) => {
        const odd = { wasteBank: text, material: () => text, member: () => ({ number: text, name: text }) };
        const paper = readPaper(encodeReceipt(deposit, odd, { paperMm: 58, isCopy, isVoided: !isCopy }));
        expect([paper.qrCodes.length, paper.cuts]).toEqual([1, 1]);
      }),
    );
  });
});
