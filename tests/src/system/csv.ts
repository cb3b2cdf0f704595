/** Reads CSV by RFC 4180 with code that shares nothing with what wrote it. */

/** Rows as objects of texts, by the names of the first line. */
export function csvOf(text: string): Record<string, string>[] {
  const [header = [], ...rows] = linesOf(text);
  return rows.map((cells) => Object.fromEntries(header.map((name, index) => [name, cells[index] ?? ""])));
}

/**
 * An item of a JSON list as its CSV row should be, in the columns that the CSV has: objects opened by `_`, arrays as JSON,
 * null as nothing, also where the null stands for a whole object.
 */
export function rowOf(item: object, columns: string[]): Record<string, string> {
  const cells = new Map(cellsOf(item, ""));
  const nulls = [...cells].filter(([, text]) => text === "").map(([name]) => name);
  const rest = columns.filter((name) => !cells.has(name));
  const opened = rest.filter((name) => nulls.some((one) => name.startsWith(`${one}_`)));
  for (const name of nulls) if (!columns.includes(name)) cells.delete(name);
  return Object.fromEntries([...cells, ...opened.map((name): [string, string] => [name, ""])]);
}

function cellsOf(item: object, path: string): [string, string][] {
  return Object.entries(item).flatMap(([key, value]): [string, string][] => {
    const name = `${path}${key}`;
    if (value === null) return [[name, ""]];
    if (Array.isArray(value)) return [[name, JSON.stringify(value)]];
    return typeof value === "object" ? cellsOf(value, `${name}_`) : [[name, String(value)]];
  });
}

function linesOf(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  // A cell is quoted, with its own quotes doubled, or has neither comma, quote nor line end.
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    line.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === ",") continue;
    if (line.length > 1 || line[0] !== "") lines.push(line);
    line = [];
  }
  return lines;
}
