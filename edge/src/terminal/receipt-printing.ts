/** Brings the receipt of a deposit on its way, with the names that the catalogue has for its identifiers. */
import { encodeReceipt, type ReceiptDeposit, type ReceiptStyle } from "../printer/receipt.ts";
import { voidKey } from "./answer-keys.ts";
import type { RouteParts } from "./terminal-parts.ts";

/** Hands a receipt to the printer; gives how many wait. `mayBeFirst` is true for a deposit that was just made. */
export function printReceipt(
  deposit: ReceiptDeposit,
  { printing, catalogue, outbox }: Pick<RouteParts, "printing" | "catalogue" | "outbox">,
  mayBeFirst: boolean,
): number {
  const encode = (style: { paperMm: ReceiptStyle["paperMm"]; isCopy: boolean }): Uint8Array => {
    const list = catalogue.priceList();
    const names = {
      wasteBank: list?.wasteBankName ?? deposit.waste_bank,
      material: (id: string) => list?.materialName(id) ?? id,
      member: (id: string) => list?.member(id) ?? null,
    };
    // Looked up now: the deposit may have been taken back while its receipt waited for paper.
    const isVoided = outbox.answerOf(voidKey(deposit.id)) !== undefined;
    return encodeReceipt(deposit, names, { ...style, isVoided });
  };
  return printing.add({ id: deposit.id, encode }, mayBeFirst);
}
