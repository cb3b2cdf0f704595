/** Deposits as rows of a spreadsheet: one a line, with the names that people know and the time of the day at the counter. */
import type { DepositCsvRow, PostedDeposit } from "@jumpa-madu/contracts/http/deposits";
import { dayOf, timeOf } from "@jumpa-madu/contracts/local-day";
import { materialNames, memberNumbers } from "@jumpa-madu/store/deposit-receipt";
import type { Db } from "@jumpa-madu/store/relational-store";

/** The lines of these deposits, in their order. Two statements, however many they are. */
export async function depositRows(db: Db, deposits: PostedDeposit[]): Promise<DepositCsvRow[]> {
  const numbers = await memberNumbers(
    db,
    deposits.map(({ member }) => member),
  );
  const names = await materialNames(
    db,
    deposits.flatMap(({ lines }) => lines.map(({ material }) => material)),
  );
  return deposits.flatMap((deposit) => {
    const { lines, total_idr: totalIdr, voided, ...whole } = deposit;
    const atMs = Date.parse(whole.occurred_at);
    return lines.map((line, index) => ({
      ...whole,
      ...line,
      line: index + 1,
      day: dayOf(atMs),
      time: timeOf(atMs),
      member_number: numbers.get(whole.member) ?? "",
      material_name: names.get(line.material) ?? "",
      deposit_total_idr: totalIdr,
      taken_back: voided?.kind ?? null,
      taken_back_reason: voided?.reason ?? null,
    }));
  });
}
