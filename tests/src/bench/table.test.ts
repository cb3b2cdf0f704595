import { describe, expect, test } from "vitest";
import { formatTable, medianOf } from "./table.ts";

describe("formatTable", () => {
  test("numbers stand to the right with their thousands parted, text to the left, nothing as a hyphen", () => {
    const rows = [
      { process: "broker", rate: 123_456.7, p99: null },
      { process: "x", rate: 1.257, p99: 3 },
    ];
    expect(formatTable(rows)).toBe(
      [
        "process     rate  p99", //
        "-------  -------  ---",
        "broker   123,457    -",
        "x           1.26    3",
      ].join("\n"),
    );
  });

  test("no rows are no text", () => {
    expect(formatTable([])).toBe("");
  });
});

describe("medianOf", () => {
  test.each([
    [[], null],
    [[5], 5],
    [[9, 1, 5], 5],
    [[4, 1, 3, 2], 2.5],
    [[10, 9], 9.5],
  ])("of %j is %j", (values, median) => {
    expect(medianOf(values)).toBe(median);
  });
});
