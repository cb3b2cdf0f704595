/** Brings the receipt of a deposit on its way, with the names that the catalogue has for its identifiers. */
import { encodeReceipt, type ReceiptDeposit } from "../printer/receipt.ts";
import type { RouteParts } from "./terminal-parts.ts";

/** Hands a receipt to the printer; gives how many wait. `mayBeFirst` is true for a deposit that was just made. */
export function printReceipt(
  deposit: ReceiptDeposit,
  { printing, catalogue }: Pick<RouteParts, "printing" | "catalogue">,
  mayBeFirst: boolean,
): number {
  const encode = (style: Parameters<typeof encodeReceipt>[2]): Uint8Array => {
    const list = catalogue.priceList();
    const names = {
      wasteBank: list?.wasteBankName ?? deposit.waste_bank,
      material: (id: string) => list?.materialName(id) ?? id,
      member: (id: string) => list?.member(id) ?? null,
    };
    return encodeReceipt(deposit, names, style);
  };
  return printing.add({ id: deposit.id, encode }, mayBeFirst);
}
