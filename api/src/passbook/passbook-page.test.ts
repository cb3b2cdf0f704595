import { describe, expect, it } from "vitest";
import { passbookPage } from "./passbook-page.ts";
import { samplePassbook } from "./sample-passbook.ts";

describe("the printed passbook", () => {
  it("shows every line with weight, price and the balance after it, between opening and closing", () => {
    const page = passbookPage(samplePassbook());
    const rows = page.slice(page.indexOf("<tbody>"), page.indexOf("</tbody>")).split("<tr").slice(1);
    expect(rows).toHaveLength(12);
    expect(rows[0]).toContain("250.000");
    expect(rows[1]).toContain("Botol PET bersih · 1,25\u00a0kg · Rp\u00a04.500/kg");
    expect(rows[1]).toContain("255.625");
    expect(rows[4]).toContain("Batal setoran");
    expect(rows[6]).toContain("ke Tabungan Lebaran");
    expect(rows[10]).toContain("Dibayar tunai");
    expect(rows[11]).toContain("1.260.125");
  });

  it("tells the day of posting where it is another than that of the deposit", () => {
    const page = passbookPage(samplePassbook());
    expect(page.match(/dibukukan/g)).toHaveLength(1);
    expect(page).toContain("dibukukan 17-10-2026");
  });

  it("shows what is held apart, and nothing of it when nothing is", () => {
    const sample = samplePassbook();
    expect(passbookPage(sample)).toContain("Sedang diproses");
    expect(passbookPage({ ...sample, holds: [] })).not.toContain("Sedang diproses");
  });

  it("calls a withdrawal of an older book what members call it", () => {
    const sample = samplePassbook();
    const [line] = sample.lines;
    if (line === undefined) throw new Error("the sample has no line");
    const page = passbookPage({
      ...sample,
      lines: [{ ...line, kind: "imported_withdrawal", inIdr: 0, outIdr: 5 }],
    });
    expect(page).toContain('Penarikan <span class="en" lang="en">Withdrawal</span>');
    expect(page).not.toContain("imported");
  });

  it("lets no text of people become markup", () => {
    const evil = `<script>alert("x")</script>'&`;
    const sample = samplePassbook();
    const page = passbookPage({
      ...sample,
      wasteBank: evil,
      memberName: evil,
      memberNumber: evil,
      product: evil,
      names: new Map([
        ["pet", evil],
        ["lebaran", evil],
      ]),
      lines: sample.lines.map((line) => ({ ...line, officer: evil, receiptNo: evil, kind: `${evil}` })),
    });
    expect(page).not.toContain("<script");
    expect(page).not.toContain(`"x"`);
    expect(page).toContain("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&#39;&amp;");
  });

  it("still prints for a member who was erased, and for a kind that it has no words for", () => {
    const sample = samplePassbook();
    const [line] = sample.lines;
    if (line === undefined) throw new Error("the sample has no line");
    const page = passbookPage({ ...sample, memberName: null, lines: [{ ...line, kind: "gift" }] });
    expect(page).toContain("erased");
    expect(page).toContain("gift");
  });
});
