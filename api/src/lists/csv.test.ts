import Type from "typebox";
import { expect, test } from "vitest";
import { cellOf, csvColumnsOf, csvHeader, csvLine } from "./csv.ts";

const cases: { name: string; value: unknown; cell: string }[] = [
  { name: "null", value: null, cell: "" },
  { name: "a negative number stays a number", value: -5, cell: "-5" },
  { name: "a truth", value: false, cell: "false" },
  { name: "a comma", value: "a,b", cell: '"a,b"' },
  { name: "quotes", value: 'say "hi"', cell: '"say ""hi"""' },
  { name: "a line break", value: "a\r\nb", cell: '"a\r\nb"' },
  { name: "a formula", value: "=1+1", cell: "'=1+1" },
  { name: "a plus", value: "+62812", cell: "'+62812" },
  { name: "a minus", value: "-1+1", cell: "'-1+1" },
  { name: "an at sign", value: "@SUM(A1)", cell: "'@SUM(A1)" },
  { name: "a tab", value: "\t=1", cell: "'\t=1" },
  { name: "a carriage return", value: "\r=1", cell: '"\'\r=1"' },
  { name: "a wide equals sign", value: "＝1", cell: "'＝1" },
  { name: "a list", value: [{ a: 1 }], cell: '"[{""a"":1}]"' },
];

test.each(cases)("a cell of $name", ({ value, cell }) => {
  expect(cellOf(value)).toBe(cell);
});

test("columns come from the schema, objects within are opened, also those that may be null", () => {
  const inner = Type.Object({ x: Type.Number(), y: Type.Object({ z: Type.String() }) });
  const columns = csvColumnsOf(
    Type.Object({ id: Type.String(), inner: Type.Union([inner, Type.Null()]), list: Type.Array(inner) }),
  );
  expect(csvHeader(columns)).toBe("id,inner_x,inner_y_z,list\r\n");
  expect(csvLine(columns, { id: "a", inner: null, list: [] })).toBe("a,,,[]\r\n");
  expect(csvLine(columns, { id: "a", inner: { x: 1, y: { z: "b" } }, list: [] })).toBe("a,1,b,[]\r\n");
});
