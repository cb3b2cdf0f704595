import { expect, test } from "vitest";
import { readDeposits, readMaterials, readWithdrawals } from "./history-rows.ts";

const HEADER = "date,member,material,weight_kg,amount_idr\n";
const TODAY = "2026-11-24";

test("a deposit is read to the gram and the rupiah", () => {
  expect(readDeposits(`${HEADER}2025-06-20,M0001,Kaleng Campur,1.34,1350\n`, TODAY)).toEqual({
    rows: [
      {
        line: 2,
        day: "2025-06-20",
        member: "M0001",
        material: "Kaleng Campur",
        weightG: 1_340,
        amountIdr: 1_350,
      },
    ],
    refused: [],
  });
});

test("a byte order mark, quotes, empty lines, semicolons and decimal commas are as good", () => {
  const text =
    '\ufeffdate;member;material;weight_kg;amount_idr\r\n\r\n"2025-06-20";m1;"Botol, bersih";0,815;815\r\n';
  expect(readDeposits(text, TODAY).rows).toEqual([
    { line: 3, day: "2025-06-20", member: "M1", material: "Botol, bersih", weightG: 815, amountIdr: 815 },
  ]);
});

test("line ends of any kind part rows, also within one file", () => {
  const row = (day: number) => `2025-06-0${day},M1,HVS,1,${day}`;
  const text = `${HEADER.replace("\n", "\r\n")}${row(1)}\r\n${row(2)}\n\n${row(3)}\r${row(4)}\n"2025-06-05","M1","HVS, \nbersih",1,5\r\n${row(6)}`;
  const { rows, refused } = readDeposits(text, TODAY);
  expect(refused).toEqual([]);
  expect(rows.map(({ line, amountIdr }) => [line, amountIdr])).toEqual([
    [2, 1],
    [3, 2],
    [5, 3],
    [6, 4],
    [8, 5],
    [9, 6],
  ]);
});

const good = { date: "2025-06-20", member: "M1", material: "HVS", weight: "1", amount: "1" };
test.each([
  [{ date: "2025-02-30" }, "is no day"],
  [{ date: "20/06/2025" }, "is no day"],
  [{ date: "2026-11-25" }, "lies in the future"],
  [{ date: "1925-06-20" }, "before the year 2000"],
  [{ member: "" }, "is no code"],
  [{ member: "Nasabah Satu" }, "and no name"],
  [{ material: "" }, "material is missing"],
  [{ weight: "0" }, "no weight above 0"],
  [{ weight: "-1" }, "no weight above 0"],
  [{ weight: "1.2345" }, "at most three decimals"],
  [{ weight: "1e3" }, "no weight above 0"],
  [{ weight: "100001" }, "no weight above 0"],
  [{ amount: "-1" }, "no whole number"],
  [{ amount: "1.5" }, "no whole number"],
  [{ amount: "1000000000001" }, "no whole number"],
  [{ amount: "1350,7" }, "the row has 6 cells"],
])("a row with %j is refused, and the others go on", (bad, reason) => {
  const { date, member, material, weight, amount } = { ...good, ...bad };
  const { rows, refused } = readDeposits(
    `${HEADER}${date},${member},${material},${weight},${amount}\n2025-06-20,M1,HVS,1,1\n`,
    TODAY,
  );
  expect(rows).toHaveLength(1);
  expect(refused).toEqual([{ file: "deposits.csv", line: 2, reason: expect.stringContaining(reason) }]);
});

test("a withdrawal of nothing and a class that SIPSN does not have are refused", () => {
  expect(readWithdrawals("date,member,amount_idr\n2025-08-08,M1,0\n", TODAY).refused).toHaveLength(1);
  const materials = readMaterials(
    "name,price_idr_per_kg,category,condition,sipsn_class\nHVS,1105,KERTAS,,XX\nHVS,1105,KERTAS,,\n",
  );
  expect(materials.refused).toEqual([
    { file: "materials.csv", line: 2, reason: expect.stringContaining("XX") },
  ]);
  expect(materials.rows).toMatchObject([{ condition: "", sipsnClass: null }]);
});

test.each([
  ["", "is empty"],
  ["date,member\n", "has no column material"],
  [`${HEADER}"2025`, "is no CSV"],
])("a file that is none of deposits is told of: %j", (text, words) => {
  expect(() => readDeposits(text, TODAY)).toThrow(words);
});
